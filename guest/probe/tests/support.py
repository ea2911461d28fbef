"""The probe and a fleet of known pages, as objects."""

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent.parent
PROBE = HERE / os.environ.get("PROBE", "build/majek-probe")
FIXTURE = HERE / "build/fixture"
FILE_PAGES = 64
PAGE = 4096


class Probe:
    """A running probe. `prefix` is a command that starts it (setpriv, nsenter, docker)."""

    def __init__(self, *options: str, prefix: tuple[str, ...] = (), program: str = str(PROBE)) -> None:
        command = [*prefix, program, *options]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def send(self, line: str | bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write((line if isinstance(line, bytes) else line.encode()) + b"\n")
        self.process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        answer: dict[str, Any] = json.loads(self.process.stdout.readline().decode("utf-8"))
        return answer

    def ask(self, line: str | bytes) -> dict[str, Any]:
        """The answer to one command."""
        self.send(line)
        return self.answer()

    def must(self, line: str) -> dict[str, Any]:
        """The answer, which has to be a good one."""
        answer = self.ask(line)
        if not answer["ok"]:
            raise AssertionError(f"{line}: {answer}")
        return answer

    def close(self) -> int:
        """Ends the input. Returns the exit code."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        code = self.process.wait(timeout=60)
        self.process.stdout.close()
        return code


class Fixture:
    """A master without workers; see fixture.c."""

    def __init__(self, prefix: tuple[str, ...] = (), file: str | None = None, program: str = str(FIXTURE)) -> None:
        self._file = make_file()
        command = [*prefix, program, file or self._file.name]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        addresses = [int(word, 16) for word in self.answer().split()]
        self.region, self.sparse, self.zero, self.data, self.shared = addresses
        self.workers: list[int] = []
        self.pid = self.process.pid
        self.do(0, "read", self.region, 1)  # the input buffer exists from here on

    def answer(self) -> str:
        """The next line."""
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def send(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def order(self, line: str) -> int:
        self.send(line)
        return int(self.answer())

    def fork(self) -> int:
        """Makes a worker and lets it, and the master, run every code path once: its stack and data pages are written
        now and not while something is measured."""
        pid = self.order("fork")
        self.workers.append(pid)
        self.do(len(self.workers), "read", self.region, 1)
        self.do(0, "read", self.region, 1)
        return pid

    def do(self, target: int, operation: str, address: int, pages: int) -> None:
        if self.order(f"{target} {operation} {address:x} {pages}") != 0:
            raise AssertionError(f"{operation} failed")

    def close(self) -> None:
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()
        self.process.wait(timeout=60)
        self._file.close()


def make_file() -> Any:
    """A file that only one fixture maps."""
    file = tempfile.NamedTemporaryFile(prefix="majek-probe-")  # noqa: SIM115, the caller closes it
    file.write(os.urandom(FILE_PAGES * PAGE))
    file.flush()
    return file
