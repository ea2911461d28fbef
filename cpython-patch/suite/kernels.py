"""Ten kernels in the manner of pyperformance, for counting instructions: `PYTHON kernels.py SEAL MIX`.

SEAL is -, hot or frozen: what happens before the counted part. MIX says what ran before it:

    warm      each kernel, on the data that is counted
    cold      nothing
    shifted   each kernel, on data of other types

Each kernel, and nothing else, stands between two calls of os.getpgrp(): bin/instructions has callgrind write down what
was counted at each of these. It prints the names of the kernels in their order. Every kernel does the same each time,
and depends on neither clock nor random numbers.
"""

import gc
import json
import math
import os
import pickle
import re
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from string import Template
from typing import Any

#: Two sets of data for each kernel, of different types.
USUAL, OTHER = 0, 1


def floats(rounds: int, kind: int) -> Any:
    """Bodies that attract each other (nbody): arithmetic on attributes of lists."""
    one: Any = 1.0 if kind == USUAL else 1
    bodies = [[one * (3 * i), one * (i * i), one * (7 - i), one * (i + 1)] for i in range(5)]
    for _ in range(rounds):
        for body in bodies:
            x, y, z, mass = body
            for other in bodies:
                if other is not body:
                    dx, dy, dz = x - other[0], y - other[1], z - other[2]
                    force = (dx * dx + dy * dy + dz * dz) * mass
                    body[0] = x + dx * force % 3 - 1
                    body[1] = y + dy * force % 5 - 2
                    body[2] = z + dz * force % 7 - 3
    return bodies


class Task:
    """A task of a scheduler."""

    def __init__(self, name: Any, priority: Any) -> None:
        self.name = name
        self.priority = priority
        self.queue: list[Any] = []
        self.done = 0

    def runnable(self) -> bool:
        """Whether there is work."""
        return bool(self.queue)

    def run(self) -> Any:
        """Does one piece of work."""
        self.done += 1
        return self.queue.pop() + self.priority


class SlottedTask(Task):
    """The same with slots, properties and another method of running."""

    __slots__ = ("extra",)

    def runnable(self) -> bool:
        """Whether there is work."""
        return len(self.queue) > 0

    def run(self) -> Any:
        """Does one piece of work, through its base."""
        self.extra = super().run()
        return self.extra


def objects(rounds: int, kind: int) -> Any:
    """A scheduler and its tasks (richards): attributes and methods."""
    tasks: list[Task] = [Task(i, i % 3) if kind == USUAL else SlottedTask(str(i), float(i)) for i in range(6)]
    total: Any = 0
    for i in range(rounds):
        tasks[i % 6].queue.append(i)
        for task in tasks:
            if task.runnable():
                total += task.run()
    return total


class Variable:
    """A value that constraints connect."""

    def __init__(self, value: Any) -> None:
        self.value = value
        self.constraints: list[Constraint] = []


class Constraint:
    """Keeps one variable a function of another."""

    strength = 1

    def __init__(self, source: Variable, target: Variable) -> None:
        self.source, self.target = source, target
        source.constraints.append(self)

    def satisfied(self) -> bool:
        """Whether nothing is to be done."""
        return bool(self.target.value == self.expected())

    def expected(self) -> Any:
        """What the target should be."""
        return self.source.value

    @property
    def weight(self) -> int:
        """How much it matters."""
        return self.strength


class Scale(Constraint):
    """Twice its source, and one more."""

    strength = 3

    def expected(self) -> Any:
        """What the target should be."""
        return self.source.value * 2 + 1


class Shift(Constraint):
    """Its source and a bit."""

    @staticmethod
    def offset() -> float:
        """The bit."""
        return 0.5

    def expected(self) -> Any:
        """What the target should be."""
        return self.source.value + self.offset()


def classes(rounds: int, kind: int) -> Any:
    """Chains of constraints (deltablue): classes that override methods, properties, polymorphic calls."""
    of: list[type[Constraint]] = [Constraint, Scale] if kind == USUAL else [Shift, Constraint, Shift]
    chain = [Variable(0) for _ in range(12)]
    for i in range(11):
        of[i % len(of)](chain[i], chain[i + 1])
    weight = 0
    for i in range(rounds):
        chain[0].value = i % 13
        for variable in chain:
            for constraint in variable.constraints:
                if not constraint.satisfied():
                    constraint.target.value = constraint.expected()
                    weight += constraint.weight
    return weight


def documents(rounds: int, kind: int) -> Any:
    """JSON there and back."""
    entry: Any = {"id": 7, "name": "a name \u00e9", "tags": ["a", "b"], "nested": {"x": 1.5, "y": None, "z": True}}
    if kind == OTHER:
        entry = [[i, i * 1.5, -i] for i in range(12)]
    size = 0
    for i in range(rounds):
        text = json.dumps(entry, indent=2 if i % 4 == 0 else None, sort_keys=kind == USUAL)
        size += len(text) + len(json.loads(text))
    return size


def expressions(rounds: int, kind: int) -> Any:
    """Regular expressions: matched, searched, substituted."""
    text: Any = "GET /archive/2024/05/entry-17/?page=3&q=word HTTP/1.1 and some more words to pass"
    patterns: list[Any] = [r"/(\d{4})/(\d\d)/", r"(?P<key>\w+)=(?P<value>\w+)", r"\b[a-z]+\b"]
    if kind == OTHER:
        text, patterns = text.encode(), [pattern.encode() for pattern in patterns]
    found = 0
    for _ in range(rounds):
        for pattern in patterns:
            compiled = re.compile(pattern)
            found += sum(len(match.group()) for match in compiled.finditer(text))
            found += len(compiled.sub(lambda match: match.group()[:2], text))
    return found


def texts(rounds: int, kind: int) -> Any:
    """Strings and dicts that come and go."""
    counts: dict[Any, Any] = {}
    for i in range(rounds):
        if kind == USUAL:
            key: Any = f"key {i % 97:03d}".upper().replace(" ", "_")
            counts[key] = counts.get(key, 0) + len(key.split("_"))
        else:
            key = (i % 97, b"%03d" % (i % 31))
            counts[key] = counts.get(key, 0.0) + len(key[1].split(b"1"))
        if i % 50 == 0:
            counts = {name: count for name, count in sorted(counts.items()) if count}
        if i % 400 == 0:
            counts.clear()
    return len(counts)


def tree(depth: int, kind: int) -> Iterator[Any]:
    """The nodes of a tree, in order."""
    if depth:
        yield from tree(depth - 1, kind)
        yield depth if kind == USUAL else (depth, str(depth))
        yield from tree(depth - 1, kind)


def generators(rounds: int, kind: int) -> Any:
    """Generators in generators, comprehensions, unpacking."""
    total = 0
    for i in range(rounds):
        nodes = [node for node in tree(5, kind) if node]
        first, *_, last = nodes
        total += len(nodes) + sum(n * i for n in range(10)) + (first == last)
        total += any(node == i for node in nodes)
    return total


class RefusedError(ValueError):
    """An error of one's own."""

    def __init__(self, what: Any) -> None:
        super().__init__(what)
        self.what = what


def refuse(value: Any, kind: int) -> Any:
    """Raises for most values, in different depths."""
    if value % 3 == 0:
        raise RefusedError(value) if kind == USUAL else KeyError(str(value))
    if value % 3 == 1:
        return refuse(value - 1, kind)
    return {} if kind == USUAL else []


def exceptions(rounds: int, kind: int) -> Any:
    """Raised, caught, chained, cleaned up after."""
    caught = 0
    for i in range(rounds):
        try:
            try:
                caught += len(refuse(i if kind == USUAL else float(i), kind))
            except (RefusedError, KeyError) as error:
                caught += len(error.args)
                raise TypeError("chained") from error
            finally:
                caught += 1
        except TypeError as error:
            caught += error.__cause__ is not None
    return caught


class Escaped(str):
    """Text that is not escaped again."""

    __slots__ = ()


def escape(value: Any) -> str:
    """Text for a page."""
    if isinstance(value, Escaped):
        return value
    return Escaped(str(value).replace("&", "&amp;").replace("<", "&lt;"))


def templates(rounds: int, kind: int) -> Any:
    """Pages from templates: look-ups by name, filters, joins."""
    page = Template("<tr><td>$number</td><td class=$style>${title}</td></tr>\n")
    filters: dict[str, Callable[[Any], str]] = {"escape": escape, "upper": lambda value: escape(value).upper()}
    rows: list[Any] = [f"Entry <{i}> & more" for i in range(8)]
    if kind == OTHER:
        rows = [Escaped("fine") if i % 2 else Fraction(i, 3) for i in range(8)]
    size = 0
    for i in range(rounds):
        parts = []
        for number, row in enumerate(rows):
            title = filters["upper" if number % 2 else "escape"](row)
            parts.append(page.substitute(number=number, style="odd" if i % 2 else "even", title=title))
        size += len("".join(parts))
    return size


def pickles(rounds: int, kind: int) -> Any:
    """Objects through pickle and back, in both protocols that matter."""
    thing: Any = {"task": Task("t", 1), "list": [1, 2.5, "text", None], "set": {1, 2}, "tuple": (True, b"b")}
    if kind == OTHER:
        thing = [Fraction(1, 3), math.inf, {i: str(i) for i in range(10)}, complex(1, 2)]
    size = 0
    for i in range(rounds):
        data = pickle.dumps(thing, protocol=5 if i % 2 else 2)
        size += len(data) + len(pickle.loads(data))
    return size


#: How often each runs: 15 to 70 million instructions.
KERNELS: dict[Callable[[int, int], Any], int] = {
    floats: 750,
    objects: 5000,
    classes: 1000,
    documents: 250,
    expressions: 125,
    texts: 5000,
    generators: 300,
    exceptions: 5000,
    templates: 125,
    pickles: 750,
}


def main() -> None:
    """Runs what is not counted, seals, runs what is."""
    seal, mix = sys.argv[1:]
    # Twice: after one pass objects() ran unspecialized once sealed, perhaps because pickles() changes a class of it.
    for _ in range(0 if mix == "cold" else 2):
        for kernel, rounds in KERNELS.items():
            kernel(rounds // 2, USUAL if mix == "warm" else OTHER)
    gc.collect()
    if seal != "-":
        gc.seal(adaptive=seal)  # type: ignore[attr-defined]
    for kernel, rounds in KERNELS.items():
        os.getpgrp()
        kernel(rounds, USUAL)
        os.getpgrp()
    print(*(kernel.__name__ for kernel in KERNELS))


if __name__ == "__main__":
    main()
