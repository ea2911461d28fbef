"""The strategies are applied in the one order that makes sense, by the real gunicorn."""

import gc
import json
import signal
import tempfile
import unittest
from pathlib import Path
from typing import Any

from majek_harness.strategies import SEALS
from tests.fleet import HERE, Fleet, python_path

WARM: dict[str, Any] = {"WARMUP": "5", "PATHS": '[{"path": "/", "weight": 1}]'}
CAN_SEAL = hasattr(gc, "seal")
HAS_SEGMENT = hasattr(str, "setmajekhack")


class FreezeTest(unittest.TestCase):
    def test_collector_is_off_early_and_on_in_workers(self) -> None:
        fleet = Fleet(self, BEFORE_FORK="freeze", **WARM)
        fleet.until_ready()
        report = fleet.report()
        self.assertEqual((report["collectorOnAtImport"], report["collectorOn"]), (False, True))
        self.assertGreater(report["frozen"], 1000)

    def test_nothing_of_that_without_it(self) -> None:
        fleet = Fleet(self, **WARM)
        fleet.until_ready()
        report = fleet.report()
        self.assertEqual((report["collectorOnAtImport"], report["collectorOn"], report["frozen"]), (True, True, 0))


@unittest.skipIf(CAN_SEAL or HAS_SEGMENT, "the real ones are here")
class OrderTest(unittest.TestCase):
    def calls(self, strategies: str) -> list[dict[str, Any]]:
        """What the stand-ins note while a fleet gets ready."""
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder) / "log"
            outside = {"STANDIN_LOG": str(log), "PYTHONPATH": python_path(HERE / "standins", HERE.parent)}
            fleet = Fleet(self, outside=outside, BEFORE_FORK=strategies, GATE="1", **WARM)
            self.assertEqual((fleet.event() or {})["majek"], "gate")
            before = log.read_text()
            fleet.open_gate()
            fleet.until_ready()
            self.assertEqual(log.read_text(), before, "called after the gate, or in a worker")
            noted = [json.loads(line) for line in before.splitlines()]
        self.assertEqual({call["pid"] for call in noted}, {fleet.process.pid})
        return noted

    def test_all_of_them(self) -> None:
        on, off, seal = self.calls("seal,freeze,string-segment")
        self.assertEqual([call["call"] for call in (on, off, seal)], ["setmajekhack", "setmajekhack", "seal full"])
        self.assertEqual((on["imported"], on["collectorOn"]), (False, False))
        self.assertEqual((off["imported"], off["served"], off["frozen"]), (True, 5, False))
        self.assertEqual((seal["served"], seal["frozen"], seal["collectorOn"]), (5, True, False))

    def test_each_rung(self) -> None:
        calls = {name: [call["call"] for call in self.calls(name)] for name in SEALS}
        self.assertEqual(
            calls,
            {
                "seal-counts": ["seal counts"],
                "seal-caches": ["seal caches"],
                "seal-arenas": ["seal arenas"],
                "seal": ["seal full"],
                "seal-hot": ["seal full hot"],
            },
        )

    def test_seal_is_last(self) -> None:
        [seal] = self.calls("seal")
        self.assertEqual((seal["imported"], seal["served"], seal["closed"], seal["gateMade"]), (True, 5, 1, True))
        self.assertEqual((seal["collectorOn"], seal["frozen"]), (True, False))


class PatchedTest(unittest.TestCase):
    @unittest.skipUnless(CAN_SEAL, "needs the patched interpreter")
    def test_sealed_fleet_serves_recycles_and_ends(self) -> None:
        for name in SEALS:
            with self.subTest(name):
                fleet = Fleet(self, BEFORE_FORK=name, MAX_REQUESTS="20", **WARM)
                fleet.until_ready()
                for _ in range(200):
                    self.assertEqual(fleet.get()[0], 200)
                self.assertEqual(fleet.exit_code(signal.SIGTERM), 0)
                self.assertFalse([line for line in fleet.errors if "Worker" in line or "Traceback" in line])

    @unittest.skipUnless(HAS_SEGMENT, "needs the patched interpreter")
    def test_string_segment_is_on_once_and_off_again(self) -> None:
        said = self.said_of_the_segment(**WARM)
        self.assertEqual([line.split()[1] for line in said], ["enabled", "disabled,"])

    @unittest.skipUnless(HAS_SEGMENT, "needs the patched interpreter")
    def test_a_longer_warm_up_leaves_no_more_in_the_string_segment(self) -> None:
        short, long = (self.said_of_the_segment(**{**WARM, "WARMUP": count})[1] for count in ("5", "500"))
        self.assertRegex(short, r"allocated [1-9]\d* bytes")
        self.assertEqual(short, long)

    def said_of_the_segment(self, **settings: Any) -> list[str]:
        """The lines that `setmajekhack` writes while a fleet gets ready."""
        fleet = Fleet(self, BEFORE_FORK="string-segment", **settings)
        fleet.until_ready()
        self.assertEqual(fleet.get()[0], 200)
        fleet.exit_code(signal.SIGTERM)
        return [line for line in fleet.errors if line.startswith("MAJEKHACK ")]


if __name__ == "__main__":
    unittest.main()
