"""Compiles a .po file to a .mo file, so that no gettext program is needed.

Format: "The Format of GNU MO Files" in the gettext manual.
"""

import ast
import struct
from collections.abc import Iterator

MAGIC = 0x950412DE
HEADER_BYTES = 28
ENTRY_BYTES = 8


def compile_catalogue(text: str) -> bytes:
    """The .mo file for the .po file `text`; entries without a translation are left out.

    Raises ValueError naming the line that is not understood.
    """
    entries = sorted(
        ("\0".join(ids).encode(), "\0".join(strings).encode()) for ids, strings in _entries(text) if all(strings)
    )
    count = len(entries)
    position = HEADER_BYTES + 2 * count * ENTRY_BYTES
    tables, data = [], b""
    for column in (0, 1):
        for entry in entries:
            tables.append(struct.pack("<II", len(entry[column]), position + len(data)))
            data += entry[column] + b"\0"
    header = struct.pack(
        "<7I",
        MAGIC,
        0,
        count,
        HEADER_BYTES,
        HEADER_BYTES + count * ENTRY_BYTES,
        0,
        HEADER_BYTES + 2 * count * ENTRY_BYTES,
    )
    return header + b"".join(tables) + data


def _entries(text: str) -> Iterator[tuple[list[str], list[str]]]:
    """Each entry as its message ids (singular, plural) and its translations."""
    ids: list[str] = []
    strings: list[str] = []
    current = ids
    for number, line in enumerate([*text.splitlines(), 'msgid ""'], 1):
        keyword, _, rest = line.strip().partition(" ")
        if not keyword or keyword.startswith("#"):
            continue
        if keyword == "msgid" and strings:
            yield ids, strings
            ids, strings = [], []
        if keyword in ("msgid", "msgid_plural"):
            current = ids
        elif keyword.startswith("msgstr"):
            current = strings
        elif not keyword.startswith('"'):
            raise ValueError(f"line {number} is not understood: {line}")
        if keyword.startswith('"'):
            current[-1] += ast.literal_eval(line.strip())
        else:
            current.append(ast.literal_eval(rest))
