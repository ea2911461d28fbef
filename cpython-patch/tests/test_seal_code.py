"""Sealed code runs, stays right, and is not written."""

import unittest

from sealcase import SealCase

# A function with calls, jumps, loops, attributes and arithmetic in it.
WORK = """
class Point:
    def __init__(self, x): self.x = x
    def double(self): return self.x * 2

def work(n):
    total, points = 0, [Point(i) for i in range(n)]
    for i, point in enumerate(points):
        if i % 3 == 0 and point.x is not None:
            total += point.double() + len(str(i))
        elif not total:
            total = -1
        else:
            total -= point.x if i in (4, 5) else 1.5
    while n:
        n -= 1
    try:
        [][n]
    except IndexError as error:
        total += len(error.args)
    return total

codes = [work.__code__, Point.double.__code__, Point.__init__.__code__]
def bytecode(): return [code._co_code_adaptive for code in codes]
"""


class CodeTest(SealCase):
    """The bytes of sealed code, which _co_code_adaptive shows."""

    def test_cold_code_is_not_written(self) -> None:
        self.run_case(
            WORK
            + """
gc.seal()
before = bytecode()
first = work(50)
for _ in range(200):
    assert work(50) == first
assert bytecode() == before
assert gc.is_sealed(work.__code__)
"""
        )

    def test_warm_code_stays_specialized(self) -> None:
        self.run_case(
            WORK
            + """
import dis
def names():
    return [i.opname for code in codes for i in dis.get_instructions(code, adaptive=True)]
generic = names()
first = [work(50) for _ in range(200)][0]
warm = names()
assert warm != generic
gc.seal()
sealed = bytecode()
assert names() == warm
for _ in range(200):
    assert work(50) == first
# other types than those it was specialized for
Point.double = lambda self: 1
work(50)
class Point2(Point): x = 7
Point = Point2
work(20)
assert bytecode()[0] == sealed[0]
"""
        )

    def test_globals_of_cold_code_are_specialized(self) -> None:
        # Nothing has to run to know where a global is, in long functions too.
        self.run_case(
            """
import dis
long = "def long():\\n" + "".join(f"  name{i}\\n" for i in range(300))
exec("".join(f"name{i} = {i}\\n" for i in range(300)) + long + "  return name299, len")
def missing(): return no_such_name
def shadowed(): return max
def names(function):
    return {i.opname for i in dis.get_instructions(function, adaptive=True)
            if "GLOBAL" in i.opname}
gc.seal()
assert names(long) == {"LOAD_GLOBAL_MODULE", "LOAD_GLOBAL_BUILTIN"}, names(long)
assert names(missing) == {"LOAD_GLOBAL"}
assert long() == (299, len)
assert shadowed() is max
max = "my own"
assert shadowed() == "my own"
name299 = "changed"
assert long() == ("changed", len)
no_such_name = 1
assert missing() == 1
del no_such_name, name299
for function in (missing, long):
    try:
        function()
    except NameError:
        pass
    else:
        raise AssertionError(function)
"""
        )

    def test_code_that_cannot_run(self) -> None:
        # An index into its names may be any number.
        self.run_case("""
            def broken(): return missing, sys
            broken.__code__ = broken.__code__.replace(co_names=())
            assert gc.seal()["code"] > 0
        """)

    def test_new_code_is_specialized(self) -> None:
        self.run_case(
            """
gc.seal()
space = {}
exec(compile("def add(a, b): return a + b", "new", "exec"), space)
code = space["add"].__code__
before = code._co_code_adaptive
for i in range(100):
    space["add"](i, i)
assert code._co_code_adaptive != before
"""
        )

    def test_jumps_keep_no_history(self) -> None:
        # In the generated interpreter: a build that kept the one of the source archive writes it.
        self.run_case(
            """
def jump(x):
    if x:
        return 1
    return 2
def history():
    before = jump.__code__._co_code_adaptive
    for i in range(5):
        jump(True)
        jump(False)
    return before != jump.__code__._co_code_adaptive
for i in range(100):
    jump(False)
assert not history()
gc.seal()
assert not history()
"""
        )


class TracingTest(SealCase):
    """Tools that rewrite code still may."""

    def test_settrace_and_monitoring(self) -> None:
        self.run_case(
            WORK
            + """
expected = work(20)
gc.seal()
lines = []
def tracer(frame, event, arg):
    lines.append(event)
    return tracer
sys.settrace(tracer)
assert work(20) == expected
sys.settrace(None)
assert "line" in lines and "return" in lines
tool, events = sys.monitoring.PROFILER_ID, sys.monitoring.events
sys.monitoring.use_tool_id(tool, "test")
started = []
sys.monitoring.register_callback(tool, events.PY_START, lambda *a: started.append(a))
sys.monitoring.register_callback(tool, events.INSTRUCTION, lambda *a: None)
sys.monitoring.set_events(tool, events.PY_START | events.INSTRUCTION | events.LINE)
assert work(20) == expected
sys.monitoring.set_events(tool, 0)
sys.monitoring.free_tool_id(tool)
assert len(started) > 10
assert work(20) == expected
"""
        )

    def test_names_of_variables_are_not_kept(self) -> None:
        self.run_case(
            WORK
            + """
gc.seal()
addresses = [id(code) for code in codes]
before = [memory(address, 200) for address in addresses]
for _ in range(3):
    assert work.__code__.co_varnames == ("n", "i", "total", "points", "point", "error")
    assert work.__code__.co_cellvars == work.__code__.co_freevars == ()
    assert Point.__init__.__code__.co_varnames == ("self", "x")
assert [memory(address, 200) for address in addresses] == before
exec("def new(a, b=2): pass")
assert new.__code__.co_varnames is new.__code__.co_varnames
"""
        )

    def test_seal_under_a_profiler(self) -> None:
        self.run_case(
            WORK
            + """
expected = work(20)
sys.setprofile(lambda *args: None)
gc.seal()
assert work(20) == expected
sys.setprofile(None)
assert work(20) == expected
assert work.__code__.replace(co_name="other").co_code == work.__code__.co_code
"""
        )


if __name__ == "__main__":
    unittest.main()
