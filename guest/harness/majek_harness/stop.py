"""Ending the fleet before gunicorn can.

The master is PID 1, for which the kernel drops every signal without a handler, and gunicorn only
queues signals until its main loop runs. So until the first fork these handlers end the process at
once; afterwards they hand on to gunicorn's own.
"""

import os
import signal
from collections.abc import Callable
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)

_forward: Callable[[int, FrameType | None], None] | None = None


def block() -> None:
    """Hold signals back; the mask survives `exec`, so none is lost before `install` runs."""
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)


def install() -> None:
    """End the process on SIGTERM, SIGINT or SIGQUIT, held-back ones included."""
    for number in SIGNALS:
        signal.signal(number, _handle)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


def forward_to(handler: Callable[[int, FrameType | None], None]) -> None:
    """From here on signals go to `handler`. One assignment: this runs after P0 is recorded."""
    global _forward
    _forward = handler


def leave(number: int) -> None:
    """Exit as a shell reports a signal, 128 + number, without finalising the interpreter."""
    os._exit(128 + number)


def _handle(number: int, frame: FrameType | None) -> None:
    if _forward is None:
        leave(number)
    else:
        _forward(number, frame)
