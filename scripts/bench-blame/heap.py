"""A large heap, of which every worker writes to one page in twenty and more at its first request."""

import gc
import os
from collections.abc import Callable, Iterable
from typing import Any


class Row:
    """As a row of a table: an instance with a dictionary, and values of its own."""

    def __init__(self, number: int) -> None:
        self.number = number + 1000.5
        self.name = f"row number {number}"
        self.tags = [number + 0.25, (str(number), number)]


def _megabytes() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1_000_000


gc.disable()
ROWS: list[Row] = []
while _megabytes() < 500:
    ROWS.extend(Row(number) for number in range(len(ROWS), len(ROWS) + 1000))

#: Rows, so that one of them is on every twentieth page.
STEP = 20 * 4096 * len(ROWS) // 500_000_000
touched = False


def application(_environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Serve the request; the first one takes the time to write."""
    global touched
    if not touched:
        touched = True
        for row in ROWS[::STEP]:
            row.number = 1.5
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]
