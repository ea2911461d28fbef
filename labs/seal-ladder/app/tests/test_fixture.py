"""The fixture and the translations are the same bytes each time, and hold what the lab says."""

import gettext
import io
import os
import sqlite3
import subprocess
import sys
import unittest
from pathlib import Path

from tests import SITE, prepared_copy


def made_files(folder: Path) -> dict[str, bytes]:
    names = ["fixture.sqlite3", *(str(path.relative_to(folder)) for path in folder.glob("locale/*/*/*.mo"))]
    return {name: (folder / name).read_bytes() for name in names}


class FixtureTest(unittest.TestCase):
    def test_two_runs_make_equal_files(self) -> None:
        first, second = made_files(prepared_copy("1")), made_files(prepared_copy("2"))
        self.assertEqual(len(first), 3)
        self.assertEqual(first, second)

    def test_nothing_else_is_left_beside_it(self) -> None:
        self.assertEqual([path.name for path in SITE.glob("fixture*")], ["fixture.sqlite3"])

    def test_an_image_without_time_zones_is_refused(self) -> None:
        environment = {**os.environ, "PYTHONTZPATH": ""}
        command = [sys.executable, "-c", "import prepare; prepare.main()"]
        ended = subprocess.run(command, cwd=SITE, env=environment, capture_output=True, text=True, check=False)
        if ended.returncode == 0:
            self.skipTest("the Python package tzdata is installed")
        self.assertEqual(ended.stderr, "prepare.py: no time zone database; add the package tzdata to the image\n")

    def test_rows(self) -> None:
        database = sqlite3.connect(f"file:{SITE / 'fixture.sqlite3'}?mode=ro", uri=True)
        self.addCleanup(database.close)
        self.assertEqual(database.execute("SELECT count(*) FROM catalogue_book").fetchone(), (10_000,))
        applied = database.execute("SELECT DISTINCT applied FROM django_migrations").fetchall()
        self.assertEqual(applied, [("2008-11-23 12:00:00",)])
        self.assertEqual(database.execute("PRAGMA integrity_check").fetchone(), ("ok",))


class MessagesTest(unittest.TestCase):
    def catalogue(self, language: str) -> gettext.GNUTranslations:
        data = (SITE / "locale" / language / "LC_MESSAGES" / "django.mo").read_bytes()
        return gettext.GNUTranslations(io.BytesIO(data))

    def test_the_standard_library_reads_them(self) -> None:
        self.assertEqual(self.catalogue("de").gettext("Books"), "Bücher")
        polish = self.catalogue("pl")
        forms = [polish.ngettext("%(total)s book", "%(total)s books", count) for count in (1, 2, 5, 12, 22)]
        self.assertEqual([form.split()[1] for form in forms], ["książka", "książki", "książek", "książek", "książki"])

    def test_languages_translate_the_same_messages(self) -> None:
        def ids(language: str) -> set[str]:
            keys = self.catalogue(language)._catalog  # type: ignore[attr-defined]
            return {key[0] if isinstance(key, tuple) else key for key in keys}

        self.assertEqual(ids("de"), ids("pl"))

    def test_a_broken_source_names_its_line(self) -> None:
        from preparation.messages import compile_catalogue

        with self.assertRaisesRegex(ValueError, "line 2 "):
            compile_catalogue('msgid "a"\nmsgtsr "b"\n')


if __name__ == "__main__":
    unittest.main()
