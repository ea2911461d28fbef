"""The keys that instances of a sealed class share."""

import sys
import textwrap
import unittest

from sealcase import SANITIZED, SealCase

# 64 instances of a class: how many bytes of it, with its keys, changed?  Keys are found by their size in the heap, so
# compare all of it.
HEAP = """
def heap():
    with open("/proc/self/maps") as maps:
        for line in maps:
            if line.endswith("[heap]\\n"):
                low, high = (int(n, 16) for n in line.split()[0].split("-"))
                return {page: memory(page, 4096) for page in range(low, high, 4096)}
def changed(work):
    before = heap()
    pid = os.fork()
    if pid == 0:
        work()
        after = heap()
        print(sum(after[page] != image for page, image in before.items()), flush=True)
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
"""


class FirstInstanceTest(SealCase):
    """Classes that had no instance when they were sealed."""

    @unittest.skipIf(SANITIZED, "an allocator of its own: there is no heap to compare")
    @unittest.skipIf(hasattr(sys, "getobjects"), "the table of all objects is in the heap, and grows")
    def test_first_instances_do_not_write(self) -> None:
        out = self.run_case(
            HEAP
            + textwrap.dedent("""
            class Field:
                def __init__(self, name): self.name, self.column = name, None; self.own()
                def own(self): self.blank = True
            class Mixin:
                def own(self): self.mixed = 1; super().own()
            def own(self): self.max_length = 5; Field.own(self)
            fields = [type("Field%d" % i, (Mixin, Field) if i % 3 == 0 else (Field,), {}) for i in range(300)]
            empty = [type("Empty%d" % i, (), {"pad": i}) for i in range(300)]
            few = [type("Few%d" % i, (), {"pad": i}) for i in range(300)]     # had an instance, but no attributes
            Field("used"), [cls() for cls in few]
            def work():
                for cls in fields: cls("x")
                for cls in empty + few: cls(), cls()
            gc.seal()
            changed(lambda: None)
            changed(work)
        """)
        )
        nothing, pages = map(int, out.split())
        self.assertLess(pages - nothing, 20)  # of some 300 kB

    def test_instances_have_what_they_are_given(self) -> None:
        self.run_case("""
            class Field:
                def __init__(self, **more):
                    self.name = self.column = None
                    for name, value in more.items(): setattr(self, name, value)
            class CharField(Field):
                def grow(self): self.max_length = 5
            class Big(Field):
                exec("def fill(self):\\n" + "".join("    self.a%d = %d\\n" % (i, i) for i in range(50)))
            class Empty: pass
            class Slots(Field): __slots__ = ("extra",)
            gc.seal()
            for _ in range(3):
                obj = CharField(z=1, b=2)
                assert list(vars(obj)) == ["name", "column", "z", "b"]
                obj.grow()
                assert list(obj.__dict__.items())[-1] == ("max_length", 5)
                del obj.name
                assert not hasattr(obj, "name") and "name" not in obj.__dict__
                assert "grow" not in vars(obj) and not hasattr(CharField(), "max_length")
            for count in range(12):
                obj = Empty()
                for i in range(count): setattr(obj, "x%d" % i, i)
                assert vars(obj) == {"x%d" % i: i for i in range(count)}
            obj = Big(); obj.fill(); obj.other = 1
            assert len(vars(obj)) == 53 and obj.a49 == 49
            obj = Slots(extra=3, more=4)
            assert (obj.extra, obj.more, obj.name) == (3, 4, None) and "extra" not in vars(obj)
            class New(CharField):
                def __init__(self): super().__init__(); self.new = 1
            assert vars(New()) == {"name": None, "column": None, "new": 1}
            for cls in (Field, CharField, Empty, Big):
                many = [cls() for _ in range(100)]
                for i, obj in enumerate(many): obj.name = i
                assert [obj.name for obj in many] == list(range(100))
        """)

    def test_instances_are_not_larger(self) -> None:
        self.run_case("""
            import functools, tracemalloc
            class Base:
                def __init__(self): self.a, self.b, self.c = 1, 2, 3
                def method(self, n): return n
            class Wrapper:
                def __init__(self, function): self.function = function
                def __get__(self, obj, cls): return self.function.__get__(obj, cls)
            def make(wrap):
                class Derived(Base):
                    locals().update(("m%d" % i, wrap(Base.method)) for i in range(40))
                return Derived
            def size(cls):
                cls(), cls()
                tracemalloc.start()
                many = [cls() for _ in range(2000)]
                try: return tracemalloc.get_traced_memory()[0] / 2000
                finally: tracemalloc.stop()
            def partial(function): return functools.partialmethod(function, 1)
            kinds = partial, Wrapper, functools.cached_property
            unsealed = [size(make(kind)) for kind in kinds]
            classes = [make(kind) for kind in kinds]
            gc.seal()
            sealed = [size(cls) for cls in classes]
            assert sealed[0] < unsealed[0] + 10 and sealed[1] < unsealed[1] + 10, (unsealed, sealed)
            # Room for values that may come, but what each has comes first: no dict of its own.
            assert unsealed[2] < sealed[2] < unsealed[2] + 30 * 8 + 10, (unsealed, sealed)
        """)

    def test_no_python_code_runs(self) -> None:
        # It might change the lists of objects that the seal walks.
        self.run_case("""
            compared = []
            class Key:
                def __init__(self, name): self.name = name
                def __hash__(self): return hash(self.name)
                def __eq__(self, other):
                    if sealing: compared.append(other); gc.collect()
                    return NotImplemented
            sealing = False
            names = "__new__", "__static_attributes__", "__get__", "descriptor"
            classes = [type("Odd", (), {Key(name): 1, "__get__": lambda *args: 1}) for name in names]
            users = [type("User", (), {Key("descriptor"): 1, "descriptor": cls()}) for cls in classes]
            lists = [[] for _ in range(1000)]
            sealing = True
            gc.seal()
            assert not compared, compared
            sealing = False
            assert all(cls().descriptor == 1 for cls in users)
        """)

    def test_odd_definitions_of_new(self) -> None:
        self.run_case("""
            class Broken:
                def __new__(cls): obj = super().__new__(cls); obj.a = 1; return obj
            Broken.__new__.__code__ = Broken.__new__.__code__.replace(co_names=())     # does not run any more
            class Uninitialized: __new__ = staticmethod.__new__(staticmethod)
            class Static: __new__ = staticmethod(len)
            assert gc.seal()["seals"] == 1
        """)

    def test_second_seal(self) -> None:
        self.run_case("""
            class Early:
                def set(self): self.a = 1
            gc.seal()
            class Late(Early):
                def set(self): super().set(); self.b = 2
            gc.seal()
            for cls in (Early, Late, Late):
                obj = cls(); obj.set()
                assert vars(obj) == ({"a": 1} if cls is Early else {"a": 1, "b": 2})
        """)

    def test_counts_level_goes_on_counting(self) -> None:
        self.run_case("""
            class Empty: pass
            gc.seal(level="counts")
            sizes = [sys.getsizeof(Empty()) for _ in range(40)]
            assert sizes[-1] <= sizes[0]
            obj = Empty(); obj.x = 1
            assert vars(obj) == {"x": 1}
        """)


if __name__ == "__main__":
    unittest.main()
