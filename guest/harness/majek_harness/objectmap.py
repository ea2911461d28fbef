"""The object map: what blame must know of the master's heap and cannot read off its pages.

A child that is forked from the waiting master writes it (`gate`), so that the master is not disturbed: what is imported
and made here is never in the heap that is measured. Objects themselves are found in the saved pages, frozen and sealed
ones like all others; that takes the types (with the places of their fields), the symbols of writable data, and where
the interpreter keeps its state. Nothing here asks the collector, whose lists freezing and sealing empty.
"""

import ctypes
import json
import os
import struct
import sys
import threading
from collections.abc import Iterator
from typing import Any

FORMAT = 1

# Offsets in CPython 3.13 without Py_GIL_DISABLED, each checked by `tests/test_objectmap.py`.
_MEMBER_DESCRIPTOR_MEMBER = 40  # PyMemberDescrObject.d_member
_MEMBER_DEF_OFFSET = 16  # PyMemberDef.offset

# ELF (System V ABI, chapters 4 and 5): section types and the flag of writable sections; STT_OBJECT of symbols.
_SHT_SYMTAB, _SHT_DYNSYM = 2, 11
_SHF_WRITE = 1
_STT_OBJECT = 1
_ELF_MAGIC = b"\x7fELF\x02\x01"  # 64 bits, little-endian


def write(path: str) -> None:
    """Write the map as one JSON document; the file is there when it is complete."""
    with open(f"{path}.part", "w", encoding="utf-8", errors="backslashreplace") as file:
        json.dump(describe(), file, separators=(",", ":"))
    os.rename(f"{path}.part", path)


def describe() -> dict[str, Any]:
    """The map; addresses are plain numbers."""
    files = _files()
    runtime = ctypes.addressof(ctypes.c_char.in_dll(ctypes.pythonapi, "_PyRuntime"))
    return {
        "format": FORMAT,
        "python": list(sys.version_info[:3]),
        "runtime": runtime,
        "thread": threading.get_ident(),  # glibc: the address of the thread's own block, beside its variables
        "modules": [[name, id(module)] for name, module in sys.modules.items() if module is not None],
        "types": [_type(one) for one in _types()],
        "files": [[path, start, end] for path, (start, end) in files.items()],
        "symbols": [symbol for path, (start, _) in files.items() for symbol in _symbols(path, start)],
    }


def _types() -> Iterator[type]:
    """Every class that is alive: types know their subclasses."""
    seen: set[type] = {object}
    waiting: list[type] = [object]
    while waiting:
        one = waiting.pop()
        yield one
        below: list[type] = type.__subclasses__(one)
        fresh = [each for each in below if each not in seen]
        seen.update(fresh)
        waiting.extend(fresh)


def _type(one: type) -> list[Any]:
    """[address, name, basic size, item size, flags, offset of the dict, offset of weak references, {offset: field}]."""
    module = type.__dict__["__module__"].__get__(one)
    name = one.__qualname__ if module == "builtins" else f"{module}:{one.__qualname__}"
    return [
        id(one),
        name,
        one.__basicsize__,
        one.__itemsize__,
        one.__flags__,
        one.__dictoffset__,
        one.__weakrefoffset__,
        _fields(one),
    ]


def _fields(one: type) -> dict[str, str]:
    """Offsets of the fields that a class or a base names: slots, and members that C code declares."""
    found = {}
    bases: tuple[type, ...] = type.__dict__["__mro__"].__get__(one)
    for name, value in (item for base in reversed(bases) for item in type.__dict__["__dict__"].__get__(base).items()):
        if type(value).__name__ == "member_descriptor":
            member = ctypes.c_void_p.from_address(id(value) + _MEMBER_DESCRIPTOR_MEMBER).value
            if member:
                found[str(ctypes.c_ssize_t.from_address(member + _MEMBER_DEF_OFFSET).value)] = str(name)
    return found


def _files() -> dict[str, tuple[int, int]]:
    """Each file that is mapped from its first byte on, with the addresses where its mappings begin and end."""
    found: dict[str, tuple[int, int]] = {}
    with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as maps:
        for line in maps:
            fields = line.split(maxsplit=5)
            if len(fields) < 6 or not fields[5].startswith("/"):
                continue
            path = fields[5].rstrip("\n")
            start, end = (int(part, 16) for part in fields[0].split("-"))
            if path in found or fields[2] == "00000000":
                found[path] = (found.get(path, (start, end))[0], end)
    return found


def _symbols(path: str, base: int) -> Iterator[list[Any]]:
    """[address, size, name] of every variable in writable sections of a file, if it is an ELF file that can be read."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError:
        return
    if not data.startswith(_ELF_MAGIC):
        return
    shift = base - _first_address(data)
    sections = _sections(data)
    tables = [one for one in sections if one[1] == _SHT_SYMTAB] or [one for one in sections if one[1] == _SHT_DYNSYM]
    for _, _, _, _, offset, size, link, *_ in tables:
        names = sections[link][4]
        for entry in struct.iter_unpack("<IBBHQQ", data[offset : offset + size]):
            name, info, _, section, value, length = entry
            if info & 15 == _STT_OBJECT and length and section < len(sections) and sections[section][2] & _SHF_WRITE:
                start = names + name
                yield [shift + value, length, data[start : data.index(b"\0", start)].decode("utf-8", "replace")]


def _sections(data: bytes) -> list[tuple[int, ...]]:
    """Section headers: name, type, flags, address, offset, size, link, ..."""
    start = struct.unpack_from("<Q", data, 40)[0]
    size, count = struct.unpack_from("<HH", data, 58)
    return [struct.unpack_from("<IIQQQQIIQQ", data, start + i * size) for i in range(count)]


def _first_address(data: bytes) -> int:
    """The address that the file's first byte was linked for, rounded down to its page."""
    start = struct.unpack_from("<Q", data, 32)[0]
    size, count = struct.unpack_from("<HH", data, 54)
    loads = (struct.unpack_from("<IIQQ", data, start + i * size) for i in range(count))
    return min((address - offset for kind, _, offset, address in loads if kind == 1), default=0)
