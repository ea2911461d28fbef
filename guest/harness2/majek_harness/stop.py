"""Ending the fleet before gunicorn can.

The master is PID 1, for which the kernel drops every signal without a handler, and gunicorn only
queues signals until its main loop runs. So until the first fork these handlers end the process at
once; afterwards they hand on to gunicorn's own. Python 2 cannot hold signals back across `exec`: one
that comes while the interpreter starts is lost, and whoever sent it has to send it again.
"""

import os
import signal

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)

_forward = None  # type: object


def install():
    # type: () -> None
    """End the process on SIGTERM, SIGINT or SIGQUIT."""
    for number in SIGNALS:
        signal.signal(number, _handle)


def forward_to(handler):
    # type: (object) -> None
    """From here on signals go to `handler`. One assignment: this runs after P0 is recorded."""
    global _forward
    _forward = handler


def leave(number):
    # type: (int) -> None
    """Exit as a shell reports a signal, 128 + number, without finalising the interpreter."""
    os._exit(128 + number)


def _handle(number, frame):
    # type: (int, object) -> None
    if _forward is None:
        leave(number)
    else:
        _forward(number, frame)  # type: ignore[operator]
