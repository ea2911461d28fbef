"""The fixture and the pictures are the same bytes each time, and hold what the lab says."""

import sqlite3
import unittest
from pathlib import Path

from tests import SITE, prepared_copy


def made_files(folder: Path) -> dict[str, bytes]:
    paths = [folder / "fixture.sqlite3", *(path for path in folder.glob("media/**/*") if path.is_file())]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


class FixtureTest(unittest.TestCase):
    def test_two_runs_make_equal_files(self) -> None:
        first, second = made_files(SITE), made_files(prepared_copy())
        self.assertGreater(len(first), 50)
        self.assertEqual(first.keys(), second.keys())
        self.assertEqual([name for name in first if first[name] != second[name]], [])

    def test_rows(self) -> None:
        database = sqlite3.connect(f"file:{SITE / 'fixture.sqlite3'}?mode=ro", uri=True)
        self.addCleanup(database.close)
        pages = database.execute("SELECT count(*), sum(live) FROM wagtailcore_page").fetchone()
        # The root, the first page, five sections with 400 articles and 60 events, a form; seven of them in German.
        self.assertEqual(pages, (474, 474))
        self.assertEqual(database.execute("PRAGMA integrity_check").fetchone(), ("ok",))
