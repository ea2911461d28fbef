"""Who wrote first to how many pages, and whether that was expected."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from logfile import Log
from symbols import Memory

#: Writes where the kernel is about to (src/calls.c): the system call stands for it.
TOUCH = "trap_touch"
#: Calls of a chain that a report shows.
CHAIN = 10


class Writer(NamedTuple):
    """A function and what it writes to."""

    function: str
    place: str

    def __str__(self) -> str:
        return f"{self.function} @ {self.place}"


class Allowed(NamedTuple):
    """A line of allowed.txt: how many pages of a worker this writer may copy, and why."""

    pages: int
    reason: str
    #: The line in brackets above it.
    group: str


#: Whoever is not on the list.
NEW = Allowed(0, "", "not on the list")


class Found(NamedTuple):
    """What was found in all workers."""

    #: Pages in the worker where they were most.
    pages: dict[Writer, int]
    #: The most frequent chains of calls.
    chains: dict[Writer, Counter[str]]


def chain(memory: Memory, frames: Iterable[int]) -> list[str]:
    """Names of the calls that led to a write, the writer first, recursion once."""
    names: list[str] = []
    for name in map(memory.function, frames):
        if name != TOUCH and names[-1:] != [name]:
            names.append(name)
    return names


def function(names: list[str]) -> str:
    """The writer's name. What was stripped has none: then it goes on to the first caller that has one."""
    for length, name in enumerate(names, 1):
        if not (".so" in name or name == "?"):
            return " < ".join(names[:length][-2:])
    return " < ".join(names[:2])


def collect(workers: Iterable[tuple[Log, Memory]]) -> Found:
    """Group the writes of all workers."""
    pages: dict[Writer, int] = defaultdict(int)
    chains: dict[Writer, Counter[str]] = defaultdict(Counter)
    for log, memory in workers:
        counts: Counter[Writer] = Counter()
        for write in log.writes:
            names = chain(memory, write.frames)
            writer = Writer(function(names), memory.place(write.address))
            counts[writer] += 1
            chains[writer][" < ".join(names[:CHAIN])] += 1
        for writer, count in counts.items():
            pages[writer] = max(pages[writer], count)
    return Found(dict(pages), dict(chains))


def read_allowed(path: Path) -> dict[Writer, Allowed]:
    """Read `function @ place | pages | reason` below `[group]`; `#` begins a comment.

    Raises ValueError with the line.
    """
    allowed = {}
    group = ""
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("["):
            group = line.strip("[]")
            continue
        try:
            name, pages, reason = (field.strip() for field in line.split("|"))
            writer, place = name.split(" @ ")
            allowed[Writer(writer, place)] = Allowed(int(pages), reason, group)
        except ValueError:
            raise ValueError(f"{path}:{number}: expected 'function @ place | pages | reason'") from None
        if not reason:
            raise ValueError(f"{path}:{number}: a writer needs a reason")
    return allowed


def unexpected(found: Found, allowed: dict[Writer, Allowed]) -> list[str]:
    """Writers that are not allowed, or not so often, with their calls."""
    lines = []
    for writer, pages in sorted(found.pages.items(), key=lambda item: (-item[1], item[0])):
        entry = allowed.get(writer)
        if entry is not None and pages <= entry.pages:
            continue
        why = "new" if entry is None else f"{entry.pages} allowed"
        lines.append(f"{writer}: {pages} pages, {why}")
        lines.extend(f"    {count} x {calls}" for calls, count in found.chains[writer].most_common(3))
    return lines


def table(found: Found, allowed: dict[Writer, Allowed]) -> list[str]:
    """A row for each group, and one for each of its writers, those of most pages first."""
    rows = ["| pages | allowed | writer | why |", "|---|---|---|---|"]
    known = {writer: allowed.get(writer, NEW) for writer in found.pages}
    for group in dict.fromkeys(entry.group for entry in (NEW, *allowed.values())):
        members = [(pages, writer) for writer, pages in found.pages.items() if known[writer].group == group]
        if not members:
            continue
        rows.append(f"| **{sum(pages for pages, _ in members)}** | | **{group}** | |")
        for pages, writer in sorted(members, key=lambda member: (-member[0], member[1])):
            rows.append(f"| {pages} | {known[writer].pages} | `{writer}` | {known[writer].reason} |")
    return rows
