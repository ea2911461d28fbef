"""What is done before gunicorn replaces this process.

None of it may be imported after `exec`: ctypes alone would add its library to the measured heap.
"""

import ctypes
import os
import shutil
import socket
import stat
import time

PR_SET_THP_DISABLE = 41  # linux/prctl.h; kept across fork and execve (prctl(2))


class PrepareError(Exception):
    """The container is not as the harness needs it; `str()` is one line."""


def run_dir(path: str) -> None:
    """Check that `path` can be written by us and entered by the probe; remove an earlier run's files."""
    if not os.path.isdir(path):
        raise PrepareError(f"MAJEK_LAB_RUN_DIR {path} is not a folder; mount a tmpfs there")
    if not os.access(path, os.W_OK | os.X_OK):
        raise PrepareError(f"MAJEK_LAB_RUN_DIR {path} cannot be written by uid {os.getuid()}")
    mode = stat.S_IMODE(os.stat(path).st_mode)
    if not mode & stat.S_IXOTH:
        try:
            os.chmod(path, mode | stat.S_IXGRP | stat.S_IXOTH)
        except OSError as error:
            raise PrepareError(f"MAJEK_LAB_RUN_DIR {path} cannot be entered by others: {error.strerror}") from error
    for name in ("gate", "booted", "ready", "failed"):
        try:
            os.unlink(os.path.join(path, name))
        except FileNotFoundError:
            pass


def database(source: str, folder: str) -> str:
    """Copy the fixture `source` into `folder`, which is in memory, and return the copy's path."""
    target = os.path.join(folder, os.path.basename(source))
    try:
        shutil.copyfile(source, target)
        os.chmod(target, 0o600)
    except OSError as error:
        raise PrepareError(f"cannot copy MAJEK_LAB_DATABASE_SOURCE {source} to {folder}: {error.strerror}") from error
    return target


def await_server(path: str, seconds: float = 120) -> None:
    """Wait until somebody listens at the Unix socket `path`."""
    limit = time.monotonic() + seconds
    while True:
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(path)
            except OSError as error:
                if time.monotonic() > limit:
                    problem = f"nobody listens at MAJEK_LAB_DATABASE_SERVER {path}: {error.strerror}"
                    raise PrepareError(problem) from error
            else:
                return
        time.sleep(0.05)


def disable_huge_pages() -> None:
    """Switch transparent huge pages off for this process and all that come from it.

    With them one write would copy 2 MiB, and pages could not be told apart.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) != 0:
        raise PrepareError(f"cannot switch transparent huge pages off: {os.strerror(ctypes.get_errno())}")


def separate_events() -> int:
    """Keep the container's stdout for events: whatever else prints there goes to stderr.

    Returns the descriptor of the event stream, which survives `exec`.
    """
    descriptor = os.dup(1)
    os.set_inheritable(descriptor, True)
    os.dup2(2, 1)
    return descriptor
