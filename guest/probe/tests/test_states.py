"""Counts of the method `pfn`: each equal to what was done to the fleet, and to the oracle's."""

import os
import time
import unittest
from pathlib import Path
from typing import Any

from tests import oracle
from tests.support import FILE_PAGES, PAGE, Fixture, Probe, make_file

STATES = ("shared", "lost", "replaced", "absent")


class FleetCase(unittest.TestCase):
    """A fleet whose P0 is recorded."""

    def setUp(self) -> None:
        self.fleet = Fixture()
        self.addCleanup(self.fleet.close)
        self.probe = Probe()
        self.addCleanup(self.probe.close)
        self.zero = oracle.zero_frame()
        self.record = self.probe.must(f"p0 {self.fleet.pid}")
        self.p0 = oracle.preloaded(self.fleet.pid, self.zero)

    def sample(self) -> dict[str, Any]:
        """A sample, after it was compared with the oracle's."""
        sample = self.probe.must(f"sample {self.fleet.pid}")
        pids = [sample["master"]["pid"], *(worker["pid"] for worker in sample["workers"])]
        expected = oracle.sample(self.p0, pids, self.zero)
        for key in ("fleetBytes", "lostBytes", "idealBytes", "zeroFrames"):
            self.assertEqual(sample[key], expected[key], key)
        for process, counts in zip([sample["master"], *sample["workers"]], expected["processes"], strict=True):
            found = {state: process[state] for state in (*STATES, "unread")}
            self.assertEqual(found, {state: counts[state] for state in (*STATES, "unread")}, process["pid"])
            self.assertEqual(process["newBytes"], counts["new"] * PAGE)
        return sample

    def change(self, before: dict[str, Any], after: dict[str, Any], worker: int) -> dict[str, int]:
        """What changed in a worker's states, zeros left out."""
        old, new = (sample["workers"][worker - 1] for sample in (before, after))
        return {state: new[state] - old[state] for state in STATES if new[state] != old[state]}


class Recording(FleetCase):
    def test_p0_holds_resident_pages_of_writable_private_mappings_only(self) -> None:
        self.assertEqual(self.record["p0Pages"], len(self.p0))
        self.assertEqual(self.record["p0Bytes"], len(self.p0) * PAGE)
        self.assertEqual(sum(region["pages"] for region in self.record["regions"]), len(self.p0))

    def test_regions_name_the_file_and_count_clean_and_written_pages(self) -> None:
        rows = {(row["kind"], row["name"]): row["pages"] for row in self.record["regions"]}
        private_file = next(pages for (kind, name), pages in rows.items() if "majek-probe-" in name and kind == "data")
        self.assertEqual(private_file, FILE_PAGES)
        self.assertIn(("stack", "[stack]"), rows)
        # The region, and four pages of the 1 GiB reservation; a few more belong to the C library.
        self.assertIn(rows["anon", ""] - 1024 - 4, range(8))

    def test_the_master_alone_shares_nothing_and_loses_no_bytes(self) -> None:
        sample = self.sample()
        self.assertEqual((sample["lostBytes"], sample["workers"], sample["sharedFraction"]), (0, [], None))
        self.assertEqual(sample["zeroFrames"], FILE_PAGES)


class Writing(FleetCase):
    def test_worker_writes(self) -> None:
        self.fleet.fork()
        self.fleet.fork()
        before = self.sample()
        self.fleet.do(1, "write", self.fleet.region, 100)
        after = self.sample()
        self.assertEqual(self.change(before, after, 1), {"shared": -100, "lost": 100})
        self.assertEqual(self.change(before, after, 2), {})
        self.assertEqual(after["lostBytes"] - before["lostBytes"], 100 * PAGE)
        self.assertEqual(after["fleetBytes"] - before["fleetBytes"], 100 * PAGE)
        self.assertEqual(after["idealBytes"], before["idealBytes"])
        self.assertEqual(after["workers"][0]["newBytes"], before["workers"][0]["newBytes"])
        fraction = after["workers"][0]["shared"] / after["p0Pages"]
        self.assertAlmostEqual(after["workers"][0]["sharedFraction"], fraction, places=8)
        self.assertAlmostEqual(after["sharedFraction"]["min"], fraction, places=8)

    def test_master_writes_with_one_worker(self) -> None:
        self.fleet.fork()
        before = self.sample()
        self.fleet.do(0, "write", self.fleet.region, 64)
        after = self.sample()
        self.assertEqual(self.change(before, after, 1), {"shared": -64, "lost": 64})
        self.assertEqual(after["lostBytes"] - before["lostBytes"], 64 * PAGE)
        self.assertEqual(after["idealBytes"], before["idealBytes"])

    def test_master_writes_with_two_workers(self) -> None:
        self.fleet.fork()
        self.fleet.fork()
        before = self.sample()
        self.fleet.do(0, "write", self.fleet.region, 64)
        after = self.sample()
        self.assertEqual(self.change(before, after, 1), {})
        self.assertEqual(after["master"]["lost"] - before["master"]["lost"], 64)
        self.assertEqual(after["lostBytes"] - before["lostBytes"], 64 * PAGE)
        self.assertEqual(after["idealBytes"], before["idealBytes"])

    def test_everybody_writes(self) -> None:
        for _ in range(3):
            self.fleet.fork()
        before = self.sample()
        for target in range(4):
            self.fleet.do(target, "write", self.fleet.region, 50)
        after = self.sample()
        self.assertEqual(after["lostBytes"] - before["lostBytes"], 3 * 50 * PAGE)
        self.assertEqual(self.change(before, after, 3), {"shared": -50, "lost": 50})

    def test_new_memory_is_new_and_not_lost(self) -> None:
        self.fleet.fork()
        before = self.sample()
        self.fleet.do(1, "write", self.fleet.sparse + 500 * PAGE, 40)
        after = self.sample()
        self.assertEqual(self.change(before, after, 1), {})
        self.assertEqual(after["workers"][0]["newBytes"] - before["workers"][0]["newBytes"], 40 * PAGE)
        self.assertEqual(after["idealBytes"] - before["idealBytes"], 40 * PAGE)

    def test_clean_file_pages_of_a_writable_mapping_are_preloaded(self) -> None:
        self.fleet.fork()
        before = self.sample()
        self.fleet.do(1, "write", self.fleet.data, 10)
        after = self.sample()
        self.assertEqual(self.change(before, after, 1), {"shared": -10, "lost": 10})
        self.assertEqual(after["lostBytes"] - before["lostBytes"], 10 * PAGE)

    def test_a_page_read_from_fresh_memory_costs_nothing(self) -> None:
        self.fleet.fork()
        before = self.sample()
        self.fleet.do(1, "read", self.fleet.sparse + 900 * PAGE, 20)
        after = self.sample()
        self.assertEqual(after["zeroFrames"] - before["zeroFrames"], 20)
        self.assertEqual(after["fleetBytes"], before["fleetBytes"])

    def test_the_huge_zero_page_costs_nothing(self) -> None:
        self.fleet.fork()
        before = self.sample()
        start = (self.fleet.sparse + (300 << 20)) & -(2 << 20)
        self.fleet.do(1, "huge", start, 512)
        after = self.probe.must(f"sample {self.fleet.pid}")
        # Where huge pages are off it is one small zero page.
        self.assertIn(after["zeroFrames"] - before["zeroFrames"], (1, 512))
        self.assertEqual(after["fleetBytes"], before["fleetBytes"])


class Edges(FleetCase):
    def test_pages_behind_the_last_mapping_are_absent(self) -> None:
        last = (1 << 47) - PAGE - 4 * PAGE  # TASK_SIZE of x86-64 and arm64 is above
        self.fleet.do(0, "anonymous", last, 4)
        self.probe.must(f"p0 {self.fleet.pid}")
        self.p0 = oracle.preloaded(self.fleet.pid, self.zero)
        self.fleet.fork()
        before = self.sample()
        self.fleet.do(1, "unmap", last, 4)
        self.assertEqual(self.change(before, self.sample(), 1), {"shared": -4, "absent": 4})


class Unread(FleetCase):
    """A file that the master reads and nobody writes to: `fork()` gives workers the mapping without its pages."""

    PAGES = 20

    def setUp(self) -> None:
        super().setUp()
        self.at = self.fleet.sparse + 700 * PAGE
        self.fleet.do(0, "loadfile", self.at, self.PAGES)
        self.probe.must(f"p0 {self.fleet.pid}")
        self.p0 = oracle.preloaded(self.fleet.pid, self.zero)
        self.fleet.fork()
        self.fleet.fork()
        self.before = self.sample()

    def test_they_are_shared_with_the_master(self) -> None:
        self.assertEqual([worker["unread"] for worker in self.before["workers"]], [self.PAGES] * 2)
        self.assertEqual([worker["absent"] for worker in self.before["workers"]], [0, 0])

    def test_they_are_no_loss_of_the_master(self) -> None:
        lost = self.probe.must(f"lost {self.fleet.pid}")["processes"]
        self.fleet.do(1, "read", self.at, self.PAGES)
        self.assertEqual(self.probe.must(f"lost {self.fleet.pid}")["processes"], lost)

    def test_reading_changes_nothing_but_that(self) -> None:
        self.fleet.do(1, "read", self.at, self.PAGES)
        after = self.sample()
        self.assertEqual(self.change(self.before, after, 1), {})
        self.assertEqual([worker["unread"] for worker in after["workers"]], [0, self.PAGES])
        self.assertEqual(after["fleetBytes"], self.before["fleetBytes"])

    def test_writing_loses_them(self) -> None:
        self.fleet.do(1, "write", self.at, 7)
        after = self.sample()
        self.assertEqual(self.change(self.before, after, 1), {"shared": -7, "lost": 7})
        self.assertEqual(self.change(self.before, after, 2), {})
        self.assertEqual(after["lostBytes"] - self.before["lostBytes"], 7 * PAGE)

    def test_what_the_master_has_written_is_not_shared_with_it(self) -> None:
        self.fleet.do(0, "write", self.at, 7)
        after = self.sample()
        self.assertEqual(self.change(self.before, after, 1), {"shared": -7, "absent": 7})

    def test_unmapped_they_are_absent(self) -> None:
        self.fleet.do(1, "unmap", self.at, self.PAGES)
        after = self.sample()
        self.assertEqual(self.change(self.before, after, 1), {"shared": -self.PAGES, "absent": self.PAGES})


class Mapping(FleetCase):
    def setUp(self) -> None:
        super().setUp()
        self.fleet.fork()
        self.fleet.fork()
        self.before = self.sample()

    def check(self, operation: str, expected: dict[str, int], *, new: int = 0, lost: int = 0) -> dict[str, Any]:
        """One operation on 30 pages of the region in the first worker."""
        self.fleet.do(1, operation, self.fleet.region + 100 * PAGE, 30)
        after = self.sample()
        self.assertEqual(self.change(self.before, after, 1), expected)
        self.assertEqual(self.change(self.before, after, 2), {})
        self.assertEqual(after["workers"][0]["newBytes"] - self.before["workers"][0]["newBytes"], new * PAGE)
        self.assertEqual(after["lostBytes"] - self.before["lostBytes"], lost * PAGE)
        return after

    def test_dropped_pages_are_absent(self) -> None:
        self.check("drop", {"shared": -30, "absent": 30})

    def test_dropped_and_read_pages_are_in_no_state(self) -> None:
        self.check("drop", {"shared": -30, "absent": 30})
        self.check("read", {"shared": -30})

    def test_unmapped_pages_are_absent(self) -> None:
        self.check("unmap", {"shared": -30, "absent": 30})

    def test_moved_pages_are_absent_at_their_old_place(self) -> None:
        self.check("move", {"shared": -30, "absent": 30})

    def test_guard_regions_hold_nothing(self) -> None:
        try:
            self.check("guard", {"shared": -30, "absent": 30})
        except AssertionError as error:
            if "guard failed" in str(error):
                self.skipTest("MADV_GUARD_INSTALL needs Linux 6.13")
            raise

    def test_a_file_mapped_over_them_replaces_pages(self) -> None:
        after = self.check("file", {"shared": -30, "replaced": 30}, new=30)
        self.assertEqual(after["idealBytes"] - self.before["idealBytes"], 30 * PAGE)

    def test_shared_memory_mapped_over_them_replaces_pages(self) -> None:
        self.check("shared", {"shared": -30, "replaced": 30})

    def test_another_part_of_the_same_file_replaces_pages(self) -> None:
        self.fleet.do(1, "file", self.fleet.data + 10 * PAGE, 5)
        self.assertEqual(self.change(self.before, self.sample(), 1), {"shared": -5, "replaced": 5})

    def test_the_same_part_mapped_shared_replaces_pages(self) -> None:
        self.fleet.do(1, "sharefile", self.fleet.data, 5)
        self.assertEqual(self.change(self.before, self.sample(), 1), {"shared": -5, "replaced": 5})

    def test_the_same_part_mapped_again_cannot_be_told(self) -> None:
        self.fleet.do(1, "file", self.fleet.data, 5)
        self.assertEqual(self.change(self.before, self.sample(), 1), {"shared": -5, "lost": 5})

    def test_anonymous_memory_mapped_over_them_counts_as_lost(self) -> None:
        self.check("anonymous", {"shared": -30, "lost": 30}, lost=30)

    def test_protection_changes_nothing(self) -> None:
        self.check("protect", {})


def wait_for_zombie(pid: int) -> None:
    """Returns once a process that was killed has gone, but for what its parent has to read."""
    stat = Path(f"/proc/{pid}/stat")
    while not stat.read_text().rpartition(")")[2].startswith(" Z"):
        time.sleep(0.01)


class Fleets(FleetCase):
    def pids(self) -> list[int]:
        return [worker["pid"] for worker in self.sample()["workers"]]

    def test_children_of_workers_belong_to_the_fleet(self) -> None:
        self.fleet.fork()
        self.fleet.do(1, "spawn", 0, 0)
        pids = self.pids()
        self.assertEqual(len(pids), 2)
        self.assertEqual(pids, sorted({*self.fleet.workers, *pids}))

    def test_zombies_do_not_belong_to_the_fleet(self) -> None:
        self.fleet.fork()
        self.fleet.fork()
        self.assertEqual(self.pids(), self.fleet.workers)
        os.kill(self.fleet.workers[0], 9)
        wait_for_zombie(self.fleet.workers[0])
        self.assertEqual(self.pids(), self.fleet.workers[1:])

    def test_a_recycled_worker_is_counted_like_the_first(self) -> None:
        self.fleet.fork()
        before = self.sample()
        self.fleet.do(1, "exit", 0, 0)
        self.fleet.fork()
        after = self.sample()
        self.assertEqual(len(after["workers"]), 1)
        self.assertGreaterEqual(after["workers"][0]["startTime"], before["workers"][0]["startTime"])
        self.assertGreater(after["workers"][0]["sharedFraction"], 0.98)

    def test_workers_that_end_during_a_sample(self) -> None:
        """The later a worker's turn, the longer there is to end it; some of these samples meet one half-way."""
        for _ in range(24):
            self.fleet.fork()
        survivors = self.fleet.workers[:]
        while len(survivors) > 4:
            self.probe.send(f"sample {self.fleet.pid} rollup")
            time.sleep(0.0005 * (len(survivors) % 7))
            ended = survivors.pop()
            os.kill(ended, 9)
            answer = self.probe.answer()
            self.assertTrue(answer["ok"], answer)
            for worker in answer["workers"]:
                self.assertEqual(sum(worker[state] for state in STATES), answer["p0Pages"])
            self.assertEqual([worker["pid"] for worker in answer["workers"]][: len(survivors)], survivors)
        # Where nothing ends any more (a busy machine takes its time to), the count is exact again.
        wait_for_zombie(ended)
        self.assertEqual(self.pids(), survivors)

    def test_a_second_fleet_beside_changes_nothing(self) -> None:
        file = make_file()
        self.addCleanup(file.close)
        first = Fixture(file=file.name)
        self.addCleanup(first.close)
        first.fork()
        self.probe.must(f"p0 {first.pid}")
        before = self.probe.must(f"sample {first.pid}")
        second = Fixture(file=file.name)
        self.addCleanup(second.close)
        second.fork()
        after = self.probe.must(f"sample {first.pid}")
        self.assertLess(abs(after["fleetBytes"] - before["fleetBytes"]), 0.005 * before["fleetBytes"])
        self.assertEqual(after["workers"][0]["newBytes"], before["workers"][0]["newBytes"])

    def test_samples_without_a_record_still_tell_the_fleet(self) -> None:
        self.fleet.fork()
        probe = Probe()
        self.addCleanup(probe.close)
        sample = probe.must(f"sample {self.fleet.pid}")
        self.assertEqual((sample["p0Pages"], sample["sharedFraction"], sample["lostBytes"]), (0, None, 0))
        self.assertIsNone(sample["workers"][0]["sharedFraction"])
        self.assertEqual(sample["fleetBytes"], self.sample()["fleetBytes"])

    def test_the_kernels_own_totals(self) -> None:
        self.fleet.fork()
        plain = self.sample()
        self.assertIsNone(plain["kernelPss"])
        self.assertIsNone(plain["workers"][0]["pss"])
        full = self.probe.must(f"sample {self.fleet.pid} rollup")
        processes = [full["master"], *full["workers"]]
        self.assertEqual(full["kernelPss"], sum(process["pss"] for process in processes))
        self.assertEqual(full["pageTableBytes"], sum(process["pageTableBytes"] for process in processes))
        self.assertEqual(full["masterRss"], full["master"]["rss"])
        # Nobody maps the fixture's memory but this fleet; its code may be mapped by other tests.
        self.assertLess(abs(full["kernelPss"] - full["fleetBytes"]), 0.05 * full["fleetBytes"])


if __name__ == "__main__":
    unittest.main()
