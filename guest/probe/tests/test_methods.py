"""The other ways to tell pages apart, and how one is chosen."""

import os
import subprocess
import time
import unittest
from pathlib import Path
from typing import Any

from tests.support import PAGE, PROBE, Fixture, Probe

WITHOUT_ADMIN = ("setpriv", "--bounding-set", "-sys_admin", "--inh-caps", "-sys_admin")
KSM = Path("/sys/kernel/mm/ksm")


class MethodCase(unittest.TestCase):
    def start(self, *options: str, prefix: tuple[str, ...] = ()) -> Probe:
        probe = Probe(*options, prefix=prefix)
        self.addCleanup(probe.close)
        return probe

    def fleet(self, prefix: tuple[str, ...] = ()) -> Fixture:
        fixture = Fixture(prefix)
        self.addCleanup(fixture.close)
        return fixture


class Choosing(MethodCase):
    def test_frame_numbers_where_they_can_be_had(self) -> None:
        hello = self.start().must("hello")
        self.assertEqual((hello["method"], hello["reason"]), ("pfn", None))
        self.assertEqual((hello["probe"], hello["protocol"], hello["pageSize"]), ("majek-probe", 1, PAGE))
        self.assertEqual(hello["kernel"], os.uname().release)

    def test_the_exclusive_bit_without_the_capability(self) -> None:
        hello = self.start(prefix=WITHOUT_ADMIN).must("hello")
        self.assertEqual(hello["method"], "exclusive")
        self.assertIn("CAP_SYS_ADMIN", hello["reason"])

    def test_each_can_be_forced(self) -> None:
        for method in ("pfn", "exclusive", "smaps"):
            hello = self.start("--method", method).must("hello")
            self.assertEqual(hello["method"], method)
            self.assertEqual(hello["reason"], None if method == "pfn" else f"--method {method}")

    def test_one_that_does_not_work_measures_nothing(self) -> None:
        probe = self.start("--method", "pfn", prefix=WITHOUT_ADMIN)
        answer = probe.ask(f"p0 {os.getpid()}")
        self.assertEqual((answer["ok"], answer["where"]), (False, "pfn"))
        self.assertIn("CAP_SYS_ADMIN", answer["error"])
        self.assertFalse(probe.ask(f"sample {os.getpid()}")["ok"])

    def test_unknown_ones_are_a_usage_error(self) -> None:
        for options in (["--method", "psychic"], ["--method"], ["--verbose"]):
            done = subprocess.run([PROBE, *options], capture_output=True, timeout=60, check=False)
            self.assertEqual((done.returncode, done.stdout), (2, b""))
            self.assertNotEqual(done.stderr, b"")


class Exclusive(MethodCase):
    def check(self, probe: Probe, fleet: Fixture) -> None:
        """Counts of two workers, one of which writes 70 pages."""
        self.assertEqual(probe.must("hello")["method"], "exclusive")
        fleet.fork()
        fleet.fork()
        before = probe.must(f"sample {fleet.pid}")
        fleet.do(1, "write", fleet.region, 70)
        fleet.do(1, "write", fleet.sparse + 700 * PAGE, 9)
        after = probe.must(f"sample {fleet.pid}")
        first, second = ([sample["workers"][index] for sample in (before, after)] for index in (0, 1))
        self.assertEqual(first[1]["lost"] - first[0]["lost"], 70)
        self.assertEqual(first[0]["shared"] - first[1]["shared"], 70)
        self.assertEqual(first[1]["newBytes"] - first[0]["newBytes"], 9 * PAGE)
        self.assertEqual((second[1]["lost"], second[1]["shared"]), (second[0]["lost"], second[0]["shared"]))
        self.check_unknown(after)

    def check_unknown(self, sample: dict[str, Any]) -> None:
        for key in ("fleetBytes", "lostBytes", "idealBytes", "kernelPss"):
            self.assertIsNone(sample[key], key)
        self.assertIsNotNone(sample["sharedFraction"])

    def test_counts_equal_those_of_frame_numbers(self) -> None:
        fleet = self.fleet()
        fleet.do(0, "loadfile", fleet.sparse + 800 * PAGE, 20)
        exclusive, pfn = self.start("--method", "exclusive"), self.start()
        records = [probe.must(f"p0 {fleet.pid}") for probe in (exclusive, pfn)]
        self.assertEqual(records[0], records[1])
        self.check(exclusive, fleet)
        fleet.do(2, "unmap", fleet.region + 200 * PAGE, 5)
        fleet.do(2, "file", fleet.region + 300 * PAGE, 6)
        fleet.do(1, "drop", fleet.region + 400 * PAGE, 7)
        fleet.do(1, "read", fleet.region + 400 * PAGE, 4)
        samples = [probe.must(f"sample {fleet.pid}") for probe in (exclusive, pfn)]
        for left, right in zip(samples[0]["workers"], samples[1]["workers"], strict=True):
            self.assertEqual(left, right)
            self.assertEqual(left["unread"], 20)
        self.assertEqual(samples[0]["sharedFraction"], samples[1]["sharedFraction"])
        self.assertEqual(samples[0]["zeroFrames"], samples[1]["zeroFrames"])

    def test_without_the_capability(self) -> None:
        fleet = self.fleet()
        probe = self.start(prefix=WITHOUT_ADMIN)
        probe.must(f"p0 {fleet.pid}")
        self.check(probe, fleet)
        before = probe.must(f"sample {fleet.pid}")["workers"][1]
        if fleet.order(f"2 guard {fleet.region:x} 8") == 0:  # Linux 6.13
            after = probe.must(f"sample {fleet.pid}")["workers"][1]
            self.assertEqual((after["shared"] - before["shared"], after["absent"] - before["absent"]), (-8, 8))

    def test_in_a_user_namespace(self) -> None:
        fleet = self.fleet(("unshare", "--user", "--map-root-user"))
        inside = ("nsenter", "--user", "--preserve-credentials", "--target", str(fleet.pid))
        probe = self.start(prefix=inside)
        probe.must(f"p0 {fleet.pid}")
        self.check(probe, fleet)

    def test_file_pages_of_the_master_are_not_lost(self) -> None:
        fleet = self.fleet()
        probe = self.start("--method", "exclusive")
        pages = probe.must(f"p0 {fleet.pid}")["p0Pages"]
        master = probe.must(f"sample {fleet.pid}")["master"]
        # Alone, the master owns every page it has but the clean ones of the file.
        self.assertEqual(master["shared"] + master["lost"], pages)
        self.assertGreaterEqual(master["shared"], 48)


class Smaps(MethodCase):
    def test_totals_only(self) -> None:
        fleet = self.fleet()
        fleet.fork()
        smaps, pfn = self.start("--method", "smaps"), self.start()
        record = smaps.must(f"p0 {fleet.pid}")
        self.assertEqual(record, pfn.must(f"p0 {fleet.pid}"))
        sample = smaps.must(f"sample {fleet.pid}")
        self.assertEqual(sample["p0Pages"], record["p0Pages"])
        for key in ("fleetBytes", "lostBytes", "idealBytes", "zeroFrames", "sharedFraction"):
            self.assertIsNone(sample[key], key)
        for key in ("shared", "lost", "replaced", "absent", "sharedFraction", "newBytes"):
            self.assertIsNone(sample["workers"][0][key], key)
        self.assertEqual(sample["kernelPss"], sample["master"]["pss"] + sample["workers"][0]["pss"])
        self.assertGreater(sample["workers"][0]["rss"], 1024 * PAGE)


class Merged(MethodCase):
    @unittest.skipUnless(
        os.environ.get("MAJEK_LAB_TEST_FULL") == "1", "switches KSM on for the machine: test-full only"
    )
    def test_pages_that_ksm_merged_are_flagged(self) -> None:
        before = {name: (KSM / name).read_text() for name in ("run", "sleep_millisecs", "pages_to_scan")}
        self.addCleanup(lambda: [(KSM / name).write_text(text) for name, text in before.items()])
        fleet = self.fleet()
        probe = self.start()
        probe.must(f"p0 {fleet.pid}")
        fleet.fork()
        fleet.do(1, "merge", fleet.region, 100)
        unmerged = probe.must(f"sample {fleet.pid}")
        (KSM / "sleep_millisecs").write_text("10")
        (KSM / "pages_to_scan").write_text("10000")
        (KSM / "run").write_text("1")
        self.addCleanup(lambda: (KSM / "run").write_text("2"))
        deadline = time.monotonic() + 60
        while int((KSM / "pages_sharing").read_text()) < 99 and time.monotonic() < deadline:
            time.sleep(0.1)
        merged = probe.must(f"sample {fleet.pid}")
        self.assertEqual(merged["ksmPages"], 1)
        self.assertEqual(unmerged["fleetBytes"] - merged["fleetBytes"], 99 * PAGE)


if __name__ == "__main__":
    unittest.main()
