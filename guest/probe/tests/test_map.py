"""Where lost and new pages lie, and words of memory."""

import struct
import unittest
from pathlib import Path

from tests.support import PAGE, Fixture, Probe

STRETCHES = 16


class Map(unittest.TestCase):
    def setUp(self) -> None:
        self.fleet = Fixture()
        self.addCleanup(self.fleet.close)
        self.probe = Probe()
        self.addCleanup(self.probe.close)
        self.pages = self.probe.must(f"p0 {self.fleet.pid}")["p0Pages"]

    def test_stretches_add_up_to_what_the_sample_counts(self) -> None:
        self.fleet.fork()
        self.fleet.fork()
        self.fleet.do(1, "write", self.fleet.region, 5)
        self.fleet.do(2, "write", self.fleet.region + 3 * PAGE, 4)
        self.fleet.do(2, "drop", self.fleet.region + 40 * PAGE, 3)
        self.fleet.do(1, "unmap", self.fleet.region + 90 * PAGE, 7)
        self.fleet.do(1, "sharefile", self.fleet.data, 5)
        sample = self.probe.must(f"sample {self.fleet.pid} map {STRETCHES}")
        self.assertEqual([sum(process["goneMap"]) for process in sample["workers"]], [12, 3])
        for process in (sample["master"], *sample["workers"]):
            self.assertEqual(len(process["lostMap"]), STRETCHES)
            self.assertEqual(sum(process["lostMap"]), process["lost"])
            self.assertEqual(sum(process["goneMap"]), process["replaced"] + process["absent"])
            self.assertEqual(sum(process["newMap"]) * PAGE, process["newBytes"])

    def test_written_and_dropped_pages_lie_in_their_stretch(self) -> None:
        self.fleet.fork()
        self.fleet.fork()
        self.probe.must("save")
        numbers = [
            page
            for first in range(0, self.pages, 64)
            for page in self.probe.must(f"saved {first} {min(64, self.pages - first)}")["pages"]
        ]
        for operation, key in (("write", "lostMap"), ("drop", "goneMap")):
            before = self.probe.must(f"sample {self.fleet.pid} map {STRETCHES}")["workers"][0][key]
            self.fleet.do(1, operation, self.fleet.region + 3 * PAGE, 3)
            after = self.probe.must(f"sample {self.fleet.pid} rollup map {STRETCHES}")["workers"][0][key]
            expected = [0] * STRETCHES
            for page in range(self.fleet.region // PAGE + 3, self.fleet.region // PAGE + 6):
                expected[numbers.index(page) * STRETCHES // len(numbers)] += 1
            self.assertEqual([b - a for a, b in zip(before, after, strict=True)], expected)

    def test_no_map_where_none_is_asked_for(self) -> None:
        self.fleet.fork()
        self.probe.must(f"sample {self.fleet.pid} map {STRETCHES}")
        self.assertNotIn("lostMap", self.probe.must(f"sample {self.fleet.pid} rollup")["master"])

    def test_wrong_options(self) -> None:
        maps = ("map", "map 0", "map 513", "map x", "map 3 4", "maps 3")
        for options in (*maps, "rollup map", "rollup x", "map 3 rollup"):
            self.assertIn("usage", self.probe.ask(f"sample {self.fleet.pid} {options}")["error"], options)


class Word(unittest.TestCase):
    def setUp(self) -> None:
        self.fleet = Fixture()
        self.addCleanup(self.fleet.close)
        self.probe = Probe()
        self.addCleanup(self.probe.close)

    def test_a_word_of_each_process_and_no_page_is_copied(self) -> None:
        self.probe.must(f"p0 {self.fleet.pid}")
        pids = [self.fleet.pid, self.fleet.fork(), self.fleet.fork()]
        before = self.probe.must(f"sample {self.fleet.pid}")["lostBytes"]
        values = self.probe.must(f"word {self.fleet.region} {self.fleet.pid}")["values"]
        for pid, found in zip(pids, values, strict=True):
            with Path(f"/proc/{pid}/mem").open("rb") as memory:
                memory.seek(self.fleet.region)
                self.assertEqual(found, {"pid": pid, "value": struct.unpack("<Q", memory.read(8))[0]})
        self.assertEqual(self.probe.must(f"sample {self.fleet.pid}")["lostBytes"], before)

    def test_nothing_at_the_address(self) -> None:
        self.assertEqual(self.probe.must(f"word 8 {self.fleet.pid}")["values"], [])

    def test_wrong_arguments(self) -> None:
        for line in ("word", "word 8", "word x 1", f"word 0x10 {self.fleet.pid}"):
            self.assertFalse(self.probe.ask(line)["ok"], line)
