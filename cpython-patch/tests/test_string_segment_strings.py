"""Strings in the segment are strings like others."""

import unittest

from string_segment_case import SegmentCase


class StringTest(SegmentCase):
    """Segment strings are strings."""

    def test_all_kinds(self) -> None:
        self.run_case("""
            texts = dict(zip(KINDS, born(*KINDS.values())))
            for name, expected in KINDS.items():
                text = texts[name]
                assert inside(text), name
                assert text == expected and not text != expected and expected == text
                assert len(text) == len(expected) and list(text) == list(expected)
                assert hash(text) == hash(expected) and {text: 1}[expected] == 1
                assert text[2:9] == expected[2:9] and text[::-1] == expected[::-1]
                assert repr(text) == repr(expected) and ascii(text) == ascii(expected)
                assert text.isascii() == expected.isascii()
                for _ in range(2):  # without and with a UTF-8 cache
                    assert text.encode("utf-8", "surrogatepass") == expected.encode("utf-8", "surrogatepass")
                assert text.encode("utf-16", "surrogatepass") == expected.encode("utf-16", "surrogatepass")
                assert text.upper() == expected.upper() and text.casefold() == expected.casefold()
                assert text.split() == expected.split() and text.replace("t", "TT") == expected.replace("t", "TT")
                assert text.translate({116: "\\u0394"}) == expected.translate({116: "\\u0394"})
                assert text + "x" == expected + "x" and "\\u0394" + text == "\\u0394" + expected
                assert text * 3 == expected * 3 and ",".join([text, text]) == ",".join([expected, expected])
                assert f"{text:>40}|{text!r}" == f"{expected:>40}|{expected!r}"
                assert "%s-%r" % (text, text) == "%s-%r" % (expected, expected)
                assert expected.find(text) == 0 == text.find(expected) and text in "<" + expected + ">"
                assert str(text) is text and str.__str__(text) is text and text[:] is text
                assert inside(text) and text == expected
        """)

    def test_concatenation_in_place_copies(self) -> None:
        self.run_case("""
            def grow(texts, tail):
                text = texts.pop()      # the only reference
                assert inside(text)
                text += tail
                text += tail
                return text
            for expected in KINDS.values():
                texts = list(born(expected))
                address, size = data_of(texts[0]), max(1, len(expected))
                before = memory(address, size + 64)
                assert grow(texts, "x") == expected + "xx"
                assert memory(address, size + 64) == before
        """)

    def test_copies_of_other_types(self) -> None:
        self.run_case("""
            import copy, json, pickle
            class Text(str): pass
            for text, expected in zip(born(*KINDS.values()), KINDS.values()):
                for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
                    assert pickle.loads(pickle.dumps(text, protocol)) == expected
                    assert pickle.dumps(text, protocol) == pickle.dumps(expected, protocol)
                for version in range(5):
                    assert marshal.loads(marshal.dumps(text, version)) == expected
                assert copy.copy(text) is text and json.loads(json.dumps(text)) == expected
                subclass = Text(text)
                assert subclass == expected and not inside(subclass) and hash(subclass) == hash(expected)
                assert str(subclass) == expected and is_compact(str(subclass))
        """)

    def test_uses_inside_the_interpreter(self) -> None:
        self.run_case("""
            import re
            number, name, pattern, source, path = born(
                " 12_345 ", "odd name", "([a-z]+) \\u0394", "[i * 2 for i in (1, 2, 3)]", "/proc/self/ stat")
            assert int(number) == 12345 and float(number) == 12345.0 and complex(number) == 12345
            made = type(name, (), {name: 7})
            assert getattr(made, name) == 7 == getattr(made(), "odd name") and made.__name__ == name
            assert (lambda **options: options[name])(**{"odd name": 3}) == 3
            assert re.fullmatch(pattern, "abc \\u0394")[1] == "abc" and re.match("odd", name)
            assert eval(source) == [2, 4, 6] == eval(compile(source, name, "eval"))
            try:
                open(path)
            except FileNotFoundError as error:
                assert error.filename == path
            os.environ[name] = pattern
            assert os.environ["odd name"] == pattern
            try:
                raise ValueError(name)
            except ValueError as error:
                assert str(error) == "odd name"
        """)

    def test_host_names_need_no_idna_codec(self) -> None:
        # Stock 3.13 takes the codec for what is not compact and ASCII, and the codec refuses long labels.
        self.run_case("""
            try:
                import socket
            except ImportError:
                sys.exit()
            host, = born("127.0.0." + "0" * 70 + "1")
            for name in ("".join(["", host[:1], host[1:]]), host):
                with socket.socket() as sock:
                    sock.bind((name, 0))
                    assert sock.getsockname()[0] == "127.0.0.1"
            assert "encodings.idna" not in sys.modules
        """)

    def test_size_and_release(self) -> None:
        self.run_case("""
            def check(text, kind, cache):
                assert text.__sizeof__() == 64 + (len(text) + 1) * kind + cache, (text, text.__sizeof__())
            for expected, kind, encoded in (("some text", 1, 0), ("caf\\xe9 noir", 1, 11), ("\\u0394 x", 2, 5)):
                text, = born(expected)
                check(text, kind, 0)
                try:
                    int(text)           # asks for the characters as UTF-8
                except ValueError:
                    pass
                text.isidentifier(), compile("1", text, "eval"), getattr(1, text, None)
                assert text.__sizeof__() in (64 + (len(text) + 1) * kind, 64 + (len(text) + 1) * kind + encoded)
            data = code_with(*("text number %d" % i for i in range(100)), *("\\u0394 %d" % i for i in range(100)))
            SEGMENT = toggle()
            def once():
                for text in marshal.loads(data).co_consts:
                    eval("1", {text: 1}), "".join([text, text]).encode()
            for _ in range(3):
                once()
            before = sys.getallocatedblocks()
            for _ in range(20):
                once()
            assert abs(sys.getallocatedblocks() - before) < 100
            assert toggle() > 20 * 100 * 13
        """)

    def test_c_interface(self) -> None:
        self.run_case("""
            try:
                import ctypes
            except ImportError:
                sys.exit()
            api = ctypes.pythonapi
            api.PyUnicode_AsUTF8.restype = ctypes.c_char_p
            api.PyUnicode_AsUTF8.argtypes = [ctypes.py_object]
            api.Py_IncRef.argtypes = [ctypes.py_object]
            api.PyUnicode_Resize.argtypes = [ctypes.POINTER(ctypes.c_void_p), ctypes.c_ssize_t]
            api.PyUnicode_Append.argtypes = [ctypes.POINTER(ctypes.c_void_p), ctypes.py_object]
            for expected in ("some text", "caf\\xe9 noir", "\\u0394 x", "\\U0001f600 x"):
                for change, result in (
                        (lambda place: api.PyUnicode_Resize(place, 3), expected[:3]),
                        (lambda place: api.PyUnicode_Append(place, "x"), expected + "x")):
                    texts = list(born(expected))
                    address = data_of(texts[0])
                    before = memory(address, 64)
                    cached = api.PyUnicode_AsUTF8(texts[0])
                    assert cached == expected.encode() and cached == api.PyUnicode_AsUTF8(texts[0])
                    api.Py_IncRef(texts[0])
                    place = ctypes.c_void_p(id(texts.pop()))    # owns the only reference
                    assert change(place) != -1
                    assert ctypes.cast(place, ctypes.py_object).value == result
                    assert memory(address, 64) == before
                text, = born(expected)
                check = api.PyUnicode_WriteChar
                check.argtypes = [ctypes.py_object, ctypes.c_ssize_t, ctypes.c_uint32]
                try:
                    check(text, 0, 65)
                    raise SystemExit("written to")
                except (SystemError, TypeError):
                    assert text == expected
        """)


if __name__ == "__main__":
    unittest.main()
