"""Holds the master before its first fork until the probe has recorded P0.

The probe opens the FIFO through /proc/PID/root and writes one byte. Everything that allocates is
done when the gate is made; between the byte and the fork next to nothing is written.
"""

import os

from majek_harness import events

# Anybody may write, only the owner may read: the probe runs as root without CAP_DAC_OVERRIDE.
MODE = 0o622


class Gate(object):
    """A closed gate: the FIFO exists, nobody waits yet."""

    __slots__ = ("_announcement", "_path")

    def __init__(self, run_dir, **fields):
        # type: (str, object) -> None
        self._path = run_dir + "/gate"
        os.mkfifo(self._path)
        os.chmod(self._path, MODE)  # mkfifo's own mode is cut by the umask
        self._announcement = events.line("gate", pid=os.getpid(), fifo=self._path, **fields)

    def wait(self):
        # type: () -> None
        """Announce the gate, block until somebody writes a byte, remove the FIFO."""
        events.emit(self._announcement)
        released = b""
        while not released:  # a writer that leaves without a byte does not open the gate
            descriptor = os.open(self._path, os.O_RDONLY)
            released = os.read(descriptor, 1)
            os.close(descriptor)
        os.unlink(self._path)
