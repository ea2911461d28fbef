"""Interned strings: the sealed table is read, another one grows."""

import unittest

from sealcase import SealCase


class InternTest(SealCase):
    """sys.intern() before and after a seal."""

    def test_identity(self) -> None:
        self.run_case("""
            old = sys.intern("".join(["interned ", "before"]))
            gc.seal()
            assert sys.intern("".join(["interned ", "before"])) is old
            new = sys.intern("".join(["interned ", "after"]))
            assert sys.intern("".join(["interned ", "after"])) is new
            assert sys.intern(new) is new and sys.intern(old) is old
        """)

    def test_sealed_string_that_was_not_interned(self) -> None:
        # Marking it would write its header; a debug build aborts on it.
        self.run_case("""
            plain = ["".join(["not interned %d " % i, "x" * i]) for i in range(50)]
            table = {text: 1 for text in plain}
            gc.seal()
            headers = [memory(id(text), 48) for text in plain]
            for _ in range(3):
                for text in plain:
                    again = sys.intern(text)
                    assert again == text and again is sys.intern(again)
                    assert again is sys.intern("".join([text[:5], text[5:]]))
                    assert hash(again) == hash(text) and table[again] == 1
            assert [memory(id(text), 48) for text in plain] == headers
            name = plain[3]
            setattr(Plain, name, 1); thing = Plain(); setattr(thing, name, 2)
            assert getattr(Plain, name) == 1 and thing.__dict__[name] == 2
        """)

    def test_new_interned_strings_die(self) -> None:
        self.run_case("""
            gc.seal()
            for i in range(1000): sys.intern("first %d" % i)
            size = sys._getframe and sys.getallocatedblocks()
            for i in range(50000): sys.intern("second %d" % i)
            assert sys.getallocatedblocks() - size < 1000
        """)

    def test_names_in_new_code(self) -> None:
        self.run_case("""
            sealed_name = "value"
            holder = Plain(); holder.value = 1
            gc.seal()
            source = "def f(o): return o.value + o.fresh_name\\n"
            for i in range(500):
                source += "new_name_%d = %d\\n" % (i, i)
            space = {}
            exec(compile(source, "new", "exec"), space)
            holder.fresh_name = 2
            assert space["f"](holder) == 3 and space["new_name_499"] == 499
            assert space["f"].__code__.co_names[0] is sys.intern("value")
        """)


if __name__ == "__main__":
    unittest.main()
