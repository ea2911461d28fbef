"""What the harness tells the outside: one JSON object per line on the container's stdout.

Each event is one `write` system call, so lines of several processes never mix (POSIX: writes of up
to PIPE_BUF bytes are atomic), and nothing sits in a buffer that a fork would copy.
"""

import json
import os
import sys
from typing import NoReturn

EVENT_FD = "MAJEK_LAB_EVENT_FD"

EXIT_CONFIG = 2
EXIT_START = 3
EXIT_APP = 4  # gunicorn's Arbiter.APP_LOAD_ERROR, so that its master ends instead of trying again

_PIPE_BUF = 4096


def line(kind: str, **fields: object) -> bytes:
    """One event as bytes. `kind` is the value of the key "majek"."""
    return json.dumps({"majek": kind, **fields}).encode() + b"\n"


def emit(data: bytes) -> None:
    """Write an event made by `line` to the event stream."""
    os.write(int(os.environ.get(EVENT_FD, "1")), data)


def fail(message: str, code: int) -> NoReturn:
    """Say what went wrong, as an event and on stderr, and leave with this exit code."""
    text = " ".join(message.split())
    print(f"majek-harness: {text}", file=sys.stderr, flush=True)
    # JSON escapes grow a character to at most twelve bytes.
    while len(data := line("error", message=text)) > _PIPE_BUF:
        text = text[: len(text) * 3 // 4]
    emit(data)
    raise SystemExit(code)
