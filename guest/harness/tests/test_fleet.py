"""What a running fleet says, answers and leaves."""

import hashlib
import os
import signal
import socket
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

from tests.fleet import Fleet, wait_for

WARM: dict[str, Any] = {
    "WARMUP": "20",
    "PATHS": '[{"path": "/a/", "weight": 3}, {"path": "/missing/?x=1", "weight": 1, "status": 404}]',
}


class EventsTest(unittest.TestCase):
    def test_workers_then_ready_once(self) -> None:
        fleet = Fleet(self, WORKERS="4")
        events = fleet.until_ready()
        self.assertEqual({event["majek"] for event in events}, {"worker"})
        self.assertEqual(sorted(event["slot"] for event in events), [0, 1, 2, 3])
        self.assertEqual(sorted(event["pid"] for event in events), sorted(fleet.children()))
        self.assertEqual({event["replaces"] for event in events}, {None})
        fleet.exit_code(signal.SIGTERM)
        self.assertIsNone(fleet.event())

    def test_what_the_application_prints_goes_to_stderr(self) -> None:
        fleet = Fleet(self)
        fleet.until_ready()
        fleet.exit_code(signal.SIGTERM)
        self.assertIn("printed while importing\n", fleet.errors)


class ResponseTest(unittest.TestCase):
    def test_headers_name_the_worker_and_count(self) -> None:
        fleet = Fleet(self, WORKERS="1", **WARM)
        [worker] = fleet.until_ready()
        for served in (1, 2, 3):
            status, headers, _ = fleet.get()
            self.assertEqual(status, 200)
            self.assertEqual(headers["X-Majek-Worker"], str(worker["pid"]))
            self.assertEqual(headers["X-Majek-Served"], str(served))
            self.assertEqual(headers["Content-Type"], "application/json")
        self.assertEqual(fleet.get("/missing/")[0], 404)

    def test_an_application_that_raises_does_not_end_its_worker(self) -> None:
        fleet = Fleet(self, WORKERS="1")
        fleet.until_ready()
        self.assertEqual(fleet.get("/raise/")[0], 500)
        self.assertEqual(fleet.get()[1]["X-Majek-Served"], "2")


class RecycledTest(unittest.TestCase):
    def test_replacements_come_from_the_master_and_count_from_the_start(self) -> None:
        fleet = Fleet(self, WORKERS="2", MAX_REQUESTS="3", BEFORE_FORK="freeze", **WARM)
        slots = {event["slot"]: event["pid"] for event in fleet.until_ready()}
        served: dict[str, int] = {}
        while sum(count == 3 for count in served.values()) < 4:
            headers = fleet.get()[1]
            count = int(headers["X-Majek-Served"])
            self.assertEqual(count, served.get(headers["X-Majek-Worker"], 0) + 1)
            served[headers["X-Majek-Worker"]] = count
        for _ in range(4):
            event = fleet.event() or {}
            self.assertEqual(event["replaces"], slots[event["slot"]])
            slots[event["slot"]] = event["pid"]
        report = fleet.report()
        self.assertEqual(report["bornIn"], fleet.process.pid)
        self.assertEqual((report["collectorOn"], report["newModules"]), (True, []))

    def test_a_killed_worker_is_replaced_in_its_slot(self) -> None:
        fleet = Fleet(self, WORKERS="3")
        killed = fleet.until_ready()[1]
        os.kill(killed["pid"], signal.SIGKILL)
        event = fleet.event() or {}
        self.assertEqual((event["slot"], event["replaces"]), (killed["slot"], killed["pid"]))
        fleet.exit_code(signal.SIGTERM)
        self.assertIsNone(fleet.event())

    def test_two_workers_that_die_together_get_two_slots(self) -> None:
        fleet = Fleet(self, WORKERS="2")
        slots = {event["slot"]: event["pid"] for event in fleet.until_ready()}
        for pid in slots.values():
            os.kill(pid, signal.SIGKILL)
        events = [fleet.event() or {} for _ in slots]
        self.assertEqual({event["slot"]: event["replaces"] for event in events}, slots)


class StartTest(unittest.TestCase):
    def test_the_heap_holds_no_more_of_the_harness_than_it_needs(self) -> None:
        fleet = Fleet(self, **WARM)
        fleet.until_ready()
        report = fleet.report()
        self.assertFalse(report["ctypes"])
        self.assertNotIn("majek_harness.prepare", report["harnessModules"])
        self.assertNotIn("majek_harness.__main__", report["harnessModules"])
        self.assertEqual(report["newModules"], [], "imported after the warm-up")

    def test_huge_pages_are_off_in_every_process(self) -> None:
        fleet = Fleet(self)
        fleet.until_ready()
        for pid in (fleet.process.pid, *fleet.children()):
            self.assertIn("THP_enabled:\t0\n", Path(f"/proc/{pid}/status").read_text())

    def test_the_database_is_copied(self) -> None:
        source = Path(sys.executable).resolve()  # any file will do
        fleet = Fleet(self, DATABASE_SOURCE=str(source))
        fleet.until_ready()
        copy = Path(fleet.report()["database"])
        self.assertEqual(copy.parent, fleet.run_dir)
        digests = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (source, copy)}
        self.assertEqual(len(digests), 1)
        self.assertTrue(os.access(copy, os.W_OK))

    def test_a_database_server_is_awaited(self) -> None:
        path = f"{self.enterContext(tempfile.TemporaryDirectory())}/socket"
        fleet = Fleet(self, DATABASE_SERVER=path)
        self.assertTrue(fleet.no_event(0.5), "started without its database")
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path)
            server.listen()
            fleet.until_ready()

    def test_what_an_earlier_run_left_does_not_matter(self) -> None:
        fleet = Fleet(self)
        fleet.until_ready()
        run_dir = fleet.run_dir
        for pid in (fleet.process.pid, *fleet.children()):
            os.kill(pid, signal.SIGKILL)
        fleet.exit_code()
        self.assertTrue((run_dir / "ready").exists())
        os.mkfifo(run_dir / "gate")
        again = Fleet(self, RUN_DIR=str(run_dir), WORKERS="3", GATE="1")
        again.run_dir = run_dir
        again.event()
        self.assertFalse((run_dir / "ready").exists())
        again.open_gate()
        self.assertEqual(len(again.until_ready()), 3)

    def test_without_preload_each_worker_imports(self) -> None:
        fleet = Fleet(self, WORKERS="1", PRELOAD="0", **WARM)
        [worker] = fleet.until_ready()
        report = fleet.report()
        self.assertEqual((report["bornIn"], report["served"]), (worker["pid"], ["/"]))

    def test_hash_seed_is_fixed_unless_set(self) -> None:
        fleet = Fleet(self)
        fleet.until_ready()
        self.assertEqual(fleet.report()["hashSeed"], os.environ.get("PYTHONHASHSEED", "0"))


class EndTest(unittest.TestCase):
    def test_workers_leave_quietly(self) -> None:
        fleet = Fleet(self, MAX_REQUESTS="1", WORKERS="1")
        [first] = fleet.until_ready()
        fleet.get()
        wait_for(lambda: first["pid"] not in fleet.children(), "the worker is replaced")
        self.assertEqual((fleet.event() or {})["replaces"], first["pid"])
        self.assertEqual(fleet.exit_code(signal.SIGTERM), 0)
        self.assertFalse([line for line in fleet.errors if "Traceback" in line or "exited with code" in line])


if __name__ == "__main__":
    unittest.main()
