"""What was on the preloaded pages, and what differs of those that are lost."""

import base64
import os
import struct
import tempfile
import unittest
from pathlib import Path
from typing import Any

from tests.support import PAGE, Fixture, Probe


class Changes(unittest.TestCase):
    def setUp(self) -> None:
        self.fleet = Fixture()
        self.addCleanup(self.fleet.close)
        self.probe = Probe()
        self.addCleanup(self.probe.close)
        self.pages = self.probe.must(f"p0 {self.fleet.pid}")["p0Pages"]

    def refuse(self, line: str, error: str) -> None:
        answer = self.probe.ask(line)
        self.assertFalse(answer["ok"], line)
        self.assertIn(error, answer["error"])

    def saved(self) -> dict[int, bytes]:
        """Page number -> contents."""
        found = {}
        for first in range(0, self.pages, 64):
            answer = self.probe.must(f"saved {first} {min(64, self.pages - first)}")
            data = base64.b64decode(answer["data"])
            found.update({page: data[i * PAGE : (i + 1) * PAGE] for i, page in enumerate(answer["pages"])})
        return found

    def changes(self, lost: dict[str, Any], index: int) -> dict[int, tuple[list[int], list[int]]]:
        """Index of the preloaded page -> changed words of a process, and what they are now."""
        first = sum(process["lost"] for process in lost["processes"][:index])
        data = base64.b64decode(self.probe.must(f"changes {first} {lost['processes'][index]['lost']}")["data"])
        found = {}
        while data:
            page, count = struct.unpack_from("<II", data)
            mask = int.from_bytes(data[8:72], "little")
            words = [word for word in range(512) if mask >> word & 1]
            found[page] = (words, list(struct.unpack_from(f"<{count}Q", data, 72)))
            data = data[72 + count * 8 :]
        return found

    def test_the_saved_contents_are_those_of_the_record(self) -> None:
        segments = self.probe.must("save")["segments"]
        self.assertEqual(sum(segment["count"] for segment in segments), self.pages)
        first = self.fleet.region // PAGE
        with Path(f"/proc/{self.fleet.pid}/mem").open("rb") as memory:
            memory.seek(self.fleet.region)
            before = memory.read(8 * PAGE)
        self.fleet.do(0, "write", self.fleet.region, 8)
        saved = self.saved()
        self.assertEqual(len(saved), self.pages)
        self.assertEqual(b"".join(saved[first + i] for i in range(8)), before)

    def test_lost_pages_are_those_of_the_sample_with_the_words_that_were_written(self) -> None:
        self.probe.must("save")
        saved = self.saved()
        numbers = list(saved)
        pids = [self.fleet.fork(), self.fleet.fork()]
        self.fleet.do(1, "write", self.fleet.region, 5)
        self.fleet.do(2, "write", self.fleet.region + 3 * PAGE, 4)
        sample = self.probe.must(f"sample {self.fleet.pid}")
        lost = self.probe.must(f"lost {self.fleet.pid}")
        counted = [(one["pid"], one["lost"]) for one in [sample["master"], *sample["workers"]]]
        self.assertEqual([(one["pid"], one["lost"]) for one in lost["processes"]], counted)
        for index, (start, count) in enumerate([(0, 5), (3, 4)], 1):
            region = {self.fleet.region // PAGE + start + i for i in range(count)}
            found = self.changes(lost, index)
            written = {page for page in found if 0 <= numbers[page] - self.fleet.region // PAGE < 1024}
            self.assertEqual({numbers[page] for page in written}, region)
            with Path(f"/proc/{pids[index - 1]}/mem").open("rb") as memory:
                for page, (words, values) in found.items():
                    memory.seek(numbers[page] * PAGE)
                    now = struct.unpack("<512Q", memory.read(PAGE))
                    before = struct.unpack("<512Q", saved[numbers[page]])
                    self.assertEqual(words, [word for word in range(512) if now[word] != before[word]])
                    self.assertEqual(values, [now[word] for word in words])

    def test_nothing_is_compared_with_what_was_not_saved(self) -> None:
        self.fleet.fork()
        self.probe.must(f"lost {self.fleet.pid}")
        self.refuse("changes 0 0", "no contents were saved")
        self.probe.must("save")
        self.probe.must(f"p0 {self.fleet.pid}")
        self.refuse("saved 0 1", "not so many pages are saved")

    def test_spans_that_are_not_there(self) -> None:
        self.probe.must("save")
        self.probe.must(f"lost {self.fleet.pid}")
        for line in ("saved", "saved 1", "saved 0 1 2", "saved -1 1", "changes x 1", "lost", "lost 0x1", "save 1"):
            self.refuse(line, "not a process id" if line == "lost 0x1" else "usage")
        for line in (f"saved {self.pages} 1", "saved 0 65", "saved 18446744073709551615 2"):
            self.refuse(line, "not so many pages are saved")
        self.refuse("changes 0 1025", "not so many pages are lost")
        self.refuse("changes 18446744073709551615 2", "not so many pages are lost")

    def test_without_a_record(self) -> None:
        probe = Probe()
        self.addCleanup(probe.close)
        self.assertIn("no page is recorded", probe.ask("save")["error"])


class Files(unittest.TestCase):
    def setUp(self) -> None:
        self.probe = Probe()
        self.addCleanup(self.probe.close)
        folder = tempfile.TemporaryDirectory(prefix="majek-probe-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def test_a_file_comes_in_pieces(self) -> None:
        content = os.urandom(2**18 + 5)
        (self.folder / "a map").write_bytes(content)
        path = self.folder / "a map"
        pieces = []
        for offset, size in ((0, 2**18), (2**18, 5), (2**18 + 5, 0)):
            answer = self.probe.must(f"read {offset} {path} {os.getpid()}")
            self.assertEqual(answer["bytes"], size)
            pieces.append(base64.b64decode(answer["data"]))
        self.assertEqual(b"".join(pieces), content)

    def test_only_regular_files_are_read(self) -> None:
        os.mkfifo(self.folder / "fifo")
        for name, error in (("fifo", "not a regular file"), (".", "not a regular file"), ("none", "No such file")):
            answer = self.probe.ask(f"read 0 {self.folder / name} {os.getpid()}")
            self.assertFalse(answer["ok"])
            self.assertIn(error, answer["error"])


if __name__ == "__main__":
    unittest.main()
