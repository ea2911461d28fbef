"""One heap, and one way to unshare it at a time.

The master builds the heap when it imports this module, and forks. Then every worker does one thing to it: what the
variable COW_CAUSE names. `python3 -m anatomy` says how many pages each of them should cost a worker; `majek-lab run
cow-anatomy` measures it.
"""

import gc
import os
import time
from collections.abc import Callable, Iterable
from typing import Any

PAGE = 4096
#: Of each kind; enough for some hundred pages.
COUNT = 20_000


class Record:
    """An instance with one field, which the collector tracks: 16 bytes of its header stand before it."""

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value


def _function(number: int) -> Callable[[], int]:
    namespace: dict[str, Any] = {}
    exec(f"def cold_{number}():\n    return {number}\n", namespace)
    return namespace[f"cold_{number}"]


# The collector would write to all of this whenever it runs; it is one of the causes, and stays out of the others.
gc.disable()
#: Four megabytes behind one header.
BYTES = bytes(1024 * PAGE)
FLOATS = [number + 0.5 for number in range(COUNT)]
#: No string has been asked for its hash yet. Their lengths keep them out of the intern table.
STRINGS = ["-".join(("text", str(number))) for number in range(COUNT)]
RECORDS = [Record(None) for _ in range(COUNT)]
GARBAGE = [[number] for number in range(COUNT)]
FUNCTIONS = [_function(number) for number in range(2_000)]


def nothing() -> None:
    """Serve the request, and no more: what any worker costs."""


def read_bytes() -> None:
    """Read four megabytes that belong to one object."""
    BYTES.count(b"x")


def read_objects() -> None:
    """Look at 20,000 numbers: each look counts a reference up and down."""
    for _ in FLOATS:
        pass


def collect() -> None:
    """Let the collector run once: it writes to the header of everything that it tracks."""
    gc.collect()


def hash_strings() -> None:
    """Ask for hashes, which strings keep once they have them."""
    for text in STRINGS:
        hash(text)


def call_functions() -> None:
    """Call functions that nobody has called before: byte code counts its runs, and rewrites itself."""
    for function in FUNCTIONS:
        function()


def write_fields() -> None:
    """Set a field of 20,000 instances: what the program really changes."""
    for record in RECORDS:
        record.value = True


def free_objects() -> None:
    """Drop 20,000 lists: the allocator keeps its list of free blocks in the blocks themselves."""
    GARBAGE.clear()


CAUSES: dict[str, Callable[[], None]] = {
    "nothing": nothing,
    "read-bytes": read_bytes,
    "read-objects": read_objects,
    "collect": collect,
    "hash": hash_strings,
    "call": call_functions,
    "write": write_fields,
    "free": free_objects,
}

_done = False


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Do what COW_CAUSE says, at the first request of a worker."""
    global _done
    if not _done:
        _done = True
        CAUSES[os.environ["COW_CAUSE"]]()
    time.sleep(0.005)  # whoever answers at once is asked again: this lets every worker have its share
    body = b"done\n"
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


def pages(addresses: Iterable[int]) -> set[int]:
    """Numbers of the pages that hold these addresses."""
    return {address // PAGE for address in addresses}


def predictions() -> dict[str, int]:
    """Pages that each cause writes to, from the addresses of what it writes. `id()` is an object's address."""
    header = 16  # the collector's, in front of the object
    hashed = 24  # of a string, from its start: after reference count, type and length
    field = 16  # the first one: after reference count and type
    code = [function.__code__ for function in FUNCTIONS]
    counted = [*FUNCTIONS, *code]
    storage = [ctypes.c_void_p.from_address(id(one) + 24).value or 0 for one in GARBAGE]
    written = {
        "nothing": pages([]),
        "read-bytes": pages([id(BYTES)]),
        "read-objects": pages(map(id, FLOATS)),
        "collect": pages(id(thing) - header for thing in gc.get_objects()),
        "hash": pages(id(text) + offset for text in STRINGS for offset in (0, hashed)),
        "call": pages(map(id, counted)) | pages(id(one) + type(one).__basicsize__ for one in code),
        "write": pages(map(id, RECORDS)) | pages(id(record) + field for record in RECORDS),
        "free": pages(id(one) - header for one in GARBAGE) | pages(storage) | pages(id(one[0]) for one in GARBAGE),
    }
    return {cause: len(numbers) for cause, numbers in written.items()}


if __name__ == "__main__":
    import ctypes

    import gunicorn.app.wsgiapp
    import gunicorn.workers.sync  # noqa: F401 - the fleet has them too

    for cause, number in predictions().items():
        print(f"{cause:14}{number:6,} pages  {CAUSES[cause].__doc__}")
