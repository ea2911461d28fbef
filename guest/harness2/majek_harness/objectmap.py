"""The object map: what blame must know of the master's heap and cannot read off its pages.

A child that is forked from the waiting master writes it (`gate`), as the harness of Python 3 does, in the same format:
what is imported and made here is never in the heap that is measured.
"""

import ctypes
import json
import os
import struct
import sys

import thread  # type: ignore[import-not-found]

FORMAT = 1

# Offsets in CPython 2.7 on 64 bits.
_MEMBER_DESCRIPTOR_MEMBER = 32  # PyMemberDescrObject.d_member
_MEMBER_DEF_OFFSET = 16  # PyMemberDef.offset

#: Of tp_flags only what means the same in Python 3: heap types, and classes with a header of the collector.
_FLAGS = 1 << 9 | 1 << 14

# ELF (System V ABI, chapters 4 and 5): section types and the flag of writable sections; STT_OBJECT of symbols.
_SHT_SYMTAB, _SHT_DYNSYM = 2, 11
_SHF_WRITE = 1
_STT_OBJECT = 1
_ELF_MAGIC = b"\x7fELF\x02\x01"  # 64 bits, little-endian


def write(path):
    # type: (str) -> None
    """Write the map as one JSON document; the file is there when it is complete."""
    with open(path + ".part", "wb") as file:
        file.write(json.dumps(describe(), separators=(",", ":")).encode("ascii"))
    os.rename(path + ".part", path)


def describe():
    # type: () -> dict[str, object]
    """The map; addresses are plain numbers. There is no `_PyRuntime`: Python 2 keeps its state in variables."""
    files = _files()
    return {
        "format": FORMAT,
        "python": list(sys.version_info[:3]),
        "runtime": 0,
        "thread": thread.get_ident(),  # glibc: the address of the thread's own block, beside its variables
        "modules": [[_text(name), id(module)] for name, module in sys.modules.items() if module is not None],
        "types": [_type(one) for one in _types()],
        "files": [[_text(path), start, end] for path, (start, end) in files.items()],
        "symbols": [symbol for path, (start, _) in files.items() for symbol in _symbols(path, start)],
    }


def _text(name):
    # type: (object) -> object
    """What JSON takes: names of files may be any bytes."""
    return name.decode("utf-8", "replace") if isinstance(name, bytes) else name


def _types():
    # type: () -> list[type]
    """Every class that is alive and new-style: types know their subclasses."""
    seen = {object}
    waiting = [object]
    found = []  # type: list[type]
    while waiting:
        one = waiting.pop()
        found.append(one)
        below = [each for each in type.__subclasses__(one) if each not in seen]
        seen.update(below)
        waiting.extend(below)
    return found


def _type(one):
    # type: (type) -> list[object]
    """[address, name, basic size, item size, flags, offset of the dict, offset of weak references, {offset: field}]."""
    module = type.__dict__["__module__"].__get__(one)
    name = one.__name__ if module == "__builtin__" else "%s:%s" % (module, one.__name__)
    return [
        id(one),
        _text(name),
        one.__basicsize__,
        one.__itemsize__,
        one.__flags__ & _FLAGS,
        one.__dictoffset__,
        one.__weakrefoffset__,
        _fields(one),
    ]


def _fields(one):
    # type: (type) -> dict[str, str]
    """Offsets of the fields that a class or a base names: slots, and members that C code declares."""
    found = {}
    for base in reversed(type.__dict__["__mro__"].__get__(one)):
        for name, value in getattr(base, "__dict__", {}).items():  # a class of the old style may be a base
            if type(value).__name__ == "member_descriptor":
                member = ctypes.c_void_p.from_address(id(value) + _MEMBER_DESCRIPTOR_MEMBER).value
                if member:
                    offset = ctypes.c_ssize_t.from_address(member + _MEMBER_DEF_OFFSET).value
                    found[str(offset)] = str(name)
    return found


def _files():
    # type: () -> dict[str, tuple[int, int]]
    """Each file that is mapped from its first byte on, with the addresses where its mappings begin and end."""
    found = {}  # type: dict[str, tuple[int, int]]
    with open("/proc/self/maps") as maps:
        for line in maps:
            fields = line.split(None, 5)
            if len(fields) < 6 or not fields[5].startswith("/"):
                continue
            path = fields[5].rstrip("\n")
            start, end = (int(part, 16) for part in fields[0].split("-"))
            if path in found or fields[2] == "00000000":
                found[path] = (found.get(path, (start, end))[0], end)
    return found


def _symbols(path, base):
    # type: (str, int) -> list[list[object]]
    """[address, size, name] of every variable in writable sections of a file, if it is an ELF file that can be read."""
    found = []  # type: list[list[object]]
    try:
        with open(path, "rb") as file:
            data = file.read()
    except EnvironmentError:
        return found
    if not data.startswith(_ELF_MAGIC):
        return found
    shift = base - _first_address(data)
    sections = _sections(data)
    tables = [one for one in sections if one[1] == _SHT_SYMTAB] or [one for one in sections if one[1] == _SHT_DYNSYM]
    symbol = struct.Struct("<IBBHQQ")
    for _, _, _, _, offset, size, link, _, _, _ in tables:
        names = sections[link][4]
        for at in range(offset, offset + size, symbol.size):
            name, info, _, section, value, length = symbol.unpack_from(data, at)
            if info & 15 == _STT_OBJECT and length and section < len(sections) and sections[section][2] & _SHF_WRITE:
                start = names + name
                text = data[start : data.index(b"\0", start)].decode("utf-8", "replace")
                found.append([shift + value, length, text])
    return found


def _sections(data):
    # type: (bytes) -> list[tuple[int, ...]]
    """Section headers: name, type, flags, address, offset, size, link, ..."""
    start = struct.unpack_from("<Q", data, 40)[0]
    size, count = struct.unpack_from("<HH", data, 58)
    return [struct.unpack_from("<IIQQQQIIQQ", data, start + i * size) for i in range(count)]


def _first_address(data):
    # type: (bytes) -> int
    """The address that the file's first byte was linked for, rounded down to its page."""
    start = struct.unpack_from("<Q", data, 32)[0]
    size, count = struct.unpack_from("<HH", data, 54)
    loads = [struct.unpack_from("<IIQQ", data, start + i * size) for i in range(count)]  # type: list[tuple[int, ...]]
    return min([address - offset for kind, _, offset, address in loads if kind == 1] or [0])
