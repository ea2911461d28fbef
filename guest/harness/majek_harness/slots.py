"""Which place of the fleet a worker takes, and whether all places are taken.

The master only pops and appends in a list made before the gate. What the workers have to agree on,
that the fleet is ready, they settle among themselves in the run folder.
"""

import os

_free: list[tuple[int, int | None]] = []


def open_places(workers: int) -> None:
    """Make the places 0 to `workers` - 1, in the master before the gate."""
    _free.extend((slot, None) for slot in reversed(range(workers)))


def take() -> tuple[int, int | None]:
    """The next place and the pid of the worker that left it; in the master before a fork."""
    return _free.pop()


def leave(slot: int, pid: int) -> None:
    """The worker `pid` is gone; in the master."""
    _free.append((slot, pid))


def booted(run_dir: str, slot: int, workers: int) -> bool:
    """Note that the worker in `slot` has booted; in the worker.

    Returns True in exactly one process: the one that found all places booted first.
    """
    descriptor = os.open(f"{run_dir}/booted", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        os.pwrite(descriptor, b"1", slot)
        if os.pread(descriptor, workers, 0) != b"1" * workers:
            return False
    finally:
        os.close(descriptor)
    try:
        os.close(os.open(f"{run_dir}/ready", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644))
    except FileExistsError:
        return False
    return True
