"""What is done before gunicorn replaces this process.

None of it may be imported after `exec`: ctypes alone would add its library to the measured heap.
"""

import ctypes
import errno
import os
import shutil
import stat

PR_SET_THP_DISABLE = 41  # linux/prctl.h; kept across fork and execve (prctl(2))


class PrepareError(Exception):
    """The container is not as the harness needs it; `str()` is one line."""


def run_dir(path):
    # type: (str) -> None
    """Check that `path` can be written by us and entered by the probe; remove an earlier run's files."""
    if not os.path.isdir(path):
        raise PrepareError("MAJEK_LAB_RUN_DIR %s is not a folder; mount a tmpfs there" % path)
    if not os.access(path, os.W_OK | os.X_OK):
        raise PrepareError("MAJEK_LAB_RUN_DIR %s cannot be written by uid %d" % (path, os.getuid()))
    mode = stat.S_IMODE(os.stat(path).st_mode)
    if not mode & stat.S_IXOTH:
        try:
            os.chmod(path, mode | stat.S_IXGRP | stat.S_IXOTH)
        except OSError as error:
            raise PrepareError("MAJEK_LAB_RUN_DIR %s cannot be entered by others: %s" % (path, error.strerror))
    for name in ("gate", "booted", "ready", "failed", "segment"):
        try:
            os.unlink(os.path.join(path, name))
        except OSError as error:
            if error.errno != errno.ENOENT:
                raise


def database(source, folder):
    # type: (str, str) -> str
    """Copy the fixture `source` into `folder`, which is in memory, and return the copy's path."""
    target = os.path.join(folder, os.path.basename(source))
    try:
        shutil.copyfile(source, target)
        os.chmod(target, 0o600)
    except (IOError, OSError) as error:
        raise PrepareError("cannot copy MAJEK_LAB_DATABASE_SOURCE %s to %s: %s" % (source, folder, error.strerror))
    return target


def disable_huge_pages():
    # type: () -> None
    """Switch transparent huge pages off for this process and all that come from it.

    With them one write would copy 2 MiB, and pages could not be told apart.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) != 0:
        raise PrepareError("cannot switch transparent huge pages off: %s" % os.strerror(ctypes.get_errno()))


def separate_events():
    # type: () -> int
    """Keep the container's stdout for events: whatever else prints there goes to stderr.

    Returns the descriptor of the event stream, which survives `exec`.
    """
    descriptor = os.dup(1)
    os.dup2(2, 1)
    return descriptor
