"""Work that an interpreter has not done before: `PYTHON kernels.py SEAL ROUNDS`, where SEAL is -, hot or frozen."""

import gc
import sys


def arithmetic(rounds: int) -> int:
    """Integers."""
    total = 0
    for i in range(rounds):
        total += i * 3 - (i >> 1)
    return total


class Cell:
    """An object with an attribute and a method."""

    def __init__(self, value: int) -> None:
        self.value = value

    def get(self) -> int:
        """What is in it."""
        return self.value


def attributes(rounds: int) -> int:
    """Attributes, methods, a builtin."""
    cell = Cell(1)
    total = 0
    for i in range(rounds):
        cell.value = i
        total += cell.get() + len("abc")
    return total


def containers(rounds: int) -> int:
    """Lists and dicts."""
    table: dict[int, int] = {}
    items = []
    for i in range(rounds):
        table[i & 255] = i
        if i & 255 in table:
            items.append(table[i & 255])
    return len(items)


def texts(rounds: int) -> int:
    """Strings."""
    found = 0
    for i in range(rounds):
        text = "x" + str(i)
        found += text == "x7"
    return found


def calls(rounds: int) -> None:
    """Functions that are made at run time, with and without keywords."""

    def inner(a: int, b: int = 2) -> int:
        return a + b

    for i in range(rounds):
        inner(i)
        inner(i, b=3)


if __name__ == "__main__":
    if sys.argv[1] != "-":
        gc.seal(adaptive=sys.argv[1])  # type: ignore[attr-defined]
    for kernel in (arithmetic, attributes, containers, texts, calls):
        kernel(int(sys.argv[2]))
