"""What ABCs learn about sealed classes."""

import importlib.util
import unittest

from sealcase import SealCase


class AnswersTest(SealCase):
    """Answers are kept outside the sealed sets, and are as right as those in there."""

    def test_questions_do_not_write(self) -> None:
        out = self.run_case("""
            import abc, collections.abc
            class Shape(abc.ABC):
                @classmethod
                def __subclasshook__(cls, other): return NotImplemented if other is cls else hasattr(other, "area")
            classes = [type("C%d" % i, (), {"area": 1} if i % 2 else {}) for i in range(300)]
            isinstance(1, Shape), isinstance(Plain(), collections.abc.Mapping)
            asked = 0
            class Hooked(abc.ABC):
                @classmethod
                def __subclasshook__(cls, other):
                    global asked
                    asked += 1
                    return NotImplemented
            gc.seal()
            before = {page: memory(page, 4096) for page in {id(obj) & -4096 for obj in gc.get_sealed_objects()}}
            for _ in range(3):
                for i, cls in enumerate(classes):
                    assert isinstance(cls(), Shape) == issubclass(cls, Shape) == bool(i % 2)
                    assert not isinstance(cls(), collections.abc.Mapping)
                    assert not issubclass(cls, Hooked) and not isinstance(cls(), Hooked)
            assert asked == len(classes), asked
            print(sum(memory(page, 4096) != image for page, image in before.items()), len(before))
        """)
        changed, total = map(int, out.split())
        self.assertGreater(total, 50)
        self.assertLess(changed, 12)

    def test_registering_is_noticed(self) -> None:
        self.run_case("""
            import abc
            class Shape(abc.ABC): pass
            class Round(Shape): pass
            class Circle: pass
            class Square: pass
            gc.seal()
            for _ in range(2):
                assert not isinstance(Circle(), Shape) and not issubclass(Square, Shape)
            Round.register(Circle)
            for _ in range(2):
                assert isinstance(Circle(), Shape) and issubclass(Circle, Round)
                assert not issubclass(Square, Shape)
            class New: pass
            assert not isinstance(New(), Shape)
            Shape.register(New)
            assert isinstance(New(), Shape) and not issubclass(Square, Shape) and not issubclass(New, Round)
            class Tall(Shape): pass
            Tall.register(Square)
            assert issubclass(Square, Shape) and not issubclass(Square, Round)
            import _abc
            _abc._reset_caches(Shape)
            assert issubclass(Square, Shape) and isinstance(Circle(), Shape)
        """)

    def test_new_classes_die(self) -> None:
        self.run_case("""
            import abc
            class Shape(abc.ABC): pass
            gc.seal()
            for i in range(500):
                New = type("New", (Plain,), {})
                if i % 2: Shape.register(New)
                assert isinstance(New(), Shape) == bool(i % 2)
                del New
                gc.collect(0)
            gc.collect()
            assert len(Plain.__subclasses__()) < 5
        """)

    def test_second_seal(self) -> None:
        self.run_case("""
            import abc
            class Shape(abc.ABC): pass
            class Early(Shape): pass
            gc.seal()
            assert issubclass(Early, Shape) and not issubclass(Plain, Shape)
            class Late(Shape): pass
            class LateShape(abc.ABC): pass
            assert issubclass(Late, Shape) and not issubclass(Late, LateShape)
            gc.seal()
            LateShape.register(Late)
            assert issubclass(Late, LateShape) and issubclass(Late, Shape) and not issubclass(Early, LateShape)
            assert issubclass(Early, Shape) and not issubclass(Plain, Shape)
        """)

    def test_interpreters_with_a_gil_of_their_own(self) -> None:
        # They ask ABCs of their own, while the main one adds answers to its table and forgets them.
        if importlib.util.find_spec("_interpreters") is None:
            self.skipTest("the interpreter was built without _interpreters")
        self.run_case("""
            import abc, threading, _abc, _interpreters
            abcs = [abc.ABCMeta("Abstract", (), {}) for _ in range(4)]
            classes = [type("Plain", (), {}) for _ in range(500)]
            gc.seal()
            code = '''if True:
                import collections.abc, time
                class Other: pass
                other, end = Other(), time.monotonic() + 8
                while time.monotonic() < end:
                    for _ in range(1000): assert not isinstance(other, collections.abc.Sequence)
            '''
            interpreters = [_interpreters.create() for _ in range(2)]
            errors = []
            def run(interpreter):
                errors.append(_interpreters.exec(interpreter, code))
            threads = [threading.Thread(target=run, args=(interpreter,)) for interpreter in interpreters]
            for thread in threads: thread.start()
            while any(thread.is_alive() for thread in threads):
                for abstract in abcs:
                    assert not any(issubclass(cls, abstract) for cls in classes)
                    _abc._reset_caches(abstract)
            assert errors == [None, None], errors
            for interpreter in interpreters: _interpreters.destroy(interpreter)
        """)

    def test_metaclass_with_a_hash(self) -> None:
        self.run_case("""
            import abc
            calls = 0
            class Meta(abc.ABCMeta):
                def __hash__(cls):
                    global calls
                    calls += 1
                    return type.__hash__(cls)
            class Shape(metaclass=Meta): pass
            class Circle(Shape): pass
            ref = weakref.ref(Circle)
            before = calls
            gc.seal()
            assert calls == before
            assert hash(ref) == hash(Circle) and isinstance(Circle(), Shape)
        """)


if __name__ == "__main__":
    unittest.main()
