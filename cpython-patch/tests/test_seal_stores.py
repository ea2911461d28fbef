"""Stores of what an attribute has already: no page of a sealed instance is copied for them."""

import itertools
import textwrap
import unittest

from sealcase import SealCase

# How many pages did a child copy? Each is a minor fault; all that it reads is mapped already.
FAULTS = """
def faults():
    with open("/proc/self/stat") as stat:
        return int(stat.read().rpartition(")")[2].split()[7])
def copied(work):
    pid = os.fork()
    if pid == 0:
        work(True)
        before = faults()
        work(False)
        print(faults() - before, flush=True)
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
class Inline:
    def __init__(self): self.flag, self.text = True, "x"
class Slots:
    __slots__ = ("flag", "text", "more", "__weakref__")
    def __init__(self): self.flag, self.text, self.more = True, "x", None
nodes = [Kind() for _ in range(20000)]      # some 300 to 500 pages
few = nodes[:50]
class Flags:
    on, off = True, False
"""


class SameValueTest(SealCase):
    """An attribute is set to what it is."""

    def pages(self, kind: str, store: str, warm: int) -> list[int]:
        """Pages copied by a loop that changes nothing, and by one that does; it ran `warm` times before the seal."""
        out = self.run_case(
            FAULTS.replace("Kind", kind)
            + textwrap.dedent(f"""
            def same(start):
                for node in few if start else nodes: {store.format("Flags.on")}
            def other(start):
                for node in few if start else nodes: {store.format("Flags.off")}
            for _ in range({warm}): same(True)
            gc.seal()
            copied(same)
            copied(other)
        """)
        )
        return list(map(int, out.split()))

    def test_pages_stay_shared(self) -> None:
        stores = ("node.flag = {}", "setattr(node, 'flag', {})")
        for kind, store, warm in itertools.product(("Inline", "Slots"), stores, (0, 5)):
            with self.subTest(kind, store=store, warm=warm):
                same, other = self.pages(kind, store, warm)
                self.assertLess(same, 100)  # some 10, and 50 of a sanitizer
                self.assertGreater(other, 200)


class ValueTest(SealCase):
    """Whatever is stored is there afterwards, and counted once."""

    def test_values(self) -> None:
        self.run_case("""
            class Node:
                def __init__(self): self.a = self.b = None
            def store(node, value): node.a = value
            def check(node):
                one, other = [1], [1]
                for _ in range(100):
                    store(node, one); store(node, one)
                    assert node.a is one
                    store(node, other)              # equal is not the same
                    assert node.a is other
                assert sys.getrefcount(other) == 3, sys.getrefcount(other)      # node.a too
                assert sys.getrefcount(one) == 2, sys.getrefcount(one)
                for name in "aab": setattr(node, name, one); setattr(node, name, one)
                assert sys.getrefcount(one) == 4
                assert vars(node) == {"a": one, "b": one} and list(vars(node)) == ["a", "b"]
                store(node, one); setattr(node, "a", one)
                assert node.__dict__["a"] is one and sys.getrefcount(one) == 4
                del node.a
                assert not hasattr(node, "a") and sys.getrefcount(one) == 3
                setattr(node, "a", one); store(node, one)
                assert list(vars(node)) == ["b", "a"]
                del node.a, node.b
                assert sys.getrefcount(one) == 2
            check(Node())
            sealed = Node()
            gc.seal()
            check(sealed)
            check(Node())
        """)

    def test_slots(self) -> None:
        self.run_case("""
            class Node:
                __slots__ = ("a", "b")
            def store(node, value): node.a = value
            def check(node):
                one, other = [1], [1]
                for _ in range(100):
                    store(node, one); store(node, one)
                    assert node.a is one
                    store(node, other)              # equal is not the same
                    assert node.a is other
                assert (sys.getrefcount(one), sys.getrefcount(other)) == (2, 3)
                for name in "aab": setattr(node, name, one); setattr(node, name, one)
                store(node, one); store(node, one)
                assert sys.getrefcount(one) == 4
                del node.a
                assert not hasattr(node, "a") and sys.getrefcount(one) == 3
                try: del node.a
                except AttributeError: pass
                else: assert False
                setattr(node, "a", one); store(node, one)
                del node.a, node.b
                assert sys.getrefcount(one) == 2
            check(Node())
            sealed = Node()
            gc.seal()
            check(sealed)
            check(Node())
        """)


if __name__ == "__main__":
    unittest.main()
