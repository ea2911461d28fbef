"""Which place of the fleet a worker takes, and whether all places are taken.

The master only pops and appends in a list made before the gate. What the workers have to agree on,
that the fleet is ready, they settle among themselves in the run folder.
"""

import os

_free = []  # type: list[tuple[int, int | None]]


def open_places(workers):
    # type: (int) -> None
    """Make the places 0 to `workers` - 1, in the master before the gate."""
    _free.extend((slot, None) for slot in reversed(range(workers)))


def take():
    # type: () -> tuple[int, int | None]
    """The next place and the pid of the worker that left it; in the master before a fork."""
    return _free.pop()


def leave(slot, pid):
    # type: (int, int) -> None
    """The worker `pid` is gone; in the master."""
    _free.append((slot, pid))


def booted(run_dir, slot, workers):
    # type: (str, int, int) -> bool
    """Note that the worker in `slot` has booted; in the worker.

    Returns True in exactly one process: the one that found all places booted first.
    """
    descriptor = os.open(run_dir + "/booted", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        os.lseek(descriptor, slot, os.SEEK_SET)
        os.write(descriptor, b"1")
        os.lseek(descriptor, 0, os.SEEK_SET)
        if os.read(descriptor, workers) != b"1" * workers:
            return False
    finally:
        os.close(descriptor)
    try:
        os.close(os.open(run_dir + "/ready", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644))
    except OSError:
        return False
    return True
