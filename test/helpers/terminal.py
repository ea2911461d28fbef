"""Runs a command on a terminal of its own, so that tests can sit in front of it.

Usage: terminal.py COLUMNSxROWS COMMAND [ARGUMENT...]

What arrives on standard input is typed; what the terminal shows goes to standard output; SIGUSR1 makes the window
132 columns by 43 rows. Ends with the command's exit code.
"""

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
from types import FrameType

CHUNK = 65536
LARGER = (132, 43)


def set_size(terminal: int, columns: int, rows: int) -> None:
    """Tell the terminal its size; the kernel tells whoever runs in front."""
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def relay(terminal: int) -> None:
    """Copy both ways until the command has closed the terminal."""
    sources = [terminal, 0]
    while True:
        ready, _, _ = select.select(sources, [], [])
        if terminal in ready:
            try:
                shown = os.read(terminal, CHUNK)
            except OSError:
                # EIO: nobody has the other side open any more.
                return
            if not shown:
                return
            os.write(1, shown)
        if 0 in ready:
            typed = os.read(0, CHUNK)
            if typed:
                os.write(terminal, typed)
            else:
                sources.remove(0)


def main(size: str, command: list[str]) -> int:
    """Run the command and return its exit code."""
    columns, rows = (int(number) for number in size.split("x"))
    child, terminal = pty.fork()
    if child == 0:
        # The size is there before the command looks.
        set_size(0, columns, rows)
        os.execvp(command[0], command)

    def grow(_signal: int, _frame: FrameType | None) -> None:
        set_size(terminal, *LARGER)

    signal.signal(signal.SIGUSR1, grow)
    relay(terminal)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
