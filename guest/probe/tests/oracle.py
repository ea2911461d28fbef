"""The definitions once more, as plainly as they can be written: page by page, with dictionaries.

The tests hold the probe's counts against these. Kernel interfaces as in src/pagemap.h and src/maps.h.
"""

import ctypes
import mmap
import struct
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PAGE = mmap.PAGESIZE
FRAME = (1 << 55) - 1
EXCLUSIVE, GUARD, FILE, SWAPPED, PRESENT = (1 << bit for bit in (56, 58, 61, 62, 63))

Identity = tuple[object, ...]


@dataclass(frozen=True)
class Mapping:
    """One line of /proc/PID/maps; addresses in pages."""

    start: int
    end: int
    permissions: str
    offset: int
    device: str
    inode: int
    name: str

    def identity(self) -> Identity:
        """What makes two processes' mappings of one address the same mapping."""
        place = self.offset - self.start if self.inode else self.name
        return (self.permissions[3], self.device, self.inode, place)


@dataclass
class Image:
    """Every resident page of a process: page number -> (entry, mapping)."""

    pages: dict[int, tuple[int, Mapping]] = field(default_factory=dict)
    mappings: list[Mapping] = field(default_factory=list)

    def mapping_at(self, page: int) -> Mapping | None:
        return next((mapping for mapping in self.mappings if mapping.start <= page < mapping.end), None)


def read_mappings(pid: int) -> list[Mapping]:
    mappings = []
    for line in Path(f"/proc/{pid}/maps").read_text(encoding="utf-8", errors="replace").splitlines():
        addresses, permissions, offset, device, inode, *name = line.split(maxsplit=5)
        start, end = (int(address, 16) // PAGE for address in addresses.split("-"))
        if name != ["[vsyscall]"]:
            place = int(offset, 16) // PAGE
            mappings.append(Mapping(start, end, permissions, place, device, int(inode), "".join(name)))
    return mappings


def resident(entry: int) -> bool:
    return bool(entry & PRESENT) or (bool(entry & SWAPPED) and not entry & GUARD)


def read_image(pid: int) -> Image:
    image = Image(mappings=read_mappings(pid))
    with open(f"/proc/{pid}/pagemap", "rb", buffering=0) as pagemap:
        for mapping in image.mappings:
            pagemap.seek(mapping.start * 8)
            data = pagemap.read((mapping.end - mapping.start) * 8)
            for index, (entry,) in enumerate(struct.iter_unpack("=Q", data)):
                if entry and resident(entry):
                    image.pages[mapping.start + index] = (entry, mapping)
    return image


def own_entry(page: int) -> int:
    """The page table entry of a page of this process."""
    with open("/proc/self/pagemap", "rb", buffering=0) as pagemap:
        pagemap.seek(page * 8)
        (entry,) = struct.unpack("=Q", pagemap.read(8))
        return int(entry)


def zero_frame() -> int:
    """The frame of a page that was read and never written."""
    memory = mmap.mmap(-1, PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if memory[0] != 0:
        raise AssertionError("fresh memory is not zero")
    view = ctypes.c_char.from_buffer(memory)
    return own_entry(ctypes.addressof(view) // PAGE) & FRAME


def preloaded(master: int, zero: int) -> dict[int, Identity]:
    """P0: page number -> identity of its mapping."""
    return {
        page: mapping.identity()
        for page, (entry, mapping) in read_image(master).pages.items()
        if mapping.permissions[1] == "w" and mapping.permissions[3] == "p" and entry & FRAME != zero
    }


def unread(page: int, identity: Identity, image: Image, master: Image) -> bool:
    """Whether the first read would give the process the page of the file that the master has there."""
    mapping = image.mapping_at(page)
    same = mapping is not None and mapping.identity() == identity
    entry, place = master.pages.get(page, (0, None))
    return bool(same and page not in image.pages and place and place.identity() == identity and entry & FILE)


def count_process(
    p0: dict[int, Identity], image: Image, master: Image, users: dict[int, Counter[int]], zero: int
) -> dict[str, int]:
    """States of the preloaded pages of one process, and its new pages."""
    counts = Counter(shared=0, lost=0, replaced=0, absent=0, unread=0, new=0)
    for page, identity in p0.items():
        mapping = image.mapping_at(page)
        entry = image.pages[page][0] if page in image.pages else 0
        if mapping is not None and mapping.identity() != identity:
            counts["replaced"] += 1
        elif unread(page, identity, image, master):
            counts.update(("shared", "unread"))
        elif not entry:
            counts["absent"] += 1
        elif entry & FRAME != zero:
            counts["shared" if users[page][entry & FRAME] > 1 else "lost"] += 1
    for page, (entry, mapping) in image.pages.items():
        kept = page in p0 and mapping.identity() == p0[page]
        own = entry & EXCLUSIVE and not entry & FILE and entry & FRAME != zero
        counts["new"] += bool(own and mapping.permissions[3] == "p" and not kept)
    return dict(counts)


def sample(p0: dict[int, Identity], pids: list[int], zero: int) -> dict[str, Any]:
    """The numbers of a sample that follow from frames; master first."""
    images = [read_image(pid) for pid in pids]
    users: dict[int, Counter[int]] = {page: Counter() for page in p0}
    frames = set()
    zeros = 0
    for image in images:
        for page, (entry, mapping) in image.pages.items():
            if entry & FRAME == zero:
                zeros += 1
                continue
            frames.add(entry & FRAME)
            if page in p0 and mapping.identity() == p0[page]:
                users[page][entry & FRAME] += 1
        for page, identity in p0.items():
            if unread(page, identity, image, images[0]):
                users[page][images[0].pages[page][0] & FRAME] += 1
    lost = sum(len(counter) - 1 for counter in users.values() if counter)
    return {
        "fleetBytes": len(frames) * PAGE,
        "lostBytes": lost * PAGE,
        "idealBytes": (len(frames) - lost) * PAGE,
        "zeroFrames": zeros,
        "processes": [count_process(p0, image, images[0], users, zero) for image in images],
    }
