"""Context variables after a seal."""

import unittest

from sealcase import SealCase


class ContextVarTest(SealCase):
    """A sealed variable keeps no last value, and has the right one all the same."""

    def test_values_do_not_write(self) -> None:
        self.run_case("""
            import contextvars
            variables = [contextvars.ContextVar("v%d" % i) for i in range(50)]
            for var in variables: var.set("before"); var.get()
            gc.seal()
            before = [memory(id(var), type(var).__basicsize__) for var in variables]
            tokens = [var.set(i) for i, var in enumerate(variables)]
            assert [var.get() for var in variables] == list(range(50))
            assert [memory(id(var), type(var).__basicsize__) for var in variables] == before
            for var, token in zip(variables, tokens): var.reset(token)
            assert {var.get() for var in variables} == {"before"}
            assert [memory(id(var), type(var).__basicsize__) for var in variables] == before
        """)

    def test_values_follow_their_context(self) -> None:
        for level in ("counts", "full"):
            with self.subTest(level):
                self.run_case(
                    f"level = {level!r}"
                    + """
import contextvars
sealed = contextvars.ContextVar("sealed", default="default")
unset = contextvars.ContextVar("unset")
sealed.set("outer"); assert sealed.get() == "outer"
context = contextvars.copy_context()
gc.seal(level=level)
def work(n):
    assert sealed.get() in ("outer", n - 1), sealed.get()
    sealed.set(n); unset.set(n); fresh.set(n)
    assert sealed.get() == unset.get() == fresh.get() == n
fresh = contextvars.ContextVar("fresh", default=0)
for n in range(200):
    context.run(work, n)
    assert sealed.get() == "outer" and unset.get("nothing") == "nothing" and fresh.get() == 0
    assert context[sealed] == context[unset] == n
    contextvars.copy_context().run(work, n)
    token = sealed.set("inner")
    assert sealed.get() == "inner"
    sealed.reset(token)
    assert sealed.get() == "outer"
token = unset.set([1]); assert unset.get() == [1]; unset.reset(token)
try: unset.get()
except LookupError: pass
else: raise AssertionError
import threading
seen = []
thread = threading.Thread(target=lambda: seen.append((sealed.get(), sealed.set(3) and sealed.get())))
thread.start(); thread.join()
assert seen == [("default", 3)] and sealed.get() == "outer"
"""
                )


if __name__ == "__main__":
    unittest.main()
