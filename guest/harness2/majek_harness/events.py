"""What the harness tells the outside: one JSON object per line on the container's stdout.

Each event is one `write` system call, so lines of several processes never mix (POSIX: writes of up
to PIPE_BUF bytes are atomic), and nothing sits in a buffer that a fork would copy.
"""

import json
import os
import sys

EVENT_FD = "MAJEK_LAB_EVENT_FD"

EXIT_CONFIG = 2
EXIT_START = 3
EXIT_APP = 4  # gunicorn's Arbiter.APP_LOAD_ERROR, so that its master ends instead of trying again

_PIPE_BUF = 4096


def line(kind, **fields):
    # type: (str, object) -> bytes
    """One event as bytes. `kind` is the value of the key "majek"."""
    return json.dumps(dict(fields, majek=kind)).encode("ascii") + b"\n"


def emit(data):
    # type: (bytes) -> None
    """Write an event made by `line` to the event stream."""
    os.write(int(os.environ.get(EVENT_FD, "1")), data)


def fail(message, code):
    # type: (str, int) -> None
    """Say what went wrong, as an event and on stderr, and leave with this exit code."""
    # Bytes that are no UTF-8 cannot be in JSON.
    text = " ".join(message.split())
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    sys.stderr.write("majek-harness: %s\n" % text.encode("ascii", "backslashreplace").decode("ascii"))
    sys.stderr.flush()
    # JSON escapes grow a character to at most twelve bytes.
    while len(line("error", message=text)) > _PIPE_BUF:
        text = text[: len(text) * 3 // 4]
    emit(line("error", message=text))
    raise SystemExit(code)
