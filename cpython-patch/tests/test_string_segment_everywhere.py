"""The mode for tests that puts every string of unicodeobject.c into the segment; see bin/test-suite."""

import sysconfig
import unittest

from string_segment_case import SegmentCase

BUILT = bool(sysconfig.get_config_var("Py_MAJEK_STRING_SEGMENT_EVERYWHERE"))

# What unicodeobject.c makes in each of its ways, of characters of each width.
MADE = """
def made(letter):
    data = (letter * 3 + " , " + letter).encode()
    text = data.decode()
    both = [text, text + text, text * 3, text[1:4], text[::2], text.replace(letter, letter + "z"), text.title()]
    both += [text.ljust(90), ",".join([text, text]), "%s-%s" % (text, text), f"{text!r}-{text}", *text.split(",")]
    return both
"""


class EverywhereTest(SegmentCase):
    """What is on from before site."""

    @unittest.skipUnless(BUILT, "needs a build with Py_MAJEK_STRING_SEGMENT_EVERYWHERE=1")
    def test_new_strings_are_in_the_segment(self) -> None:
        done = self.run_case(
            MADE
            + """
for letter in "a\\xe9\\u0394\\U0001f600":
    for text in made(letter):
        assert len(text) < 2 or not is_compact(text), ascii(text)
        assert text == "".join(list(text)) and hash(text) == hash("".join(list(text)))
        assert text.encode().decode() == text
assert is_compact("") and is_compact("ab"[0])
""",
            MAJEKHACK_EVERYWHERE="1",
        )
        self.assertEqual(done.stderr, "")

    def test_not_without_the_variable(self) -> None:
        self.run_case(MADE + 'assert all(map(is_compact, made("a") + made("\\u0394")))\n')

    @unittest.skipIf(BUILT, "a build for tests")
    def test_not_in_a_build_for_labs(self) -> None:
        self.run_case(MADE + 'assert all(map(is_compact, made("a") + made("\\u0394")))\n', MAJEKHACK_EVERYWHERE="1")


if __name__ == "__main__":
    unittest.main()
