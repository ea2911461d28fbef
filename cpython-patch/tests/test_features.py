"""Each feature is in the binary, or is not where the build left it out with `make Py_MAJEK_...=0`."""

import platform
import re
import sys
import sysconfig
import textwrap
import unittest

from sealcase import SealCase

#: What tells from outside that a feature is there: `present`, worked out in a process of its own. One patch
#: names itself in sys.version, which says nothing about the others: each of them can apply and have no effect.
EVIDENCE = {
    "Py_MAJEK_STRING_SEGMENT": 'present = hasattr(str, "setmajekhack")',
    "Py_MAJEK_SEAL": 'present = hasattr(gc, "seal")',
    "Py_MAJEK_SEAL_FILES": """
        source, sink = os.pipe()
        if os.fork() == 0:
            kept = open(sink, "w"); kept.write("buffered")
            gc.seal()
            sys.exit()
        os.close(sink)
        present = os.read(source, 100) == b"buffered"
    """,
    "Py_MAJEK_SEAL_ARENAS": 'stats = gc.seal(); present = "arenas" in stats and (stats["arenas"] > 0) == PYMALLOC',
    "Py_MAJEK_SEAL_HEAP": 'present = "heap_bytes" in gc.seal()',
    "Py_MAJEK_SEAL_CODE": """
        def jump(x):
            return 1 if x else 2
        for _ in range(100): jump(False)
        gc.seal()
        before = jump.__code__._co_code_adaptive
        for x in range(5): jump(x)
        present = jump.__code__._co_code_adaptive == before
    """,
    "Py_MAJEK_SEAL_INTERN": """
        text = "".join(["never ", "interned"])
        gc.seal()
        present = sys.intern(text) is not text
    """,
    "Py_MAJEK_SEAL_TYPES": """
        gc.seal()
        # A cache keeps names alive: the stock one up to 4096, the overflow up to 512.
        def count():
            blocks = sys.getallocatedblocks()
            for i in range(20000): hasattr(Plain, "computed_%d" % i)
            return sys.getallocatedblocks() - blocks
        present = count() < 1500
    """,
    "Py_MAJEK_SEAL_TAGS": """
        class Base: counter = 0
        class Derived(Base): pass
        def count(): Base.counter += Derived.counter + 1
        count()
        gc.seal()
        before = memory(id(Derived), type.__basicsize__)
        count()
        present = memory(id(Derived), type.__basicsize__) == before
    """,
    "Py_MAJEK_SEAL_KEYS": """
        class Base:
            def __init__(self): self.a = 1
        class Derived(Base): pass
        gc.seal()
        present = sys.getsizeof(vars(Derived())) < 200      # not room for 30
    """,
    "Py_MAJEK_SEAL_ABC": """
        import abc, _abc
        class Shape(abc.ABC): pass
        gc.seal()
        issubclass(Plain, Shape)
        present = not _abc._get_dump(Shape)[2]
    """,
    "Py_MAJEK_SEAL_LRU": """
        import functools
        cached = functools.lru_cache(lambda n: n)
        cached(1)
        gc.seal()
        before = memory(id(cached), type(cached).__basicsize__)
        cached(1)
        present = memory(id(cached), type(cached).__basicsize__) == before
    """,
    "Py_MAJEK_SEAL_LOCKS": """
        import _thread
        lock = _thread.RLock()
        gc.seal()
        before = memory(id(lock), type(lock).__basicsize__)
        lock.acquire()
        present = memory(id(lock), type(lock).__basicsize__) == before
    """,
    "Py_MAJEK_SEAL_ODICT": """
        import collections
        nodes = collections.OrderedDict()
        for i in range(20): nodes[i] = [n * 1j for n in range(200)]     # as large as nodes
        def ends(): return memory(id(nodes) + dict.__basicsize__, 16)
        before = ends()
        gc.seal()
        present = ends() != before
    """,
    "Py_MAJEK_SEAL_STORES": """
        class Node:
            def __init__(self): self.flag = True
        nodes = [Node() for _ in range(20000)]
        def faults():
            with open("/proc/self/stat") as stat: return int(stat.read().rpartition(")")[2].split()[7])
        gc.seal()
        pid = os.fork()
        if pid == 0:
            for node in nodes[:50]: node.flag = True
            before = faults()
            for node in nodes: node.flag = True     # copies some 300 pages and more where each is a store
            os._exit(faults() - before < 100)       # some 10, and 50 of a sanitizer
        present = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 1
    """,
    "Py_MAJEK_SEAL_CONTEXT": """
        import contextvars
        var = contextvars.ContextVar("var")
        var.set(1)
        gc.seal()
        before = memory(id(var), type(var).__basicsize__)
        var.set(2)
        present = memory(id(var), type(var).__basicsize__) == before
    """,
    "Py_MAJEK_SEAL_FORK": """
        def own_pages():
            # Of the data of the interpreter, those that this process shares with no other.
            pages, data = 0, False
            with open("/proc/self/smaps") as smaps: lines = smaps.readlines()
            for line in lines:
                first, *rest = line.split()
                if "-" in first:
                    data = "w" in rest[0] and (line.endswith(sys.executable + "\\n") or data and len(rest) == 4)
                elif data and first == "Private_Dirty:":
                    pages += int(rest[0]) // 4
            return pages
        sys.executable = os.path.realpath(sys.executable)
        own_pages()
        def own_pages_of_a_child():
            pid = os.fork()
            if pid == 0: os._exit(own_pages())
            return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        # The first fork writes to a page or two for good, in a debug build in particular.
        present = min(own_pages_of_a_child() for _ in range(5)) < 13     # stock: 15 or 16, else 9 to 11
    """,
    "Py_MAJEK_STRING_SEGMENT_EVERYWHERE": """
        import subprocess
        source = "import sys; print(sys.getsizeof(str(12345) + str(678)))"
        environment = {**os.environ, "MAJEKHACK_EVERYWHERE": "1"}
        present = int(subprocess.check_output([sys.executable, "-c", source], env=environment)) > 64
    """,
    "Py_MAJEK_VERSION_NAME": 'present = sys.version.endswith(" majek-lab")',
}


class FeatureTest(SealCase):
    """The makefile says what was asked for, the behaviour what was built."""

    def test_each_feature_is_what_the_build_asked_for(self) -> None:
        for macro, evidence in EVIDENCE.items():
            with self.subTest(macro):
                asked = sysconfig.get_config_var(macro)
                self.assertIn(asked, (0, 1), "the makefile knows the feature")
                out = self.run_case(textwrap.dedent(evidence) + "\nprint(present)\n")
                self.assertEqual(out.strip(), str(bool(asked)))

    def test_no_feature_was_forgotten(self) -> None:
        known = {name for name in sysconfig.get_config_vars() if name.startswith("Py_MAJEK_")}
        self.assertEqual(known, set(EVIDENCE))


class DisguiseTest(unittest.TestCase):
    """The interpreter passes for stock with everything that takes versions apart."""

    def test_version(self) -> None:
        expected = ".".join(map(str, sys.version_info[:3]))
        self.assertEqual(sys.version.split()[0], expected)
        self.assertEqual(platform.python_version(), expected)
        self.assertEqual(platform.python_implementation(), "CPython")
        self.assertTrue(platform.python_compiler())

    def test_wheel_tags_are_those_of_stock(self) -> None:
        minor = f"3{sys.version_info[1]}"
        soabi = sysconfig.get_config_var("SOABI")
        self.assertRegex(soabi, re.compile(rf"^cpython-{minor}d?-"))
        self.assertEqual(sys.implementation.cache_tag, f"cpython-{minor}")


if __name__ == "__main__":
    unittest.main()
