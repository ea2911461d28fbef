"""Strings in the segment are strings like others."""

import unittest

from segmentcase import SegmentCase


class StringTest(SegmentCase):
    """What Python code can do with them."""

    def test_they_are_equal_and_hash_alike(self):
        # type: () -> None
        self.run_case("""
            for text, expected in zip(born(*KINDS.values()), KINDS.values()):
                expected = fresh(expected)
                assert inside(text) and type(text) is str
                assert text == expected and expected == text and not text != expected and cmp(text, expected) == 0
                assert text <= expected <= text and text < expected + "x" and text + "x" > expected
                assert hash(text) == hash(expected) and {expected: 1}[text] == 1 == {text: 1}[expected]
                assert text in {expected} and len(text) == len(expected) and repr(text) == repr(expected)
                assert memory(data_of(text), len(text) + 1) == expected + "\\0"
                assert data_of(text) % 4 == 0
        """)

    def test_methods(self):
        # type: () -> None
        self.run_case("""
            for text, expected in zip(born(*KINDS.values()), KINDS.values()):
                for stop in (0, 1, 7):
                    assert text[stop:] == expected[stop:] and text[:stop] == expected[:stop]
                assert text[::-1] == expected[::-1] and text[-1] is expected[-1]
                assert list(text) == list(expected) and text.encode("hex") == expected.encode("hex")
                assert text.decode("latin-1") == expected.decode("latin-1") == unicode(text, "latin-1")
                assert text.upper() == expected.upper() and text.split() == expected.split()
                assert text.replace("t", "TT") == expected.replace("t", "TT") and text.strip() == expected.strip()
                assert text.translate(None, "t") == expected.translate(None, "t")
                assert text + "x" == expected + "x" and "y" + text == "y" + expected
                assert text * 3 == expected * 3 and ",".join([text, text]) == ",".join([expected, expected])
                assert "{0:>40}|{0!r}".format(text) == "{0:>40}|{0!r}".format(expected)
                assert "%s-%r" % (text, text) == "%s-%r" % (expected, expected)
                assert expected.find(text) == 0 == text.find(expected) and text in "<" + expected + ">"
                assert str(text) is text and text[:] is text and text * 1 is text and text + "" is text
                assert text.expandtabs() == expected.expandtabs() and text.zfill(99) == expected.zfill(99)
                assert text.partition("t") == expected.partition("t") and text.title() == expected.title()
                assert inside(text) and text == expected
        """)

    def test_concatenation_in_place_copies(self):
        # type: () -> None
        self.run_case("""
            def grow(texts, tail):
                text = texts.pop()      # the only reference
                assert inside(text)
                text += tail
                text += tail
                return text
            def grow_cell(texts, tail):
                text = texts.pop()
                def grown(): return text
                text += tail
                text += tail
                return grown()
            for expected in KINDS.values():
                for function in (grow, grow_cell):
                    texts = list(born(expected))
                    address, size = data_of(texts[0]), len(expected)
                    before = memory(address, size + 64)
                    result = function(texts, "x")
                    assert result == expected + "xx" and is_inline(result)
                    assert memory(address, size + 64) == before
                    assert function(list(born(expected)), "") == expected
        """)

    def test_resizing_strings_of_the_heap(self):
        # type: () -> None
        self.run_case("""
            text = "".join(["a", "b"])
            for number in range(2000):      # moves from block to block
                text += "c" * number
                assert is_inline(text)
            assert text == "ab" + "c" * (1999 * 1000)
            with open("/dev/zero") as zero:
                for size in (0, 1, 2, 100, 1 << 20):
                    data = zero.read(size)
                    assert data == "\\0" * size and (size < 2 or is_inline(data))
            with open("/proc/self/status") as status:
                assert is_inline(status.read())     # grows, then shrinks
        """)

    def test_subclasses(self):
        # type: () -> None
        self.run_case("""
            class Text(str): pass
            class Plain(str): __slots__ = ()
            for text, expected in zip(born(*KINDS.values()), KINDS.values()):
                for kind in (Text, Plain):
                    other = kind(text)
                    assert type(other) is kind and is_inline(other)
                    assert other == expected and hash(other) == hash(expected) and len(other) == len(expected)
                    assert str(other) == expected and is_inline(str(other)) or len(expected) < 2
                    assert other + "x" == expected + "x" and other[:] == expected
                    assert memory(data_of(other), len(expected) + 1) == expected + "\\0"
                other = Text(text)
                other.attribute = text
                assert other.attribute is text and other.__dict__ == {"attribute": expected}
            assert Text() == "" and is_inline(Text())
            many = [Text("x" * size) for size in range(200)]
            for other in many: other.size = len(other)
            assert [other.size for other in many] == range(200)
            SEGMENT = toggle()
            name = Text(fresh("computed attribute"))
            class Thing(object): pass
            thing = Thing()
            setattr(thing, name, 1)
            assert is_inline(name) and thing.__dict__ == {"computed attribute": 1}
            try:
                intern(name)
                raise SystemExit("interned")
            except TypeError:
                toggle()
        """)

    def test_copies_of_other_types(self):
        # type: () -> None
        self.run_case("""
            import copy, cPickle, json, pickle, StringIO, struct
            for text, expected in zip(born(*KINDS.values()), KINDS.values()):
                for protocol in range(3):
                    for module in (pickle, cPickle):
                        assert module.loads(module.dumps(text, protocol)) == expected
                        assert module.dumps(text, protocol) == module.dumps(expected, protocol)
                for version in range(3):
                    assert marshal.loads(marshal.dumps(text, version)) == expected
                assert copy.copy(text) is text is copy.deepcopy(text) and text.__getnewargs__() == (expected,)
                array = bytearray(text)
                assert array == expected and text == array and bytes(array) == expected
                array[:] = "#" * len(array)
                array.append(text[0])
                assert text == expected
                assert memoryview(text).tobytes() == expected == str(buffer(text)) and memoryview(text).readonly
                for module in (StringIO, cStringIO):
                    assert module.StringIO(text).read() == expected
                assert struct.pack("%ds" % len(text), text) == expected
                assert struct.unpack("%ds" % len(text), text) == (expected,)
            array = bytearray("x")
            array[0] = born("%")[0]
            assert array == "%"
        """)

    def test_uses_inside_the_interpreter(self):
        # type: () -> None
        self.run_case("""
            import array, audioop, re, subprocess, zlib
            number, name, pattern, source, path, samples = born(
                " 12345 ", "odd name", "([a-z]+) x", "[i * 2 for i in (1, 2, 3)]", "/proc/self/ stat", "\\1\\0" * 501)
            assert int(number) == 12345 == long(number) and float(number) == 12345.0
            made = type(name, (object,), {name: 7})
            assert getattr(made, name) == 7 == getattr(made(), "odd name") and made.__name__ == name
            assert (lambda **options: options[name])(**{"odd name": 3}) == 3
            assert re.match(pattern, "abc x").group(1) == "abc" and re.match("odd", name)
            assert eval(source) == [2, 4, 6] == eval(compile(source, name, "eval"))
            try:
                open(path)
            except IOError as error:
                assert error.filename == path
            os.environ[name] = pattern
            assert os.environ["odd name"] == pattern
            assert subprocess.check_output(["printf", "%s", name]) == "odd name"
            assert zlib.decompress(zlib.compress(samples)) == "\\1\\0" * 501
            # C code that reads them as short and int
            assert audioop.add(samples, samples, 2) == "\\2\\0" * 501 and audioop.avg(samples, 2) == 1
            assert audioop.findfit(samples, samples[:20]) == (0, 1.0)
            assert array.array("H", samples).tolist() == [1] * 501
            try:
                raise ValueError(name)
            except ValueError as error:
                assert str(error) == "odd name"
            class Slots(object): __slots__ = (fresh("slot_name"),)
            thing = Slots()
            thing.slot_name = 1
            assert thing.slot_name == 1
            print(name)
            print >>sys.stdout, repr(name), `name`
        """)

    def test_size_and_release(self):
        # type: () -> None
        self.run_case("""
            head = HEAD + 44
            assert str.__basicsize__ == head + 1 and str.__itemsize__ == 1
            for expected in KINDS.values():
                text, = born(expected)
                assert text.__sizeof__() == head + len(text) + 1 == sys.getsizeof(fresh(expected) + "x") - 1
            data = code_with(*["text number %d" % i for i in range(1000)])
            SEGMENT = toggle()
            def resident():
                with open("/proc/self/statm") as statm:
                    return int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE")
            def once():
                for text in marshal.loads(data).co_consts:
                    {text: 1}, "".join([text, text])
            for _ in range(3):
                once()
            before = resident()
            for _ in range(50):
                once()
            grown = resident() - before
            used = toggle()
            assert used > 53 * 1000 * 12
            # The headers were given back, the characters were not.
            assert grown < used + (512 << 10), (grown, used)
        """)

    def test_c_interface(self):
        # type: () -> None
        self.run_case("""
            import ctypes
            api = ctypes.pythonapi
            api.PyString_AsString.restype = ctypes.c_void_p
            api.PyString_AsString.argtypes = [ctypes.py_object]
            api.Py_IncRef.argtypes = [ctypes.py_object]
            api._PyString_Resize.argtypes = [ctypes.POINTER(ctypes.c_void_p), ctypes.c_ssize_t]
            for expected in KINDS.values():
                for size in (0, 1, 3, len(expected), len(expected) + 9):
                    texts = list(born(expected))
                    address = data_of(texts[0])
                    before = memory(address, 64)
                    assert api.PyString_AsString(texts[0]) == address
                    api.Py_IncRef(texts[0])
                    place = ctypes.c_void_p(id(texts.pop()))    # owns the only reference
                    assert api._PyString_Resize(place, size) == 0
                    result = ctypes.cast(place, ctypes.py_object).value
                    assert len(result) == size and not inside(result)
                    assert result[:len(expected)] == expected[:size]
                    assert memory(data_of(result) + size, 1) == "\\0"
                    assert memory(address, 64) == before
        """)


if __name__ == "__main__":
    unittest.main()
