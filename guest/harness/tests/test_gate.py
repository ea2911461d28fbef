"""The master waits for the probe before its first fork, and can be stopped while it does."""

import json
import os
import signal
import stat
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path
from typing import Any
from unittest import mock

from majek_harness import events, gate
from tests.fleet import Fleet, wait_for


def can_make_pid_namespaces() -> bool:
    try:
        subprocess.run(["unshare", "--pid", "--fork", "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


class GateTest(unittest.TestCase):
    def test_it_blocks_the_fork_until_a_byte_comes(self) -> None:
        fleet = Fleet(self, GATE="1", WARMUP="3", PATHS='[{"path": "/", "weight": 1}]')
        fifo = fleet.run_dir / "gate"
        announced = {"majek": "gate", "pid": fleet.process.pid, "fifo": str(fifo), "preload": True, "warmup": 3}
        self.assertEqual(fleet.event(), announced)
        self.assertTrue(stat.S_ISFIFO(fifo.stat().st_mode))
        self.assertEqual(stat.S_IMODE(fifo.stat().st_mode), 0o622)
        self.assertTrue(fleet.run_dir.stat().st_mode & stat.S_IXOTH, "the probe could not enter the folder")
        fleet.open_gate(b"")
        self.assertTrue(fleet.no_event(0.5))
        self.assertEqual(fleet.children(), [])
        fleet.open_gate()
        fleet.until_ready()
        self.assertFalse(fifo.exists())

    def test_it_closes_again_after_a_writer_without_a_byte(self) -> None:
        fleet = Fleet(self, GATE="1")
        fleet.event()
        for _ in range(3):
            fleet.open_gate(b"")
        self.assertTrue(fleet.no_event(0.5))
        fleet.open_gate()
        self.assertEqual(len(fleet.until_ready()), 2)

    def test_a_byte_right_behind_such_a_writer_is_not_lost(self) -> None:
        read = os.read

        def slow(descriptor: int, size: int) -> bytes:
            data = read(descriptor, size)
            time.sleep(0 if data else 0.2)  # the next writer comes before the FIFO is closed
            return data

        with (
            tempfile.TemporaryDirectory() as folder,
            open(os.devnull, "wb") as nowhere,
            mock.patch.dict(os.environ, {events.EVENT_FD: str(nowhere.fileno())}),
            mock.patch("os.read", slow),
        ):
            closed = gate.Gate(folder)
            waiting = threading.Thread(target=closed.wait, daemon=True)
            waiting.start()
            for byte in (b"", b"x"):
                with open(f"{folder}/gate", "wb", buffering=0) as fifo:
                    fifo.write(byte)
                time.sleep(0.1)
            waiting.join(5)
            self.assertFalse(waiting.is_alive(), "it still waits for a byte")

    def test_without_preload_there_is_a_gate_too(self) -> None:
        fleet = Fleet(self, GATE="1", PRELOAD="0")
        self.assertEqual((fleet.event() or {})["preload"], False)
        fleet.open_gate()
        self.assertEqual(len(fleet.until_ready()), 2)


class ObjectMapTest(unittest.TestCase):
    def test_a_child_writes_it_and_the_gate_stays_closed(self) -> None:
        fleet = Fleet(self, GATE="1")
        fleet.event()
        path = fleet.run_dir / "objectmap"
        for _ in range(2):
            fleet.open_gate(b"m")
            self.assertEqual(fleet.event(), {"majek": "map", "path": str(path)})
            self.assertEqual(fleet.children(), [])
        found = json.loads(path.read_text())
        self.assertEqual(found["format"], 1)
        self.assertIn("apps.plain", [name for name, _ in found["modules"]])
        self.assertTrue(fleet.no_event(0.2))
        fleet.open_gate()
        self.assertEqual(len(fleet.until_ready()), 2)
        self.assertFalse(path.exists(), "it would be counted as memory of the fleet")

    def test_the_master_imports_nothing_for_it(self) -> None:
        fleet = Fleet(self, GATE="1")
        fleet.event()
        before = libraries(fleet.process.pid)
        fleet.open_gate(b"m")
        fleet.event()
        self.assertEqual(libraries(fleet.process.pid), before)
        self.assertFalse(any("_ctypes" in name for name in before))

    def test_a_map_that_cannot_be_written_is_no_end(self) -> None:
        fleet = Fleet(self, GATE="1")
        fleet.event()
        (fleet.run_dir / "objectmap.part").mkdir()
        fleet.open_gate(b"m")
        self.assertEqual(fleet.event(), {"majek": "map", "path": None})
        fleet.open_gate()
        self.assertEqual(len(fleet.until_ready()), 2)


def libraries(pid: int) -> set[str]:
    """Files that a process has mapped."""
    return {line.split()[5] for line in Path(f"/proc/{pid}/maps").read_text().splitlines() if len(line.split()) > 5}


class StopTest(unittest.TestCase):
    def test_at_the_gate(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
            with self.subTest(number):
                fleet = Fleet(self, GATE="1")
                fleet.event()
                self.assertEqual(fleet.exit_code(number), 128 + number)

    def test_while_the_application_is_imported(self) -> None:
        fleet = Fleet(self, APP="apps.slow:application")
        wait_for(lambda: "importing\n" in fleet.errors, "the import begins")
        self.assertEqual(fleet.exit_code(signal.SIGTERM), 143)

    def test_while_it_serves(self) -> None:
        fleet = Fleet(self, GATE="1")
        fleet.event()
        fleet.open_gate()
        fleet.until_ready()
        self.assertEqual(fleet.exit_code(signal.SIGTERM), 0)

    def test_right_after_the_gate(self) -> None:
        fleet = Fleet(self, GATE="1", WORKERS="8")
        fleet.event()
        fleet.open_gate()
        self.assertEqual((fleet.event() or {})["majek"], "worker")
        self.assertEqual(fleet.exit_code(signal.SIGTERM), 0)


@unittest.skipUnless(can_make_pid_namespaces(), "needs the right to make a PID namespace")
class FirstProcessTest(unittest.TestCase):
    """As PID 1, where the kernel drops signals that have no handler."""

    def start(self, **settings: Any) -> Fleet:
        return Fleet(self, ("unshare", "--pid", "--fork", "--kill-child"), **settings)

    def terminate(self, fleet: Fleet) -> int:
        [first] = fleet.children()
        os.kill(first, signal.SIGTERM)
        return fleet.exit_code()

    def test_at_the_gate(self) -> None:
        fleet = self.start(GATE="1")
        self.assertEqual((fleet.event() or {})["pid"], 1)
        self.assertEqual(self.terminate(fleet), 143)

    def test_while_the_application_is_imported(self) -> None:
        fleet = self.start(APP="apps.slow:application")
        wait_for(lambda: "importing\n" in fleet.errors, "the import begins")
        self.assertEqual(self.terminate(fleet), 143)

    def test_while_it_serves(self) -> None:
        fleet = self.start()
        fleet.until_ready()
        self.assertEqual(self.terminate(fleet), 0)


if __name__ == "__main__":
    unittest.main()
