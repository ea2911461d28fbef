"""Nobody writes to the segment once its strings are complete."""

import textwrap
import unittest

from string_segment_case import SegmentCase

# Everything that a process does with its strings: counts, hashes, look-ups, collections, new imports.
WORKLOAD = """
def workload():
    gc.collect()
    keep = [text for text in gc.get_objects() for text in gc.get_referents(text) if type(text) is str]
    found = [text for text in keep if not is_compact(text) and inside(text)]
    assert len(found) > 5000, len(found)
    for text in found:
        {text: text}, text + "x", text.upper(), text.encode("utf-8", "surrogatepass"), sys.intern(text), text[1:]
        text.split(), text == "x", hash(text), repr(text), "%s" % text, [text] * 3
    del keep, found, text
    import email.message, http.client, unittest.mock, xml.dom.minidom, decimal, fractions
    inspect.getdoc(inspect.Signature), inspect.signature(argparse.ArgumentParser)
    argparse.ArgumentParser(description=argparse.__doc__).format_help()
    json.loads(json.dumps(dict(os.environ)))
    for name in [name for name in sys.modules if name.split(".")[0] in ("logging", "asyncio", "json")]:
        del sys.modules[name]
    gc.collect()
    import logging, asyncio
    gc.collect()
"""
IMPORTS = """
SEGMENT = toggle()
import argparse, asyncio, dataclasses, inspect, json, logging, pathlib, pickle, typing, urllib.request
SIZE = toggle()
"""


class NeverWrittenTest(SegmentCase):
    """After the strings are complete, nobody writes to the segment."""

    def test_read_only_segment(self) -> None:
        self.run_case(
            IMPORTS
            + WORKLOAD
            + textwrap.dedent("""
            try:
                import ctypes
            except ImportError:
                sys.exit()
            libc = ctypes.CDLL(None, use_errno=True)
            page = os.sysconf("SC_PAGESIZE")
            pages = -(-SIZE // page)
            assert pages > 50
            if libc.mprotect(ctypes.c_void_p(SEGMENT), ctypes.c_size_t(pages * page), 1) != 0:
                raise OSError(ctypes.get_errno())
            with open("/proc/self/maps") as maps:
                assert re.search("^%x-.* r--p" % SEGMENT, maps.read(), re.M)
            workload()
        """)
        )

    def test_pages_stay_shared_after_a_fork(self) -> None:
        self.run_case(
            IMPORTS
            + WORKLOAD
            + textwrap.dedent("""
            page = os.sysconf("SC_PAGESIZE")
            def own(address, size):
                "How many pages of this range only this process maps: bit 56 of pagemap."
                with open("/proc/self/pagemap", "rb", 0) as pagemap:
                    pagemap.seek(address // page * 8)
                    entries = struct.unpack("%dQ" % -(-size // page), pagemap.read(-(-size // page) * 8))
                assert all(entry >> 63 for entry in entries), "not resident"
                return sum(entry >> 56 & 1 for entry in entries)
            heap = bytearray(20 * page)
            start = -(-(id(heap) and struct.unpack("P", memory(id(heap) + 40, 8))[0]) // page) * page
            offset = start - struct.unpack("P", memory(id(heap) + 40, 8))[0]
            child = os.fork()
            if child == 0:
                try:
                    assert own(SEGMENT, SIZE) == 0
                    assert own(start, 8 * page) == 0
                    workload()
                    heap[offset + 3 * page] = 1     # shows that the method can tell
                    assert own(start, 8 * page) == 1
                    assert own(SEGMENT, SIZE) == 0, own(SEGMENT, SIZE)
                    os._exit(0)
                except BaseException:
                    import traceback
                    traceback.print_exc()
                    os._exit(1)
            assert os.waitpid(child, 0)[1] == 0
        """)
        )

    def test_a_child_appends_to_a_copy(self) -> None:
        self.run_case("""
            data = code_with("text of a child")
            text, = born("text of the parent")
            child = os.fork()
            if child == 0:
                toggle()
                mine = marshal.loads(data).co_consts[0]
                ok = toggle() == 16 and inside(mine) and mine == "text of a child" and text == "text of the parent"
                os._exit(0 if ok else 1)
            assert os.waitpid(child, 0)[1] == 0
            assert memory(SEGMENT, 40) == b"text of the parent\\0" + bytes(21)
        """)


if __name__ == "__main__":
    unittest.main()
