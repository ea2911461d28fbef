"""What a running fleet says, answers and leaves."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
import unittest

from majek_harness.segment import workers_of
from tests.fleet import Fleet

WARM = {
    "WARMUP": "20",
    "PATHS": '[{"path": "/a/", "weight": 3}, {"path": "/missing/?x=1", "weight": 1, "status": 404}]',
}
PATCHED = hasattr(str, "setmajekhack")


def mappings_of(pid):
    # type: (int) -> int
    """How many files, and parts of files, a process has mapped: each import of a library adds some."""
    with open("/proc/%d/maps" % pid) as maps:
        return sum("/" in line for line in maps)


class ServingTest(unittest.TestCase):
    """Without a gate."""

    def test_workers_then_ready_once(self):
        # type: () -> None
        fleet = Fleet(self, WORKERS="4")
        events = fleet.until_ready()
        self.assertEqual({event["majek"] for event in events}, {"worker"})
        self.assertEqual(sorted(str(event["slot"]) for event in events), ["0", "1", "2", "3"])
        self.assertEqual({event["replaces"] for event in events}, {None})
        self.assertEqual(fleet.stop(), 0)
        self.assertIsNone(fleet.event())
        self.assertIn("printed while importing", fleet.said())

    def test_headers_name_the_worker_and_count(self):
        # type: () -> None
        fleet = Fleet(self, WORKERS="1", **WARM)
        [worker] = fleet.until_ready()
        for served in (1, 2, 3):
            status, headers, body = fleet.get("/a/")
            self.assertEqual((status, body), (200, "/a/"))
            self.assertEqual(headers["X-Majek-Worker"], str(worker["pid"]))
            self.assertEqual(headers["X-Majek-Served"], str(served))
            self.assertEqual(headers["Content-Type"], "text/plain")
        self.assertEqual(fleet.get("/missing/")[0], 404)
        self.assertEqual(fleet.get("/raise/")[0], 500)
        self.assertEqual(fleet.get()[1]["X-Majek-Served"], "6")

    def test_replacements_count_from_the_start(self):
        # type: () -> None
        fleet = Fleet(self, WORKERS="1", MAX_REQUESTS="3")
        [first] = fleet.until_ready()
        served = [fleet.get()[1]["X-Majek-Served"] for _ in range(3)]
        event = fleet.event()
        assert event is not None
        self.assertEqual(served, ["1", "2", "3"])
        self.assertEqual((event["majek"], event["slot"], event["replaces"]), ("worker", 0, first["pid"]))
        self.assertEqual(fleet.get()[1]["X-Majek-Worker"], str(event["pid"]))

    def test_without_preload(self):
        # type: () -> None
        fleet = Fleet(self, PRELOAD="0")
        self.assertEqual(len(fleet.until_ready()), 2)
        self.assertEqual(fleet.get()[0], 200)


class GateTest(unittest.TestCase):
    """The master waits until it is let go."""

    def test_the_fork_comes_after_the_byte(self):
        # type: () -> None
        fleet = Fleet(self, GATE="1", **WARM)
        event = fleet.event()
        assert event is not None
        gate = os.path.join(fleet.run_dir, "gate")
        self.assertEqual(
            event, {"majek": "gate", "pid": fleet.process.pid, "fifo": gate, "preload": True, "warmup": 20}
        )
        self.assertEqual(stat.S_IMODE(os.stat(gate).st_mode), 0o622)
        os.close(os.open(gate, os.O_WRONLY))  # without a byte it stays closed
        time.sleep(0.2)
        self.assertEqual(workers_of(fleet.process.pid), [])
        fleet.release()
        pids = [event["pid"] for event in fleet.until_ready()]
        self.assertEqual(workers_of(fleet.process.pid), sorted(pids))
        self.assertFalse(os.path.exists(gate))

    def test_a_child_writes_the_object_map_and_the_gate_stays_closed(self):
        # type: () -> None
        fleet = Fleet(self, GATE="1")
        fleet.event()
        path = os.path.join(fleet.run_dir, "objectmap")
        before = mappings_of(fleet.process.pid)
        for _ in range(2):
            fleet.release(b"m")
            self.assertEqual(fleet.event(), {"majek": "map", "path": path})
            self.assertEqual(workers_of(fleet.process.pid), [])
        with open(path) as file:
            found = json.load(file)
        self.assertEqual((found["format"], found["runtime"]), (1, 0))
        self.assertIn("gunicorn.arbiter", [name for name, _ in found["modules"]])
        self.assertIn("gunicorn.arbiter:Arbiter", [one[1] for one in found["types"]])
        self.assertIn("generations", [name for _, _, name in found["symbols"]])
        self.assertEqual(mappings_of(fleet.process.pid), before)
        fleet.release()
        fleet.until_ready()
        self.assertFalse(os.path.exists(path), "it would be counted as memory of the fleet")

    def test_a_map_that_cannot_be_written_is_no_end(self):
        # type: () -> None
        fleet = Fleet(self, GATE="1")
        fleet.event()
        os.mkdir(os.path.join(fleet.run_dir, "objectmap.part"))
        fleet.release(b"m")
        self.assertEqual(fleet.event(), {"majek": "map", "path": None})
        fleet.release()
        fleet.until_ready()

    def test_signals_end_it_at_the_gate(self):
        # type: () -> None
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
            fleet = Fleet(self, GATE="1")
            self.assertIsNotNone(fleet.event())
            self.assertEqual(fleet.stop(number), 128 + number)


class FailureTest(unittest.TestCase):
    """One event, one line, one exit code."""

    def fails(self, code, message, **settings):
        # type: (int, str, str) -> None
        """A fleet with these settings ends so."""
        fleet = Fleet(self, **settings)
        event = fleet.event()
        assert event is not None
        self.assertEqual(event["majek"], "error")
        self.assertIn(message, str(event["message"]))
        self.assertIn("majek-harness: ", fleet.said())
        self.assertEqual(fleet.process.wait(), code)

    def test_wrong_variables_are_all_named(self):
        # type: () -> None
        self.fails(
            2, "MAJEK_LAB_WORKERS expected a whole number from 1 to 4096, got '0'; MAJEK_LAB_", WORKERS="0", GATE="2"
        )
        self.fails(2, "MAJEK_LAB_COLOUR is not a variable of the harness", COLOUR="red")
        self.fails(2, "entry 0: path", PATHS='[{"path": "a", "weight": 1}]')
        self.fails(2, "entry 0: expected an object", PATHS="[1]")
        self.fails(2, "is not JSON", PATHS="[")
        self.fails(2, "needs at least one path", WARMUP="1")
        self.fails(2, "needs MAJEK_LAB_PRELOAD=1", PRELOAD="0", BEFORE_FORK="string-segment")
        self.fails(2, "expected names from", BEFORE_FORK="sale")

    def test_strategies_of_python_3(self):
        # type: () -> None
        self.fails(2, "'freeze' needs gc.freeze(), which this interpreter lacks: Python 2.7", BEFORE_FORK="freeze")
        self.fails(2, "'seal' needs gc.seal()", BEFORE_FORK="seal")

    def test_an_application_that_is_not_there(self):
        # type: () -> None
        self.fails(4, "cannot import 'nowhere' of MAJEK_LAB_APP: ImportError", APP="nowhere:application")
        self.fails(4, "has no callable 'nothing'", APP="apps.plain:nothing")
        self.fails(4, "cannot import 'nowhere'", APP="nowhere:application", PRELOAD="0")

    def test_a_warm_up_that_fails(self):
        # type: () -> None
        paths = '[{"path": "%s", "weight": 1, "status": %s}]'
        self.fails(3, "/missing/ answered 404, expected status 200", WARMUP="1", PATHS=paths % ("/missing/", 200))
        self.fails(3, "/raise/ raised ValueError: asked for", WARMUP="1", PATHS=paths % ("/raise/", 200))

    def test_a_folder_that_is_not_there(self):
        # type: () -> None
        self.fails(3, "is not a folder; mount a tmpfs there", RUN_DIR="/nonexistent/folder")
        self.fails(3, "cannot copy MAJEK_LAB_DATABASE_SOURCE /nonexistent", DATABASE_SOURCE="/nonexistent")


class SegmentTest(unittest.TestCase):
    """`string-segment`."""

    @unittest.skipUnless(PATCHED, "needs the patched interpreter")
    def test_nobody_has_a_page_of_the_segment_for_himself(self):
        # type: () -> None
        fleet = Fleet(self, GATE="1", BEFORE_FORK="string-segment", **WARM)
        fleet.event()
        fleet.release()
        fleet.until_ready()
        for _ in range(50):
            fleet.get("/a/")
        command = [sys.executable, "-m", "majek_harness.segment", str(fleet.process.pid)]
        environment = dict(os.environ, MAJEK_LAB_RUN_DIR=fleet.run_dir)
        path = os.pathsep.join(
            [os.path.dirname(os.path.dirname(os.path.abspath(__file__))), os.environ.get("PYTHONPATH", "")]
        )
        environment["PYTHONPATH"] = path
        report = json.loads(subprocess.check_output(command, env=environment).decode("ascii"))
        self.assertGreater(report["bytes"], 500000)  # gunicorn and what it imports, before the application
        self.assertEqual(report["pages"], -(-report["bytes"] // os.sysconf("SC_PAGESIZE")))
        self.assertEqual([worker["own"] for worker in report["workers"]], [0, 0])
        self.assertEqual([worker["pages"] for worker in report["workers"]], [report["pages"]] * 2)
        lines = [line for line in fleet.said().splitlines() if line.startswith("MAJEKHACK")]
        self.assertRegexpMatches(lines[0], "^MAJEKHACK enabled 0x")
        self.assertEqual(lines[1], "MAJEKHACK disabled, allocated %d bytes" % report["bytes"])

    @unittest.skipUnless(PATCHED, "needs the patched interpreter")
    def test_a_longer_warm_up_leaves_no_more_in_it(self):
        # type: () -> None
        sizes = set()
        for count in ("20", "400"):
            fleet = Fleet(self, BEFORE_FORK="string-segment", **dict(WARM, WARMUP=count))
            fleet.until_ready()
            with open(os.path.join(fleet.run_dir, "segment")) as source:
                sizes.add(json.load(source)["bytes"])
        self.assertEqual(len(sizes), 1, sizes)

    @unittest.skipUnless(PATCHED, "needs the patched interpreter")
    def test_the_segment_is_off_in_workers(self):
        # type: () -> None
        fleet = Fleet(self, BEFORE_FORK="string-segment")
        fleet.until_ready()
        lines = [line for line in fleet.said().splitlines() if line.startswith("MAJEKHACK")]
        self.assertEqual([line.split()[1].rstrip(",") for line in lines], ["enabled", "disabled"] * 2)

    @unittest.skipIf(PATCHED, "this interpreter can")
    def test_stock_says_what_it_lacks(self):
        # type: () -> None
        fleet = Fleet(self, BEFORE_FORK="string-segment")
        event = fleet.event()
        assert event is not None
        self.assertIn("'string-segment' needs str.setmajekhack(), which this interpreter lacks", str(event["message"]))
        self.assertEqual(fleet.process.wait(), 2)


if __name__ == "__main__":
    unittest.main()
