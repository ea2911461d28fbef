"""The attribute cache of types after a seal."""

import importlib.util
import textwrap
import unittest

from sealcase import SealCase

# A lookup of `attr` in Derived compares keys in Python, which does what Key.action says, once.
COMPARES = """
class Key:
    action = None
    def __hash__(self): return hash("attr")
    def __eq__(self, other):
        action, Key.action = Key.action, None
        if action: action()
        return False
Base = type("Base", (), {Key(): 1})
class Derived(Base): pass
def fresh(text): return "".join([text, " value"])
name = "".join(["at", "tr"])                # equal to "attr", and not interned
Base.attr = fresh("old")
"""


class AttributeCacheTest(SealCase):
    """Lookups find what is there now, whichever cache they ask."""

    def test_lookups_follow_changes(self) -> None:
        self.run_case("""
            names = ["name_%d" % i for i in range(3000)]
            class Base: pass
            class Derived(Base): pass
            for i, name in enumerate(names): setattr(Base, name, i)
            for name in names[::2]: getattr(Derived, name)
            gc.seal()
            for _ in range(3):
                for i, name in enumerate(names):
                    assert getattr(Derived, name) == i
            for i, name in enumerate(names[:50]):
                setattr(Base, name, -i)
                assert getattr(Derived, name) == -i
                setattr(Derived, name, "own")
                assert getattr(Derived, name) == "own" and getattr(Base, name) == -i
                delattr(Derived, name); delattr(Base, name)
                assert not hasattr(Derived, name)
            for i, name in enumerate(names[50:]):
                assert getattr(Derived, name) == i + 50
            sys._clear_type_cache()
            assert getattr(Derived, names[60]) == 60
        """)

    def test_cache_is_cleared_during_a_lookup(self) -> None:
        # A lookup that compares names runs Python code, and then writes to
        # the entry it has found before.
        self.run_case(
            """
            class Key(str):
                def __hash__(self): return hash("victim")
                def __eq__(self, other):
                    sys._clear_type_cache()
                    return False
                __ne__ = None
            gc.seal()
            Odd = type("Odd", (), {Key("other"): 1})
            for i in range(2000):
                assert not hasattr(Odd, "victim")
                setattr(Odd, "x%d" % i, 1)
        """,
            "-X",
            "dev",
        )

    def test_seal_during_a_lookup(self) -> None:
        # Which holds on to an entry that is sealed when it has the value.
        for then in ("", "Base.attr = fresh('new')"):
            self.run_case(
                COMPARES
                + textwrap.dedent(f"""
                def seal():
                    gc.seal()
                    {then}
                for text in ("newer", "newest"):
                    setattr(Base, text, 1); getattr(Derived, text)      # another version tag
                    Key.action = seal
                    getattr(Derived, name)
                    assert Key.action is None
                    Base.attr = fresh(text)
                    padding = [fresh(str(i)) for i in range(1000)]
                    assert getattr(Derived, name) == getattr(Derived, "attr") == text + " value"
            """)
            )

    @unittest.skipIf(importlib.util.find_spec("_testcapi") is None, "needs a build with _testcapi")
    def test_no_memory_for_another_cache(self) -> None:
        self.run_case("""
            import _testcapi
            name = "".join(["at", "tr"])
            Plain.attr = "".join(["old", " value"])
            def get(obj, name, stop):
                _testcapi.set_nomemory(0, stop)
                try: return getattr(obj, name)
                finally: _testcapi.remove_mem_hooks()
            new = "".join(["new", " value"])
            for stop in range(1, 6):
                gc.seal()
                assert get(Plain, name, stop) == Plain.__dict__["attr"]
                Plain.attr, new = new, "".join(["newer", " value", str(stop)])
                assert getattr(Plain, name) is Plain.__dict__["attr"]
        """)

    def test_computed_names_are_freed(self) -> None:
        self.run_case("""
            gc.seal()
            for i in range(20000):
                assert not hasattr(Plain, "computed_%d" % i)
            blocks = sys.getallocatedblocks()
            for i in range(20000):
                assert not hasattr(Plain, "computed_again_%d" % i)
            assert sys.getallocatedblocks() - blocks < 500
        """)

    def test_new_types_die(self) -> None:
        self.run_case("""
            gc.seal()
            refs = []
            for i in range(300):
                class New(Plain):
                    def method(self): return i
                assert New().method() == i
                refs.append(weakref.ref(New))
            del New
            gc.collect()
            assert not [ref for ref in refs if ref() is not None]
        """)


if __name__ == "__main__":
    unittest.main()
