"""Nobody writes to the segment once its strings are complete."""

import textwrap
import unittest

from segmentcase import SegmentCase

# Everything that a process does with its strings: counts, hashes, look-ups, collections, new imports.
WORKLOAD = """
def workload():
    gc.collect()
    keep = [text for text in gc.get_objects() for text in gc.get_referents(text) if type(text) is str]
    found = [text for text in keep if inside(text)]
    assert len(found) > 5000, len(found)
    for text in found:
        {text: text}, text + "x", text.upper(), intern(text), text[1:]
        text.split(), text == "x", hash(text), repr(text), "%s" % text, [text] * 3
    del keep, found, text
    import decimal, email.message, fractions, httplib, xml.dom.minidom
    inspect.getdoc(inspect.getmodule), inspect.getargspec(argparse.ArgumentParser.__init__)
    argparse.ArgumentParser(description=argparse.__doc__).format_help()
    json.loads(json.dumps(dict(os.environ)))
    for name in [name for name in sys.modules if name.split(".")[0] in ("logging", "unittest", "json")]:
        del sys.modules[name]
    gc.collect()
    import logging, unittest
    gc.collect()
"""
IMPORTS = """
SEGMENT = toggle()
import argparse, ctypes, inspect, json, logging, pickle, unittest, urllib2
SIZE = toggle()
"""


class NeverWrittenTest(SegmentCase):
    """After the strings are complete, nobody writes to the segment."""

    def test_read_only_segment(self):
        # type: () -> None
        self.run_case(
            IMPORTS
            + WORKLOAD
            + textwrap.dedent("""
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

    def test_pages_stay_shared_after_a_fork(self):
        # type: () -> None
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
            heap = ctypes.create_string_buffer("x" * 20 * page)
            start = -(-ctypes.addressof(heap) // page) * page
            child = os.fork()
            if child == 0:
                try:
                    assert own(SEGMENT, SIZE) == 0
                    assert own(start, 8 * page) == 0
                    workload()
                    heap[start - ctypes.addressof(heap) + 3 * page] = "y"     # shows that the method can tell
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

    def test_a_child_appends_to_a_copy(self):
        # type: () -> None
        self.run_case("""
            SEGMENT = toggle()
            text = intern(fresh("text of the parent"))
            toggle()
            child = os.fork()
            if child == 0:
                toggle()
                mine = intern(fresh("text of a child"))
                ok = toggle() == 1 + 16 and inside(mine) and mine == "text of a child" and text == "text of the parent"
                os._exit(0 if ok else 1)
            assert os.waitpid(child, 0)[1] == 0
            assert memory(SEGMENT, 40) == "text of the parent\\0" + "\\0" * 21
        """)


if __name__ == "__main__":
    unittest.main()
