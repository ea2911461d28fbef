"""Version tags of sealed classes: what stays unwritten when a class attribute is set, and what must not go stale."""

import importlib.util
import textwrap
import unittest

from sealcase import SealCase

# A class with many subclasses; code that is sealed, and code that is made (and specialized) after the seal.
CLASSES = """
class Base:
    counter = 0
    limit = 5
class Slotted(Base): __slots__ = ()
subclasses = [type("Sub%d" % i, (Base,), {}) for i in range(60)]
subclasses += [type("SubSub%d" % i, (subclasses[i],), {}) for i in range(20)]
classes = [Base, Slotted, *subclasses]
instances = [cls() for cls in classes]
def fresh(expression):
    scope = dict(globals())
    exec("def load(obj, cls): return " + expression, scope)
    return scope["load"]
WAYS = ["obj.counter", "cls.counter", "getattr(obj, 'counter')", "getattr(cls, 'counter')"]
def count():
    Base.counter += 1
def images():
    return {cls: memory(id(cls), type.__basicsize__) for cls in classes}
"""


class UnwrittenTest(SealCase):
    """A class and its subclasses are not written when only a value changes."""

    def test_counting_in_a_class(self) -> None:
        self.run_case(
            CLASSES
            + textwrap.dedent("""
            for _ in range(50):
                for obj in instances: obj.counter
                count()
            gc.seal()
            before = images()
            for _ in range(500): count()
            assert Base.counter == 550
            assert all(obj.counter == 550 for obj in instances)
            count()
            changed = [cls for cls, image in images().items() if image != before[cls]]
            assert not changed, changed
        """)
        )

    def test_copying_instances(self) -> None:
        self.run_case("""
            import copy
            classes = [type("C%d" % i, (Plain,), {}) for i in range(20)]
            sloppy = type("Sloppy", (Plain,), {"__slots__": ("a", "_b", "__c")})
            instances = [cls() for cls in classes]
            copy.copy(Plain())
            gc.seal()
            before = {cls: memory(id(cls), type.__basicsize__) for cls in classes}
            for obj in instances:
                obj.x = 1
                assert vars(copy.copy(obj)) == {"x": 1}
            assert all(memory(id(cls), len(image)) == image for cls, image in before.items())
            assert not any("__slotnames__" in vars(cls) for cls in classes)
            obj = sloppy(); obj.a, obj._b = 1, 2
            twin = copy.copy(obj)
            assert (twin.a, twin._b) == (1, 2)
            class New(sloppy): __slots__ = ("d",)
            obj = New(); obj.a, obj.d = 3, 4
            twin = copy.copy(obj)
            assert (twin.a, twin.d) == (3, 4) and "__slotnames__" in vars(New)
        """)


class StaleTest(SealCase):
    """Whoever remembers a value of a class notices that it has changed."""

    def test_specialized_before_the_seal(self) -> None:
        self.run_case(
            CLASSES
            + textwrap.dedent("""
            loads = [fresh(way) for way in WAYS]
            hot = [(load, obj, type(obj)) for load in loads for obj in instances]
            for load, obj, cls in hot:
                load = type(load)(load.__code__.replace(), globals())
                for _ in range(40): load(obj, cls)
            pairs = []
            for way in WAYS:
                for obj in instances:
                    load = fresh(way)
                    for _ in range(40): load(obj, type(obj))
                    pairs.append((load, obj))
            gc.seal()
            for value in (1, 2, 3, "text", 4, None, True, False, 2.5, 7, 8):
                Base.counter = value
                for load, obj in pairs:
                    assert load(obj, type(obj)) is value, (value, obj)
        """)
        )

    def test_specialized_after_the_seal(self) -> None:
        self.run_case(
            CLASSES
            + textwrap.dedent("""
            gc.seal()
            pairs = [(fresh(way), obj) for way in WAYS for obj in instances]
            for value in range(1000, 1012):
                for load, obj in pairs:
                    for _ in range(40): load(obj, type(obj))
                Base.counter = value
                assert [obj for load, obj in pairs if load(obj, type(obj)) is not value] == []
        """)
        )

    def test_hot_code(self) -> None:
        self.run_case(
            CLASSES
            + textwrap.dedent("""
            pairs = [(fresh(way), obj) for way in WAYS for obj in instances]
            gc.seal(adaptive="hot")
            for value in range(1000, 1012):
                for load, obj in pairs:
                    for _ in range(40): load(obj, type(obj))
                Base.counter = value
                assert [obj for load, obj in pairs if load(obj, type(obj)) is not value] == []
        """)
        )

    def test_looked_up_before_the_seal(self) -> None:
        self.run_case(
            CLASSES
            + textwrap.dedent("""
            for obj in instances: getattr(obj, "counter"), getattr(type(obj), "counter")
            gc.seal()
            for n in range(1, 100):
                count()
                assert {getattr(obj, "counter") for obj in instances} == {n}
                assert {getattr(cls, "counter") for cls in classes} == {n}
        """)
        )

    def test_equal_names(self) -> None:
        # The attribute cache tells names apart by their address.
        self.run_case(
            CLASSES
            + textwrap.dedent("""
            early = "".join(["coun", "ter"])
            for cls in classes: getattr(cls, early), getattr(cls(), early)
            gc.seal()
            late = "".join(["coun", "ter"])
            assert late is not early
            for value in range(1000, 1100):
                Base.counter = value
                for obj in instances:
                    for name in (early, late, "counter"):
                        assert getattr(obj, name) == getattr(type(obj), name) == value
        """)
        )

    @unittest.skipIf(importlib.util.find_spec("_testcapi") is None, "needs a build with _testcapi")
    def test_watcher_of_a_subclass_looks_at_others(self) -> None:
        # What it finds is about to be replaced.
        self.run_case(
            CLASSES
            + textwrap.dedent("""
            import _testcapi
            def fresh_value(text): return "".join([text, " value"])
            name = "".join(["lim", "it"])
            load = fresh("cls.limit")
            def look(unraisable):
                seen.extend([getattr(Base, name), load(None, Base), getattr(Slotted, "limit")])
            seen = []
            watcher = _testcapi.add_type_watcher(1)     # whose callback fails
            Base.limit = fresh_value("old")
            gc.seal()
            sys.unraisablehook = look
            for text in "new", "newer", "newest":
                for cls in classes: cls.limit
                _testcapi.watch_type(watcher, subclasses[0])
                before, value = Base.limit, fresh_value(text)
                Base.limit = value
                assert seen == [before] * 3
                seen.clear()
                padding = [fresh_value(str(i)) for i in range(1000)]
                assert all(getattr(cls, "limit") is value for cls in classes)
                for _ in range(30): assert load(None, Base) is getattr(Base, name) is value
            _testcapi.clear_type_watcher(watcher)
        """)
        )

    def test_another_kind_of_value(self) -> None:
        self.run_case(
            CLASSES
            + textwrap.dedent("""
            class Data:
                def __get__(self, obj, cls): return "got"
                def __set__(self, obj, value): raise AttributeError("read only")
            gc.seal()
            pairs = [(fresh(way), obj) for way in WAYS[::2] for obj in instances if obj is not instances[1]]
            for obj in instances:
                if type(obj) is not Slotted: obj.counter = "own"
            for round in range(3):
                Base.counter = round
                for load, obj in pairs:
                    for _ in range(30): assert load(obj, type(obj)) == "own"
                Base.counter = Data()
                for load, obj in pairs: assert load(obj, type(obj)) == "got"
                Base.counter = property(lambda self: "property")
                for load, obj in pairs: assert load(obj, type(obj)) == "property"
                del Base.counter
                for load, obj in pairs: assert load(obj, type(obj)) == "own"
                assert not hasattr(Base, "counter")
        """)
        )

    def test_properties_and_methods(self) -> None:
        self.run_case("""
            class Base: pass
            class Derived(Base): pass
            def descriptors(text):
                Base.value = property(lambda self: text)
                Base.method = lambda self: text
            descriptors("before")
            gc.seal()
            scope = {}
            exec("def load(obj): return obj.value, obj.method()", scope)
            for n in range(20):
                descriptors(n)
                for _ in range(40):
                    assert scope["load"](Derived()) == scope["load"](Base()) == (n, n)
        """)

    def test_special_methods(self) -> None:
        self.run_case("""
            class Odd:
                __hash__ = None
                __len__ = lambda self: 1
                __call__ = None
            class Odder(Odd): pass
            gc.seal()
            one, two = (lambda self: 2), (lambda self: 0)
            for n, function in ((2, one), (0, two), (2, one)):
                Odd.__len__ = function
                assert len(Odder()) == n and bool(Odder()) == bool(n)
            Odd.__bool__ = lambda self: False
            assert not Odder()
        """)

    def test_random_changes(self) -> None:
        # Against what a walk along the MRO finds.
        self.run_case("""
            import random
            rng = random.Random(5)
            names = ["attr%d" % i for i in range(6)]
            values = [0, 1, 10 ** 9, "a", "bb", None, True, (), [], {}, 1.5, len, property(lambda self: 3)]
            classes = [Plain]
            for i in range(30):
                bases = tuple(rng.sample(classes, 1))
                classes.append(type("C%d" % i, bases, {rng.choice(names): rng.choice(values)}))
            def expected(cls, name):
                for base in cls.__mro__:
                    if name in base.__dict__: return base.__dict__[name]
                return "nothing"
            def loader(name):
                scope = {}
                exec("def load(cls):\\n"
                     "    try: return cls.%s\\n"
                     "    except AttributeError: return 'nothing'" % name, scope)
                return scope["load"]
            loaders = [(loader(name), name) for name in names for _ in range(10)]
            def work(steps):
                for _ in range(steps):
                    cls, name = rng.choice(classes), rng.choice(names)
                    if rng.random() < 0.1 and name in vars(cls): delattr(cls, name)
                    elif rng.random() < 0.7 or name in vars(cls): setattr(cls, name, rng.choice(values))
                    for load, name in rng.sample(loaders, 8):
                        cls = rng.choice(classes[:8])
                        for _ in range(rng.choice((1, 1, 20))):
                            assert load(cls) is expected(cls, name), (cls, name)
                    if rng.random() < 0.02:
                        loaders[rng.randrange(len(loaders))] = (loader(name), name)
            work(1500)
            gc.seal()
            work(4000)
        """)


if __name__ == "__main__":
    unittest.main()
