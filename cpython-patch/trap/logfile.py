"""The log of one process, as src/log.h lays it out."""

import struct
from pathlib import Path
from typing import NamedTuple

FRAMES_MOST = 30
RECORDS_MOST = 65536
HEADER = struct.Struct("8Q")
RECORD = struct.Struct(f"{2 + FRAMES_MOST}Q")
MAGIC = 0x31706172746A616D


class LogError(Exception):
    """A log that is not complete; `str()` tells why."""


class Write(NamedTuple):
    """The first write to a page."""

    address: int
    #: The instruction that wrote, then the calls that led there.
    frames: tuple[int, ...]


class Log(NamedTuple):
    """What one process wrote to first."""

    protected: int
    #: Pages that were left out, with the reason.
    left_out: dict[str, int]
    writes: list[Write]


def read(path: Path) -> Log:
    """Read a log. Raises LogError where pages were not protected or writes are missing."""
    data = path.read_bytes()
    magic, protected, stack, tls, own, failed, count, _ = HEADER.unpack_from(data)
    if magic != MAGIC:
        raise LogError(f"{path}: the trap was not set")
    if failed:
        raise LogError(f"{path}: {failed} pages could not be protected")
    if count > RECORDS_MOST:
        raise LogError(f"{path}: {count} writes, and room for {RECORDS_MOST}")
    writes = []
    for index in range(count):
        address, depth, *frames = RECORD.unpack_from(data, HEADER.size + index * RECORD.size)
        writes.append(Write(address, tuple(frames[:depth])))
    return Log(protected, {"stack": stack, "thread block": tls, "trap": own}, writes)
