"""The trap in processes of this machine's Python: what it logs, and what it leaves as it was."""

import errno
import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import unittest
from pathlib import Path
from typing import NamedTuple

import logfile
import writers
from symbols import Memory

LIBRARY = Path(__file__).parents[1] / "build/trap.so"

#: Eight pages that both processes have; the child's part follows.
PARENT = """
import ctypes, mmap, os, socket, sys, tempfile

PAGE = mmap.PAGESIZE
shared = mmap.mmap(-1, 8 * PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
shared[:] = b"x" * len(shared)
start = ctypes.addressof(ctypes.c_char.from_buffer(shared))
view = memoryview(shared)
file = tempfile.TemporaryFile(buffering=0)
file.write(b"text")
file.seek(0)
ours, theirs = socket.socketpair()
theirs.send(b"data")
child = os.fork()
if child:
    status = os.waitpid(child, 0)[1]
    print(child, os.waitstatus_to_exitcode(status), hex(start))
    sys.exit()
"""


class Child(NamedTuple):
    """What came of a child."""

    code: int
    #: For each write to the eight pages: which one, and the calls that led there.
    writes: list[tuple[int, list[str]]]
    output: str


class TrapCase(unittest.TestCase):
    """Starts processes with the trap loaded."""

    def setUp(self) -> None:
        """Make a folder for logs."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.logs = Path(folder.name)

    def child(self, code: str) -> Child:
        """Run a child to its end."""
        text = f"{PARENT}\n{textwrap.dedent(code)}\nprint(open('/proc/self/maps').read(), flush=True)\nos._exit(0)\n"
        environment = os.environ | {"LD_PRELOAD": str(LIBRARY), "MAJEK_TRAP": str(self.logs)}
        done = subprocess.run([sys.executable, "-c", text], env=environment, capture_output=True, text=True, check=True)
        *output, last = done.stdout.splitlines()
        pid, exit_code, start = last.split()
        log = logfile.read(self.logs / pid)
        self.assertGreater(log.protected, 100)
        memory = Memory("\n".join(line for line in output if "-" in line))
        places = [((write.address - int(start, 16)) // 4096, write.frames) for write in log.writes]
        writes = [(page, writers.chain(memory, frames)) for page, frames in places if 0 <= page < 8]
        return Child(int(exit_code), writes, done.stdout)

    def pages(self, code: str) -> list[int]:
        """The pages that a child wrote to, in this order. It must end well."""
        child = self.child(code)
        self.assertEqual(child.code, 0)
        return [page for page, _ in child.writes]


class WriteTest(TrapCase):
    """What is logged."""

    def test_the_first_write_to_a_page_is_logged(self) -> None:
        self.assertEqual(self.pages("shared[5 * PAGE] = 1; shared[5 * PAGE + 9] = 2; shared[2 * PAGE - 1] = 3"), [5, 1])

    def test_reading_is_not(self) -> None:
        self.assertEqual(self.pages("assert shared[:] == b'x' * len(shared)"), [])

    def test_writing_what_was_there_is(self) -> None:
        self.assertEqual(self.pages("shared[0] = ord('x')"), [0])

    def test_what_was_written_is_there(self) -> None:
        self.assertEqual(
            self.pages("shared[:] = b'y' * len(shared); assert shared[:] == b'y' * len(shared)"), [*range(8)]
        )

    def test_the_calls_that_led_there_are_named(self) -> None:
        child = self.child("shared[3 * PAGE] = 1")
        self.assertIn("_PyEval_EvalFrameDefault", child.writes[0][1])

    def test_a_child_of_the_child_has_a_log_of_its_own(self) -> None:
        code = """
            if os.fork() == 0:
                shared[0] = 1
                os._exit(0)
            os.wait()
            shared[PAGE] = 1
        """
        self.assertEqual(self.pages(code), [1])
        self.assertEqual(len(list(self.logs.iterdir())), 2)


class KernelTest(TrapCase):
    """System calls do not fault: they fail."""

    def test_a_file_is_read_into_protected_pages(self) -> None:
        self.assertEqual(
            self.pages("assert file.readinto(view[PAGE:2 * PAGE]) == 4 and shared[PAGE:PAGE + 4] == b'text'"), [1]
        )

    def test_a_socket_is_read_into_protected_pages(self) -> None:
        child = self.child("assert ours.recv_into(view[:9]) == 4 and shared[:4] == b'data'")
        self.assertEqual((child.code, [page for page, _ in child.writes]), (0, [0]))
        self.assertEqual(writers.function(child.writes[0][1]), "recvfrom")

    def test_other_calls_fail_and_say_so(self) -> None:
        code = """
            try:
                os.preadv(file.fileno(), [view[:9]], 0)
            except OSError as error:
                print("errno", error.errno)
        """
        child = self.child(code)
        self.assertIn(f"errno {errno.EFAULT}\n", child.output)


class FaultTest(TrapCase):
    """Faults that are none of ours."""

    def test_a_null_pointer_kills_as_ever(self) -> None:
        self.assertEqual(self.child("ctypes.string_at(0)").code, -signal.SIGSEGV)

    def test_memory_that_was_protected_by_somebody_else_does_too(self) -> None:
        code = "ctypes.CDLL(None).mprotect(ctypes.c_void_p(start), PAGE, 1); shared[0] = 1; shared[0] = 2"
        # The first write is ours, and gives back what the page had at the fork.
        self.assertEqual(self.pages(code), [0])
        again = "shared[0] = 1; ctypes.CDLL(None).mprotect(ctypes.c_void_p(start), PAGE, 1); shared[0] = 2"
        self.assertEqual(self.child(again).code, -signal.SIGSEGV)

    def test_memory_mapped_after_the_fork_is_not_protected(self) -> None:
        self.assertEqual(self.pages("new = mmap.mmap(-1, PAGE, flags=mmap.MAP_PRIVATE); new[0] = 1"), [])
