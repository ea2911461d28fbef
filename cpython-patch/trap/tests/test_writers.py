"""Writers against the list of those who may."""

import tempfile
import unittest
from collections import Counter
from pathlib import Path

from writers import Allowed, Found, Writer, function, read_allowed, table, unexpected

LIST = Path(__file__).parents[1] / "allowed.txt"
SEMAPHORE = Writer("sem_trywait", "[heap]")
FOUND = Found({SEMAPHORE: 6}, {SEMAPHORE: Counter({"sem_trywait < rlock_acquire": 6})})


class AllowedTest(unittest.TestCase):
    """The list."""

    def parse(self, text: str) -> dict[Writer, Allowed]:
        """Read a list with this text."""
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(text)
            file.flush()
            return read_allowed(Path(file.name))

    def test_a_line_has_a_writer_its_pages_and_a_reason(self) -> None:
        self.assertEqual(
            self.parse("# c\n\n[taken]\nsem_trywait @ [heap] | 8 | locks\n"), {SEMAPHORE: Allowed(8, "locks", "taken")}
        )

    def test_what_is_no_line_is_named(self) -> None:
        for line in ("sem_trywait @ [heap] | 8", "sem_trywait | 8 | locks", "a @ b | x | c", "a @ b | 1 | "):
            with self.subTest(line), self.assertRaisesRegex(ValueError, ":1: expected|:1: a writer needs"):
                self.parse(line)

    def test_the_list_of_this_folder_can_be_read(self) -> None:
        self.assertGreater(len(read_allowed(LIST)), 10)


class UnexpectedTest(unittest.TestCase):
    """What a run is told."""

    def test_who_is_allowed_is_not_named(self) -> None:
        self.assertEqual(unexpected(FOUND, {SEMAPHORE: Allowed(6, "locks", "taken")}), [])

    def test_a_new_writer_is_named_with_its_calls(self) -> None:
        lines = ["sem_trywait @ [heap]: 6 pages, new", "    6 x sem_trywait < rlock_acquire"]
        self.assertEqual(unexpected(FOUND, {}), lines)

    def test_one_that_writes_to_more_pages_is_too(self) -> None:
        self.assertEqual(
            unexpected(FOUND, {SEMAPHORE: Allowed(5, "locks", "taken")})[0], "sem_trywait @ [heap]: 6 pages, 5 allowed"
        )

    def test_the_table_gives_the_reason_below_the_group(self) -> None:
        rows = table(FOUND, {SEMAPHORE: Allowed(8, "locks", "taken")})
        self.assertEqual(rows[2:], ["| **6** | | **taken** | |", "| 6 | 8 | `sem_trywait @ [heap]` | locks |"])

    def test_whoever_is_new_comes_first(self) -> None:
        rows = table(FOUND, {})
        self.assertEqual(rows[2:], ["| **6** | | **not on the list** | |", "| 6 | 0 | `sem_trywait @ [heap]` |  |"])


class FunctionTest(unittest.TestCase):
    """The name of a writer."""

    def test_it_is_the_function_that_wrote(self) -> None:
        self.assertEqual(function(["insertdict", "PyDict_SetItem"]), "insertdict")

    def test_stripped_code_takes_the_name_of_its_caller(self) -> None:
        self.assertEqual(function(["?", "libc.so.6", "malloc", "PyMem_RawMalloc"]), "libc.so.6 < malloc")
        self.assertEqual(function(["?"]), "?")
