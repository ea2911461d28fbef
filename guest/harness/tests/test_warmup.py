"""The warm-up asks for the same paths in the same order, for every variant."""

import json
import unittest

from majek_harness.config import Path
from majek_harness.warmup import sequence
from tests.fleet import Fleet

MIX = [{"path": "/a/", "weight": 4}, {"path": "/b/?q=%C3%A9", "weight": 4}, {"path": "/missing/", "weight": 1}]
PATHS = tuple(Path(str(entry["path"]), float(str(entry["weight"])), None) for entry in MIX)


class SequenceTest(unittest.TestCase):
    def test_it_depends_on_the_seed_only(self) -> None:
        self.assertEqual(sequence(PATHS, 400, 1), sequence(PATHS, 400, 1))
        self.assertNotEqual(sequence(PATHS, 400, 1), sequence(PATHS, 400, 2))

    def test_it_follows_the_weights(self) -> None:
        drawn = [path.path for path in sequence(PATHS, 9000, 1)]
        for entry in MIX:
            expected = 1000 * int(str(entry["weight"]))
            self.assertAlmostEqual(drawn.count(str(entry["path"])), expected, delta=200)

    def test_none(self) -> None:
        self.assertEqual(sequence((), 0, 1), [])


class ServedTest(unittest.TestCase):
    def test_every_preloaded_variant_serves_it_in_the_master(self) -> None:
        expected = [path.path for path in sequence(PATHS, 40, 3)]
        for strategy in ("", "freeze"):
            fleet = Fleet(self, WARMUP="40", SEED="3", PATHS=json.dumps(MIX), BEFORE_FORK=strategy)
            fleet.until_ready()
            self.assertEqual(fleet.report()["served"], [*expected, "/"])


if __name__ == "__main__":
    unittest.main()
