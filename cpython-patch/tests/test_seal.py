"""gc.seal(): what is sealed, and what that means for objects."""

import unittest

from sealcase import SealCase


class SealTest(SealCase):
    """What a seal does to objects."""

    def test_what_is_sealed(self) -> None:
        self.run_case("""
            text = "".join(["un", "interned ", "text"])
            nested = ("a" * 30, ["b" * 30, {"c" * 30: "d" * 30}])
            big = b"x" * (1 << 20)
            holder = [text, nested, big]
            def function(x=2.5):
                "docstring of function"
                return ("constant", 1234567, b"bytes")
            gc.seal()
            inner = nested[1][1]
            code = function.__code__
            for obj in (text, nested, nested[0], nested[1], inner, *inner.items(),
                        big, holder, function, code, code.co_consts[1], code.co_name,
                        code.co_linetable, function.__defaults__[0],
                        function.__doc__, Plain,
                        Plain.__dict__, Plain.__qualname__, sys, sys.modules):
                if type(obj) in (tuple, type(Plain.__dict__)):
                    continue        # made by the expressions above
                assert gc.is_sealed(obj), obj
                assert sys.getrefcount(obj) == 0xFFFFFFFF, obj
            new = [object(), Plain(), "n" * len(text), {}, lambda: 0]
            for obj in new:
                assert not gc.is_sealed(obj), obj
                assert sys.getrefcount(obj) < 10, obj
        """)

    def test_extensions_that_count_inline(self) -> None:
        # Code compiled for a limited API before 3.12 adds and subtracts without
        # a look: in between, the object is mortal with a very large count.
        self.run_case("""
            try:
                import ctypes
            except ImportError:
                sys.exit()
            kept = [Plain(), "".join(["te", "xt"]), (Plain(), 1)]
            gc.seal()
            for obj in kept:
                count = ctypes.c_ssize_t.from_address(id(obj))
                assert count.value == 0xFFFFFFFF
                count.value += 1                        # Py_INCREF
                copies = [obj] * 1000
                del copies
                gc.collect()
                count.value -= 1                        # Py_DECREF
                assert gc.is_sealed(obj) and repr(obj)
                count.value -= 1                        # a reference that it was lent
                copies = [obj] * 1000
                del copies
                gc.collect()
                assert repr(obj)
                count.value += 1
            assert kept[1] == "text"
        """)

    def test_collector_leaves_sealed_objects_alone(self) -> None:
        # They must not be in the permanent generation: gc.unfreeze() returns
        # that to the oldest one, and a collection writes every header there.
        self.run_case("""
            gc.seal()
            sealed = gc.get_sealed_objects()
            headers = [memory(id(obj) - 16, 32) for obj in sealed]
            assert not gc.get_freeze_count()
            cycle = [Plain()]
            cycle.append(cycle)
            dead = weakref.ref(cycle[0])
            del cycle
            gc.unfreeze()
            assert gc.collect() > 0
            assert dead() is None
            gc.freeze(); gc.unfreeze(); gc.collect()
            for obj, header in zip(sealed, headers):
                assert memory(id(obj) - 16, 32) == header, obj
            alive = {id(obj) for obj in gc.get_objects()}
            assert not alive & {id(obj) for obj in sealed}
            assert gc.is_tracked(sys)
        """)

    def test_objects_in_sealed_containers_are_freed(self) -> None:
        self.run_case("""
            a_list, a_dict, a_set, thing = [], {}, set(), Plain()
            many = list(range(1000))
            gc.seal()
            dead = []
            def new():
                obj = Plain()
                dead.append(weakref.ref(obj))
                return obj
            a_list.append(new()); a_list.pop()
            a_list.extend(new() for _ in range(5000)); a_list.clear()
            a_dict["k"] = new(); a_dict["k"] = new(); del a_dict["k"]
            a_dict.update((i, new()) for i in range(5000)); a_dict.clear()
            obj = new(); a_set.add(obj); a_set.discard(obj); del obj
            thing.x = new(); thing.x = new(); del thing.x
            Plain.attribute = new(); Plain.attribute = None
            many[10:990] = [new() for _ in range(2000)]; del many[:]
            sys.modules["new"] = new(); del sys.modules["new"]
            assert [ref for ref in dead if ref() is not None] == []
        """)

    def test_garbage_that_refers_to_sealed_objects(self) -> None:
        self.run_case("""
            shared = [Plain(), {"k": "v"}]
            gc.seal()
            refs = []
            for _ in range(100):
                obj = Plain()
                obj.me, obj.shared, shared[0].last = obj, shared, None
                refs.append(weakref.ref(obj))
            del obj
            gc.collect()
            assert all(ref() is None for ref in refs)
            assert shared[1] == {"k": "v"}
            # ... and what a sealed object keeps alive is not garbage
            obj = Plain()
            obj.me = obj
            shared[0].last = obj
            ref = weakref.ref(obj)
            del obj
            gc.collect()
            assert ref() is shared[0].last
        """)

    def test_bytes_that_change_through_a_view(self) -> None:
        # Of BytesIO.getbuffer(): the hash of what was sealed is not that of what is there later.
        self.run_case("""
            import io
            file = io.BytesIO(b"abcd" * 10)
            view = file.getbuffer()
            gc.seal()
            view[:4] = b"WXYZ"
            view.release()
            value = file.getvalue()
            assert value == b"WXYZ" + b"abcd" * 9
            assert {bytes(bytearray(value)): 1}[value] == 1
            view = file.getbuffer(); view[:4] = b"0123"; view.release()
            assert value[:4] == b"WXYZ" and file.getvalue()[:4] == b"0123"
        """)

    def test_no_finalizers(self) -> None:
        out = self.run_case("""
            class Loud:
                def __del__(self):
                    print("finalized", self.name)
            sealed = Loud(); sealed.name = "sealed"
            watched = Plain()
            ref = weakref.ref(watched, lambda _: print("callback"))
            gc.seal()
            new = Loud(); new.name = "new"
            del new, sealed, watched
            gc.collect()
            assert ref() is not None and ref() is ref()
            print("end")
        """)
        self.assertEqual(out, "finalized new\nend\n")


if __name__ == "__main__":
    unittest.main()
