"""Holds the master before its first fork until the probe has recorded P0.

The probe opens the FIFO through /proc/PID/root and writes one byte: "m" asks for the object map,
any other opens the gate. Everything that allocates is done when the gate is made; between the byte
that opens it and the fork next to nothing is written.
"""

import os
import traceback

from majek_harness import events

# Anybody may write, only the owner may read: the probe runs as root without CAP_DAC_OVERRIDE.
MODE = 0o622

#: The byte that asks for the object map; every other one opens the gate.
WRITE_MAP = b"m"


class Gate(object):
    """A closed gate: the FIFO exists, nobody waits yet."""

    __slots__ = ("_announcement", "_map", "_not_written", "_path", "_written")

    def __init__(self, run_dir, **fields):
        # type: (str, object) -> None
        self._path = run_dir + "/gate"
        os.mkfifo(self._path)
        os.chmod(self._path, MODE)  # mkfifo's own mode is cut by the umask
        self._map = run_dir + "/objectmap"
        self._written = events.line("map", path=self._map)
        self._not_written = events.line("map", path=None)
        self._announcement = events.line("gate", pid=os.getpid(), fifo=self._path, **fields)

    def wait(self):
        # type: () -> None
        """Announce the gate, block until somebody writes a byte, remove the FIFO."""
        events.emit(self._announcement)
        # Open for writing, too (fifo(7)): no writer is ever the last one, so that none ends the file for the next.
        descriptor = os.open(self._path, os.O_RDWR)
        while os.read(descriptor, 1) == WRITE_MAP:
            self._write_map()
        os.close(descriptor)
        os.unlink(self._path)
        if os.access(self._map, os.F_OK):
            os.unlink(self._map)  # it would be counted as memory of the fleet

    def _write_map(self):
        # type: () -> None
        """Let a child write the object map: what it imports and makes is not in the master."""
        child = os.fork()
        if child == 0:
            _be_the_child(self._map)
        try:
            os.waitpid(child, 0)
        except OSError:
            pass  # gunicorn's handler of SIGCHLD was faster
        events.emit(self._written if os.access(self._map, os.F_OK) else self._not_written)


def _be_the_child(path):
    # type: (str) -> None
    code = 1
    try:
        from majek_harness import objectmap

        objectmap.write(path)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)
