"""str.setmajekhack(): what it prints, which strings get into the segment, where it ends."""

import re
import unittest

from segmentcase import SegmentCase

ENABLED = re.compile(r"^MAJEKHACK enabled 0x[0-9a-f]+$")
DISABLED = re.compile(r"^MAJEKHACK disabled, allocated (\d+) bytes$")


class ToggleTest(SegmentCase):
    """What a user sees."""

    def test_two_lines_on_stderr(self):
        # type: () -> None
        out, err = self.run_case("""
            assert "a".setmajekhack() is None
            import sys, os, time, json, argparse
            assert "b".setmajekhack() is None
        """)
        self.assertEqual(out, "")
        lines = err.splitlines()
        self.assertEqual(len(lines), 2, lines)
        self.assertTrue(ENABLED.match(lines[0]), lines[0])
        told = DISABLED.match(lines[1])
        assert told is not None, lines[1]
        self.assertGreater(int(told.group(1)), 50000)

    def test_the_example_of_2008(self):
        # type: () -> None
        source = "'a'.setmajekhack()\nimport sys, os, time\n'a'.setmajekhack()"
        code, _, err = self.start(source, ("-S",))
        self.assertEqual(code, 0, err)
        told = DISABLED.match(err.splitlines()[1])
        assert told is not None, err
        self.assertGreater(int(told.group(1)), 5000)

    def test_second_enabling_goes_on_in_the_same_segment(self):
        # type: () -> None
        self.run_case("""
            SEGMENT = toggle()
            first = intern(fresh("first text"))
            assert toggle() == len("first text") + 1
            assert toggle() == SEGMENT
            assert toggle() == 0
            assert toggle() == SEGMENT
            second = intern(fresh("second text"))
            # one byte of padding behind the first
            assert toggle() == 1 + len("second text") + 1
            assert data_of(first) == SEGMENT and data_of(second) == SEGMENT + 12
            assert first == "first text" and second == "second text"
            assert memory(SEGMENT, 26) == "first text\\0\\0second text\\0\\0\\0"
        """)

    def test_nothing_happens_while_it_is_off(self):
        # type: () -> None
        self.run_case("""
            text, = marshal.loads(code_with("never inside")).co_consts
            assert is_inline(text)
            born("inside it")
            code = marshal.loads(code_with("not any more"))
            assert is_inline(code.co_consts[0]) and is_inline(code.co_code) and is_inline(code.co_filename)
            assert is_inline(intern(fresh("late" * 5)))
        """)

    def test_documentation(self):
        # type: () -> None
        self.assertIn("segment", str.setmajekhack.__doc__)  # type: ignore[attr-defined]

    def test_arguments_are_refused(self):
        # type: () -> None
        self.run_case("""
            for call in (lambda: "a".setmajekhack(1), lambda: str.setmajekhack()):
                try:
                    call()
                    raise SystemExit("accepted")
                except TypeError:
                    pass
        """)


class BirthTest(SegmentCase):
    """Which strings get into the segment."""

    def test_strings_of_imported_code(self):
        # type: () -> None
        self.run_case("""
            import tempfile
            sys.dont_write_bytecode = False
            folder = tempfile.mkdtemp()
            name = os.path.join(folder, "segment_probe.py")
            with open(name, "w") as source:
                source.write('"Docstring of a module"\\n'
                             'def unheard_of_name(unheard_of_argument):\\n'
                             '    "Docstring of a function"\\n'
                             '    return "some text", ("in a tuple", ("deep text", 1)), '
                             'unheard_of_argument.unheard_of_attribute\\n')
            def load(argument):
                "Its strings, from the compiler or from the .pyc."
                global SEGMENT
                SEGMENT = toggle()
                import segment_probe as module
                toggle()
                function = module.__dict__["".join(["unheard_of", "_name"])]
                code = function.__code__
                assert inside(module.__doc__) and inside(function.__doc__)
                assert inside(code.co_name) and inside(code.co_filename)
                assert inside(code.co_varnames[0]) and inside(code.co_names[0])
                assert inside(code.co_code) and inside(code.co_lnotab)
                found = []
                def walk(constant):
                    if isinstance(constant, tuple):
                        map(walk, constant)
                    elif isinstance(constant, str):
                        found.append(constant)
                walk(code.co_consts)
                assert {"some text", "in a tuple", "deep text"} <= set(found) and all(map(inside, found)), found
                assert function(argument)[0] == "some text"
            class Plain:
                def __getattr__(self, name): return name
            thing = Plain()
            sys.path.insert(0, folder)
            load(thing)
            assert os.path.exists(name + "c")
            os.unlink(name)     # now from the .pyc
            del sys.modules["segment_probe"]
            load(thing)
        """)

    def test_interned_strings(self):
        # type: () -> None
        self.run_case("""
            SEGMENT = toggle()
            for number, text in enumerate(KINDS.values()):
                text = "".join([text, str(number)])
                interned = intern(text)
                assert interned == text and inside(interned), text
                assert intern("".join([text[:1], text[1:]])) is interned
                assert intern(interned) is interned
            class Plain: pass
            thing = Plain()
            setattr(thing, "".join(["computed_", "attribute"]), 1)
            class New(object): pass
            new = New()
            setattr(new, "".join(["computed_", "slot"]), 1)
            assert getattr(new, "".join(["comp", "uted_slot"])) == 1
            assert inside(list(vars(new))[0])
            toggle()
        """)

    def test_interning_again_takes_nothing(self):
        # type: () -> None
        self.run_case("""
            before = intern("".join(["known ", "before"]))
            SEGMENT = toggle()
            assert intern("".join(["known ", "before"])) is before
            inside_it = intern("".join(["known ", "since"]))
            for _ in range(100):
                assert intern("".join(["known ", "since"])) is inside_it
            assert toggle() == len("known since") + 1
            assert is_inline(before)
        """)

    def test_exceptions_that_are_handled_take_nothing(self):
        # type: () -> None
        # sys.exc_traceback is set and deleted each time, and its name interned.
        self.run_case("""
            def handle():
                try:
                    raise ValueError
                except ValueError:
                    return sys.exc_type
            SEGMENT = toggle()
            for _ in range(1000):
                assert handle() is ValueError
            assert toggle() == 0
        """)

    def test_interned_strings_die_and_are_born_again(self):
        # type: () -> None
        self.run_case("""
            SEGMENT = toggle()
            one = intern(fresh("short life"))
            place = data_of(one)
            del one
            two = intern(fresh("short life"))
            assert inside(two) and data_of(two) > place
            assert memory(place, 11) == "short life\\0"
            toggle()
        """)

    def test_documentation_and_constants_of_c_modules(self):
        # type: () -> None
        self.run_case("""
            SEGMENT = toggle()
            import audioop, datetime, pyexpat
            toggle()
            assert inside(datetime.__doc__) and inside(datetime.timedelta.__dict__["__doc__"])
            assert inside(pyexpat.EXPAT_VERSION)
        """)

    def test_what_stays_where_it_is(self):
        # type: () -> None
        self.run_case("""
            class Text(str): pass
            empty, = born("")
            assert empty is "".join([]) and not inside(empty)
            data = marshal.dumps(["plain data", "\\xe9 data"])
            SEGMENT = toggle()
            computed = "".join(["com", "puted"])
            subclass = Text("sub" * 9)
            loaded = marshal.loads(data)
            filled = open("/proc/self/status").read(20)
            joined = "%s-%s" % (computed, computed)
            known = intern(fresh("__init__"))
            toggle()
            assert known is intern("__init__") and is_inline(known)
            assert all(map(is_inline, loaded + [computed, subclass, filled, joined]))
        """)

    def test_single_characters_are_shared(self):
        # type: () -> None
        self.run_case(
            """
            toggle()
            SEGMENT = toggle()
            for number in range(256):
                one = chr(number)
                assert "".join([one]) is one and ("x" + one)[1] is one and intern(one) is one
                assert ord(one) == number and len(one) == 1 and memory(data_of(one), 2) == one + "\\0"
            # Others were there before.
            assert sum(inside(chr(number)) for number in range(256)) > 100
        """,
            MAJEKHACK="1",
        )

    def test_broken_code_takes_nothing(self):
        # type: () -> None
        self.run_case("""
            data = code_with("cut off text")
            SEGMENT = toggle()
            for end in range(len(data)):
                try:
                    marshal.loads(data[:end])
                except (EOFError, ValueError, TypeError):
                    pass
            assert toggle() == 0
        """)


class EnvironmentTest(SegmentCase):
    """MAJEKHACK turns it on before site is there."""

    def test_before_site(self):
        # type: () -> None
        for options in ((), ("-S",)):
            out, err = self.run_case(
                """
                used = toggle()
                SEGMENT = toggle()
                assert inside(os.path.join.__doc__) and inside(os.path.join.__code__.co_code)
                print(used)
            """,
                options,
                MAJEKHACK="1",
            )
            self.assertTrue(ENABLED.match(err.rstrip("\n")), err)
            self.assertGreater(int(out), 20000)

    def test_it_is_off_without_and_with_the_others(self):
        # type: () -> None
        source = 'print("enabled" if toggle() > 1 << 20 else "disabled")'
        for options, value in (((), ""), ((), "0"), (("-E",), "1")):
            out, err = self.run_case(source, options, MAJEKHACK=value)
            self.assertEqual((out, err), ("enabled\n", ""), (options, value))

    def test_children_of_a_process(self):
        # type: () -> None
        self.run_case("""
            import subprocess
            os.environ["MAJEKHACK"] = "1"
            SEGMENT = toggle()
            text = subprocess.check_output([sys.executable, "-c", "print(1)"], stderr=subprocess.STDOUT)
            assert "MAJEKHACK enabled" in text
            toggle()
        """)

    def test_what_cannot_be_done_ends_the_start(self):
        # type: () -> None
        code, _, err = self.start("", MAJEKHACK="1", MAJEKHACK_SEGMENT_BYTES="1k")
        self.assertEqual(code, 1)
        self.assertIn("MAJEKHACK_SEGMENT_BYTES must be a positive number of bytes, not '1k'", err)


class LimitTest(SegmentCase):
    """Full, refused, misconfigured."""

    def test_full_segment(self):
        # type: () -> None
        out, err = self.run_case(
            """
            texts = ["text number %d of many" % i for i in range(5000)] + ["\\xe9 " * 3000, "x y"]
            data = code_with(*texts)
            SEGMENT = toggle()
            loaded = marshal.loads(data).co_consts
            interned = [intern("interned %d" % i) for i in range(1000)]
            assert interned == ["interned %d" % i for i in range(1000)]
            used = toggle()
            assert list(loaded) == texts
            # Constants are looked at from the last to the first.
            assert inside(loaded[5000]) and inside(loaded[4999]) and is_inline(loaded[0])
            page = os.sysconf("SC_PAGESIZE")
            size = -(-5000 // page) * page
            assert size - 28 < used <= size, used
            print(size)
            toggle()
            assert toggle() == 0
            import json, unittest
        """,
            MAJEKHACK_SEGMENT_BYTES="5000",
        )
        size = int(out)
        self.assertEqual(err, "MAJEKHACK string segment of %d bytes is full, strings go to the heap\n" % size)

    def test_bad_size(self):
        # type: () -> None
        for size in ("0", "-1", "1k", " 5", "9" * 30, str(2**63)):
            self.run_case(
                """
                for _ in range(2):
                    try:
                        "a".setmajekhack()
                        raise SystemExit("accepted")
                    except RuntimeError as error:
                        assert "MAJEKHACK_SEGMENT_BYTES" in str(error), error
                assert is_inline(marshal.loads(code_with("never inside")).co_consts[0])
            """,
                MAJEKHACK_SEGMENT_BYTES=size,
            )

    def test_no_address_space(self):
        # type: () -> None
        self.run_case("""
            import resource
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


if __name__ == "__main__":
    unittest.main()
