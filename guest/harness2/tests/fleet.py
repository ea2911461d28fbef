"""Starts the harness as a container would, and talks to it."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest  # noqa: F401 - types in comments name it

HERE = os.path.dirname(os.path.abspath(__file__))
DEADLINE_SECONDS = 30  # against hangs only; nothing here is expected to take seconds


def free_port():
    # type: () -> int
    """A port that nobody listens on at the moment."""
    probe = socket.socket()
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]  # type: int
    probe.close()
    return port


class Fleet(object):
    """One running harness; `settings` are MAJEK_LAB_ variables without their prefix."""

    def __init__(self, test, **settings):
        # type: (unittest.TestCase, str) -> None
        self.port = free_port()
        self.run_dir = tempfile.mkdtemp()
        test.addCleanup(shutil.rmtree, self.run_dir, True)
        self.errors = open(os.path.join(self.run_dir, "stderr"), "a+")
        test.addCleanup(self.errors.close)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "majek_harness"],
            cwd=HERE,
            env=self._environment(settings),
            stdout=subprocess.PIPE,
            stderr=self.errors,
        )
        # Nobody waits longer than this for an event.
        self._watch = threading.Timer(DEADLINE_SECONDS, self.process.kill)
        self._watch.start()
        test.addCleanup(self._end)

    def _environment(self, settings):
        # type: (dict[str, str]) -> dict[str, str]
        variables = {
            "APP": "apps.plain:application",
            "WORKERS": "2",
            "BIND": "127.0.0.1:%d" % self.port,
            "RUN_DIR": self.run_dir,
        }
        variables.update(settings)
        environment = {key: value for key, value in os.environ.items() if not key.startswith("MAJEK_LAB_")}
        path = [os.path.dirname(HERE), os.environ.get("PYTHONPATH", "")]
        environment.update(PYTHONPATH=os.pathsep.join(path), PYTHONDONTWRITEBYTECODE="1")
        environment.update(("MAJEK_LAB_" + key, value) for key, value in variables.items())
        return environment

    def event(self):
        # type: () -> dict[str, object] | None
        """The next event, or None when the last process has closed the stream."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        return json.loads(line.decode("ascii")) if line else None

    def until_ready(self):
        # type: () -> list[dict[str, object]]
        """Events before `ready`."""
        found = []  # type: list[dict[str, object]]
        while True:
            event = self.event()
            if event is None or event["majek"] == "error":
                raise AssertionError("%s\n%s" % (event, self.said()))
            if event["majek"] == "ready":
                return found
            found.append(event)

    def get(self, path="/"):
        # type: (str) -> tuple[int, dict[str, str], str]
        """Status, headers and body of one answer."""
        client = socket.create_connection(("127.0.0.1", self.port), DEADLINE_SECONDS)
        client.sendall(("GET %s HTTP/1.0\r\n\r\n" % path).encode("ascii"))
        parts = []
        while True:
            part = client.recv(65536)
            if not part:
                break
            parts.append(part)
        client.close()
        head, _, body = b"".join(parts).decode("latin-1").partition("\r\n\r\n")
        lines = head.split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines[1:])
        return int(lines[0].split()[1]), headers, body

    def release(self, byte=b"x"):
        # type: (bytes) -> None
        """Open the gate, or ask it for something."""
        gate = os.open(os.path.join(self.run_dir, "gate"), os.O_WRONLY)
        os.write(gate, byte)
        os.close(gate)

    def stop(self, number=signal.SIGTERM):
        # type: (int) -> int
        """Send a signal; the exit code."""
        self.process.send_signal(number)
        return self.process.wait()

    def said(self):
        # type: () -> str
        """What went to stderr so far."""
        self.errors.seek(0)
        return self.errors.read()

    def _end(self):
        # type: () -> None
        self._watch.cancel()
        if self.process.poll() is None:
            self.process.terminate()
            time.sleep(0.2)
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()
