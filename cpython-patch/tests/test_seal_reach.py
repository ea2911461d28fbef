"""What the seal does not reach.

A build with --with-trace-refs lists every object, any other only those of the collector.
"""

import json
import unittest

from sealcase import SealCase

#: How many mortal objects of each type there may be after a seal, for a reason.
UNREACHED = {
    "int": 10,  # constants that _datetime keeps in C variables
    "timedelta": 2,  # as above
    "datetime": 1,  # as above: the epoch
    "dict": 4,  # the map of error numbers, the dict of the thread state, results of this test
    "bytes": 1,  # the source text of the test, after -c
    "str": 3,
    "tuple": 20,  # names of arguments, one for each C function that was called: the parser borrows them
    "list": 2,
    "_localdummy": 1,  # of threading.local, one for each thread
}


class ReachTest(SealCase):
    """Nothing that a program would count."""

    def test_mortal_objects(self) -> None:
        out = self.run_case("""
            import asyncio, collections, datetime, decimal, email.message, enum, functools, http.client, inspect
            import json, logging.config, re, typing, unittest, urllib.request, xml.etree.ElementTree
            class Colour(enum.Enum): RED = 1
            class Slots: __slots__ = ("a", "b")
            class Generic[T]:
                def method[S](self, x: list[S]) -> "T": return [y for y in x]
            slots = Slots(); slots.a = ["".join(["sl", "ot"])]
            partial, compiled = functools.partial(print, ["x"], sep="".join([",", " "])), re.compile("(a|b)+")
            generator = (i for i in [object()]); next(generator)
            everything = [Colour, slots, Generic, Generic[int], partial, compiled, decimal.Decimal("1.5"), generator,
                          datetime.datetime.now(), collections.deque(["d" * 30]), collections.OrderedDict(k="v" * 40),
                          memoryview(bytearray(b"x" * 99)), frozenset(["f" * 33]), range(10**10), slice(10**11),
                          property(lambda self: "p" * 34), typing.Union[int, str], inspect.signature(print)]
            getobjects = getattr(sys, "getobjects", None) or (lambda n: gc.get_objects() + gc.get_sealed_objects())
            gc.seal()
            mortal = [type(obj).__name__ for obj in getobjects(0) if sys.getrefcount(obj) < 0xFFFFFFF]
            print(json.dumps(collections.Counter(mortal)))
        """)
        mortal: dict[str, int] = json.loads(out)
        self.assertEqual({name: n for name, n in mortal.items() if n > UNREACHED.get(name, 0)}, {})


if __name__ == "__main__":
    unittest.main()
