"""The object map: classes with their fields, and variables where they are."""

import ctypes
import unittest

from majek_harness import objectmap


class Slotted:
    __slots__ = ("first", "second")


class Below(Slotted):
    __slots__ = ("third",)


class ObjectMap(unittest.TestCase):
    def setUp(self) -> None:
        self.found = objectmap.describe()
        self.types = {one[0]: one for one in self.found["types"]}

    def test_it_has_every_class_once(self) -> None:
        self.assertEqual(len(self.types), len(self.found["types"]))
        for one in (object, type, int, dict, Slotted, ctypes.Structure, unittest.TestCase):
            self.assertIn(id(one), self.types)

    def test_it_says_what_classes_say_of_themselves(self) -> None:
        address, name, basic, item, flags, *_ = self.types[id(tuple)]
        self.assertEqual((address, name), (id(tuple), "tuple"))
        self.assertEqual((basic, item, flags), (tuple.__basicsize__, tuple.__itemsize__, tuple.__flags__))
        self.assertEqual(self.types[id(Slotted)][1], f"{__name__}:Slotted")

    def test_slots_are_found_where_they_are(self) -> None:
        fields = {name: int(offset) for offset, name in self.types[id(Below)][7].items()}
        self.assertEqual(set(fields), {"first", "second", "third"})
        thing, value = Below(), object()
        thing.third = value  # type: ignore[attr-defined]
        self.assertEqual(ctypes.c_void_p.from_address(id(thing) + fields["third"]).value, id(value))

    def test_c_code_declares_fields_too(self) -> None:
        fields = {name: int(offset) for offset, name in self.types[id(type(lambda: 0))][7].items()}
        self.assertEqual(
            ctypes.c_void_p.from_address(id(ObjectMap.test_c_code_declares_fields_too) + fields["__globals__"]).value,
            id(globals()),
        )

    def test_variables_are_found_where_they_are(self) -> None:
        symbols = {name: (address, size) for address, size, name in self.found["symbols"]}
        runtime = ctypes.addressof(ctypes.c_char.in_dll(ctypes.pythonapi, "_PyRuntime"))
        self.assertEqual(symbols["_PyRuntime"][0], runtime)
        self.assertEqual(symbols["PyTuple_Type"][0], id(tuple))
        self.assertTrue(any(start <= runtime < end for _, start, end in self.found["files"]))

    def test_modules_are_where_they_are(self) -> None:
        self.assertIn([__name__, id(__import__("sys").modules[__name__])], self.found["modules"])


if __name__ == "__main__":
    unittest.main()
