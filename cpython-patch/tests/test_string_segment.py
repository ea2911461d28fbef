"""str.setmajekhack(): what it prints, which strings get into the segment, where it ends."""

import re
import unittest

from string_segment_case import SegmentCase


class ToggleTest(SegmentCase):
    """What a user sees."""

    def test_two_lines_on_stderr(self) -> None:
        done = self.run_case("""
            assert "a".setmajekhack() is None
            import sys, os, time, json, argparse
            assert "b".setmajekhack() is None
        """)
        self.assertEqual(done.stdout, "")
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), 2, lines)
        self.assertRegex(lines[0], r"^MAJEKHACK enabled 0x[0-9a-f]+$")
        told = re.fullmatch(r"MAJEKHACK disabled, allocated (\d+) bytes", lines[1])
        self.assertIsNotNone(told, lines[1])
        self.assertGreater(int(told[1]), 5000)  # type: ignore[index]

    def test_second_enabling_goes_on_in_the_same_segment(self) -> None:
        self.run_case("""
            data = [code_with("first text"), code_with("second \\u0394")]
            SEGMENT = toggle()
            first = marshal.loads(data[0]).co_consts[0]
            assert toggle() == len("first text") + 1
            assert toggle() == SEGMENT
            assert toggle() == 0
            assert toggle() == SEGMENT
            second = marshal.loads(data[1]).co_consts[0]
            # one byte of padding in front of two-byte characters
            assert toggle() == 1 + 2 * (len("second \\u0394") + 1)
            assert data_of(first) == SEGMENT
            assert data_of(second) == SEGMENT + len("first text") + 2
            assert first == "first text" and second == "second \\u0394"
        """)

    def test_one_byte_characters_are_packed(self) -> None:
        self.run_case("""
            texts = born("odd number", "caf\\xe9 noir", "even number")
            ends = [data_of(text) + len(text) + 1 for text in texts]
            assert [data_of(text) for text in texts] == [SEGMENT, *ends[:2]]
        """)

    def test_nothing_happens_while_it_is_off(self) -> None:
        self.run_case("""
            text, = marshal.loads(code_with("never inside")).co_consts
            assert is_compact(text)
            born("inside it")
            text, = marshal.loads(code_with("not any more")).co_consts
            assert is_compact(text)
            assert is_compact(sys.intern("late" * 5))
        """)

    def test_documentation(self) -> None:
        self.assertIn("segment", str.setmajekhack.__doc__)  # type: ignore[attr-defined]
        self.assertEqual(str.setmajekhack.__text_signature__, "($self, /)")  # type: ignore[attr-defined]


class BirthTest(SegmentCase):
    """Which strings get into the segment."""

    def test_strings_of_imported_code(self) -> None:
        self.run_case("""
            import pathlib, subprocess, tempfile
            folder = tempfile.mkdtemp()
            source = pathlib.Path(folder, "segment_probe.py")
            source.write_text('"Docstring of a module"\\n'
                              'def unheard_of_name(unheard_of_argument):\\n'
                              '    "Docstring of a function"\\n'
                              '    return "some text", unheard_of_argument.unheard_of_attribute\\n')
            # Not here: compiling interns the names before the segment is on.
            subprocess.run([sys.executable, "-m", "py_compile", str(source)], check=True)
            sys.path.insert(0, folder)
            SEGMENT = toggle()
            import segment_probe as module
            toggle()
            name, = [name for name in vars(module) if name.startswith("un")]
            function = vars(module)[name]
            code = function.__code__
            assert inside(module.__doc__) and inside(function.__doc__)
            assert inside(code.co_name) and code.co_name is name
            assert inside(code.co_varnames[0]) and inside(code.co_names[0])
            assert inside([c for c in code.co_consts if c == "some text"][0])
        """)

    def test_interned_strings(self) -> None:
        self.run_case("""
            SEGMENT = toggle()
            for number, text in enumerate(KINDS.values()):
                text = "".join([text, str(number)])
                interned = sys.intern(text)
                assert interned == text and inside(interned), text
                assert sys.intern("".join([text[:1], text[1:]])) is interned
                assert sys.intern(interned) is interned
            class Plain: pass
            thing = Plain()
            setattr(thing, "".join(["computed_", "attribute"]), 1)
            assert getattr(thing, "".join(["comp", "uted_attribute"])) == 1
            assert inside(list(vars(thing))[0])
            toggle()
        """)

    def test_interning_again_takes_nothing(self) -> None:
        self.run_case("""
            before = sys.intern("".join(["known ", "before"]))
            SEGMENT = toggle()
            assert sys.intern("".join(["known ", "before"])) is before
            inside_it = sys.intern("".join(["known ", "since"]))
            for _ in range(100):
                assert sys.intern("".join(["known ", "since"])) is inside_it
            assert toggle() == len("known since") + 1
            assert is_compact(before)
        """)

    def test_what_stays_where_it_is(self) -> None:
        self.run_case(
            """
            class Text(str): pass
            empty, latin, nul = born("", "\\xe9", "\\0")
            assert empty is "".join([]) and latin is chr(0xe9) and nul is chr(0)
            data = marshal.dumps(["plain data", "\\u0394 data"])
            after = code_with("some text")
            SEGMENT = toggle()
            computed = "".join(["com", "puted"])
            subclass = Text("sub" * 9)
            loaded = marshal.loads(data)
            mixed = marshal.loads(marshal.dumps([compile("1", "some file", "eval"), "after code"]))
            one = sys.intern("".join(["x"]))
            assert sys.intern("".join(["__in", "it__"])) is "__init__"
            toggle()
            assert is_compact(computed) and one is "x"
            assert not inside(subclass)
            assert all(is_compact(text) for text in loaded)
            assert inside(mixed[0].co_filename) and is_compact(mixed[1])
        """,
            "-W",
            "ignore",
        )

    def test_broken_code_does_not_unbalance_the_reader(self) -> None:
        self.run_case("""
            data = code_with("cut off text")
            SEGMENT = toggle()
            for end in range(len(data)):
                try:
                    marshal.loads(data[:end])
                except (EOFError, ValueError, TypeError):
                    pass
            assert is_compact(marshal.loads(marshal.dumps("plain data")))
            toggle()
        """)


class LimitTest(SegmentCase):
    """Full, refused, misconfigured."""

    def test_full_segment(self) -> None:
        done = self.run_case(
            """
            texts = ["text number %d of many" % i for i in range(5000)] + ["\\u0394 " * 3000, "x y"]
            data = code_with(*texts)
            SEGMENT = toggle()
            loaded = marshal.loads(data).co_consts
            interned = [sys.intern("interned %d" % i) for i in range(1000)]
            assert interned == ["interned %d" % i for i in range(1000)]
            used = toggle()
            assert list(loaded) == texts
            assert inside(loaded[0]) and is_compact(loaded[4999]) and is_compact(loaded[5000])
            page = os.sysconf("SC_PAGESIZE")
            size = -(-5000 // page) * page
            assert size - 25 < used <= size, used
            print(size)
            toggle()
            assert toggle() == 0
            import asyncio
        """,
            MAJEKHACK_SEGMENT_BYTES="5000",
        )
        size = int(done.stdout)
        self.assertEqual(done.stderr, f"MAJEKHACK string segment of {size} bytes is full, strings go to the heap\n")

    def test_bad_size(self) -> None:
        for size in ("0", "-1", "1k", " 5", "9" * 30, str(2**63)):
            with self.subTest(size=size):
                self.run_case(
                    """
                    for _ in range(2):
                        try:
                            "a".setmajekhack()
                            raise SystemExit("accepted")
                        except RuntimeError as error:
                            assert "MAJEKHACK_SEGMENT_BYTES" in str(error), error
                    assert is_compact(marshal.loads(code_with("never inside")).co_consts[0])
                """,
                    MAJEKHACK_SEGMENT_BYTES=size,
                )

    def test_variable_is_ignored_with_the_others(self) -> None:
        self.run_case("toggle()", "-E", MAJEKHACK_SEGMENT_BYTES="nonsense")

    def test_no_address_space(self) -> None:
        self.run_case("""
            try:
                import resource
            except ImportError:
                sys.exit()
            with open("/proc/self/statm") as statm:
                now = int(statm.read().split()[0]) * os.sysconf("SC_PAGESIZE")
            resource.setrlimit(resource.RLIMIT_AS, (now + (256 << 20), -1))
            for _ in range(2):
                try:
                    "a".setmajekhack()
                    raise SystemExit("accepted")
                except MemoryError as error:
                    assert "MAJEKHACK_SEGMENT_BYTES" in str(error), error
            os.environ["MAJEKHACK_SEGMENT_BYTES"] = str(1 << 20)
            text, = born("now inside")
            assert inside(text)
        """)

    def test_other_interpreters(self) -> None:
        self.run_case("""
            try:
                import _interpreters
            except ImportError:
                sys.exit()
            SEGMENT = toggle()
            for config in ("isolated", "legacy"):
                other = _interpreters.create(config)
                refused = _interpreters.run_string(other, '"a".setmajekhack()')
                assert refused is not None and refused.type.__name__ == "RuntimeError", refused
                toggle(), toggle()
                failed = _interpreters.run_string(other, "import sys, asyncio; sys.intern('unheard of ' * 9)")
                assert failed is None, failed
                assert toggle() == 0
                _interpreters.destroy(other)
                toggle()
        """)


if __name__ == "__main__":
    unittest.main()
