"""Names of functions and variables in the memory of a process."""

import os
import re
import struct
import subprocess
from bisect import bisect_right
from functools import cache
from pathlib import PurePath
from typing import NamedTuple

#: Parts and clones that the compiler makes of a function.
CLONE = re.compile(r"\.(cold|part|isra|constprop|lto_priv|localalias|str1)\b.*$")
PAGE_BYTES = 4096
PT_LOAD = 1
MAP_LINE = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (\S+) ([0-9a-f]+) \S+ (\d+) *(.*)")


class Symbol(NamedTuple):
    """A name, and where it is relative to the start of its module."""

    start: int
    size: int
    name: str


class Mapping(NamedTuple):
    """A line of `/proc/PID/maps`; `module` is the file it belongs to, or a name in brackets, or nothing."""

    start: int
    end: int
    base: int
    module: str


@cache
def symbols(path: str) -> list[Symbol]:
    """The symbols of an ELF file, by address: all of them, or those for dynamic linking where it was stripped."""
    found: dict[int, Symbol] = {}
    for option in ([], ["--dynamic"]):
        command = [os.environ.get("NM", "nm"), "--defined-only", "--print-size", *option, path]
        for line in subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines():
            fields = line.split()
            if len(fields) == 4:  # those without a size mark places
                start = int(fields[0], 16)
                found.setdefault(start, Symbol(start, int(fields[1], 16), CLONE.sub("", fields[3].split("@")[0])))
        if found:
            break
    return sorted(found.values())


@cache
def memory_bytes(path: str) -> int:
    """How much memory an ELF file of 64 bits takes from its first byte to the end of its .bss (elf(5))."""
    with open(path, "rb") as file:
        header = file.read(64)
        offset: int = struct.unpack_from("<Q", header, 32)[0]
        size, count = struct.unpack_from("<HH", header, 54)
        file.seek(offset)
        headers = [struct.unpack_from("<IIQQQQQQ", file.read(size)) for _ in range(count)]
    end: int = max(address + memory for kind, _, _, address, _, _, memory, _ in headers if kind == PT_LOAD)
    return -(-end // PAGE_BYTES) * PAGE_BYTES


class Memory:
    """The mappings of a process."""

    def __init__(self, maps: str) -> None:
        """Take the text of `/proc/PID/maps`."""
        self.mappings: list[Mapping] = []
        bases: dict[str, int] = {}
        for line in maps.splitlines():
            match = MAP_LINE.fullmatch(line)
            assert match is not None, line
            start, end, inode, module = int(match[1], 16), int(match[2], 16), int(match[5]), match[6]
            before = self.mappings[-1] if self.mappings else None
            if inode:
                base = bases.setdefault(module, start)
            elif not module and before is not None and before.end == start and before.base:
                base, module = before.base, before.module  # its .bss, and whatever was mapped behind it
            else:
                base = 0
            self.mappings.append(Mapping(start, end, base, module))

    def _at(self, address: int) -> Mapping | None:
        index = bisect_right(self.mappings, address, key=lambda mapping: mapping.start) - 1
        if index < 0 or address >= self.mappings[index].end:
            return None
        mapping = self.mappings[index]
        behind = mapping.base and address - mapping.base >= memory_bytes(mapping.module)
        return mapping._replace(base=0, module="") if behind else mapping

    @staticmethod
    def _symbol(mapping: Mapping, address: int) -> str | None:
        table = symbols(mapping.module)
        offset = address - mapping.base
        index = bisect_right(table, offset, key=lambda symbol: symbol.start) - 1
        return table[index].name if index >= 0 and offset < table[index].start + table[index].size else None

    def function(self, address: int) -> str:
        """The function of an instruction; the name of its library where the symbol was stripped."""
        mapping = self._at(address)
        if mapping is None or not mapping.base:
            return "?"
        return self._symbol(mapping, address) or PurePath(mapping.module).name

    def place(self, address: int) -> str:
        """What is written: a variable, the data of a library, `[heap]` (the C heap), or `anonymous`."""
        mapping = self._at(address)
        if mapping is None or not mapping.module:
            return "anonymous"
        if not mapping.base:
            return mapping.module
        return self._symbol(mapping, address) or f"data of {PurePath(mapping.module).name}"
