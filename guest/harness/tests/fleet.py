"""Starts the harness as a container would, and talks to it."""

import http.client
import json
import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
DEADLINE_SECONDS = 30  # against hangs only; nothing here is expected to take seconds


def python_path(*folders: Path) -> str:
    """PYTHONPATH with `folders` before what is there already: in an image gunicorn is on it."""
    return os.pathsep.join([*map(str, folders), os.environ.get("PYTHONPATH", "")])


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Fleet:
    """One running harness.

    `prefix` goes before the command, `outside` is added to the environment, `python` are options of
    the interpreter, and `settings` are MAJEK_LAB_ variables without their prefix.
    """

    def __init__(
        self,
        test: unittest.TestCase,
        prefix: tuple[str, ...] = (),
        outside: dict[str, str] | None = None,
        python: tuple[str, ...] = (),
        **settings: Any,
    ) -> None:
        self.port = free_port()
        self.run_dir = Path(tempfile.mkdtemp(prefix="majek-harness-"))
        test.addCleanup(shutil.rmtree, self.run_dir, ignore_errors=True)
        command = [*prefix, sys.executable, *python, "-m", "majek_harness"]
        environment = {**self._environment(settings), **(outside or {})}
        self.process = subprocess.Popen(
            command, cwd=HERE, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self._events: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self.errors: list[str] = []
        self._readers = [threading.Thread(target=read) for read in (self._read_events, self._read_errors)]
        for reader in self._readers:
            reader.start()
        test.addCleanup(self._end)

    def _environment(self, settings: dict[str, str]) -> dict[str, str]:
        outside = {key: value for key, value in os.environ.items() if not key.startswith("MAJEK_LAB_")}
        variables = {
            "APP": "apps.plain:application",
            "WORKERS": "2",
            "BIND": f"127.0.0.1:{self.port}",
            "RUN_DIR": str(self.run_dir),
            **settings,
        }
        python = {"PYTHONPATH": python_path(HERE.parent), "PYTHONDONTWRITEBYTECODE": "1"}
        return {**outside, **python, **{"MAJEK_LAB_" + key: value for key, value in variables.items()}}

    def _read_events(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as stream:
            for line in stream:
                self._events.put(json.loads(line))
        self._events.put(None)

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as stream:
            self.errors.extend(stream)

    def event(self) -> dict[str, Any] | None:
        """The next event, or None when the last process has closed the stream."""
        return self._events.get(timeout=DEADLINE_SECONDS)

    def no_event(self, seconds: float) -> bool:
        """Whether nothing is said for so long."""
        try:
            self._events.put(self._events.get(timeout=seconds))
        except queue.Empty:
            return True
        return False

    def until_ready(self) -> list[dict[str, Any]]:
        """The events before "ready"."""
        seen: list[dict[str, Any]] = []
        while (event := self.event()) != {"majek": "ready"}:
            if event is None or event["majek"] == "error":
                raise AssertionError(f"not ready: {event} {seen} {''.join(self.errors)}")
            seen.append(event)
        return seen

    def get(self, path: str = "/") -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of GET `path`."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE_SECONDS)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()
        finally:
            connection.close()

    def report(self, path: str = "/") -> dict[str, Any]:
        """What apps.plain tells about the worker that answers."""
        answer: dict[str, Any] = json.loads(self.get(path)[2])
        return answer

    def open_gate(self, data: bytes = b"x") -> None:
        """Write to the FIFO as the probe does; empty `data` only opens and closes it."""
        descriptor = os.open(self.run_dir / "gate", os.O_WRONLY)
        os.write(descriptor, data)
        os.close(descriptor)

    def children(self) -> list[int]:
        """Pids of the master's children."""
        master = self.process.pid
        return [int(pid) for pid in Path(f"/proc/{master}/task/{master}/children").read_text().split()]

    def exit_code(self, number: signal.Signals | None = None) -> int:
        """Send a signal, if one is given, and wait until every process of the fleet is gone."""
        if number is not None:
            self.process.send_signal(number)
        code = self.process.wait(DEADLINE_SECONDS)
        for reader in self._readers:
            reader.join(DEADLINE_SECONDS)
            if reader.is_alive():
                raise AssertionError("a worker outlives its master")
        return code

    def _end(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for reader in self._readers:
            reader.join(DEADLINE_SECONDS)


def wait_for(condition: Any, what: str) -> None:
    """Poll until `condition()` holds."""
    limit = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        if time.monotonic() > limit:
            raise AssertionError(f"never happened: {what}")
        time.sleep(0.02)
