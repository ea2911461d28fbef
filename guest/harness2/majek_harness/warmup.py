"""Requests served in the master before the fork, so that workers start warm and alike.

Every variant sends the same sequence: it depends on the seed, the count and the paths only.
"""

import io
import random
import sys
import urllib

from majek_harness import events
from majek_harness.headers import Counted


def sequence(paths, count, seed):
    # type: (tuple[object, ...], int, int) -> list[object]
    """`count` paths in the order they are asked for, drawn by weight."""
    draw = random.Random(seed)
    ends, total = [], 0.0
    for path in paths:
        total += path.weight  # type: ignore[attr-defined]
        ends.append(total)
    found = []
    for _ in range(count):
        point = draw.random() * total
        found.append(next(path for path, end in zip(paths, ends) if point < end))
    return found


def run(app, config):
    # type: (object, object) -> None
    """Send the warm-up through `app`, and close what a fork must not copy.

    Ends the process with an error event where an answer has the wrong status.
    """
    counted = Counted(app)  # so that the code of the header is warm, too
    for path in sequence(config.paths, config.warmup, config.seed):  # type: ignore[attr-defined]
        status = _get(counted, path.path)  # type: ignore[attr-defined]
        expected = path.status  # type: ignore[attr-defined]
        if status >= 500 if expected is None else status != expected:
            what = "a status below 500" if expected is None else "status %d" % expected
            message = "warm-up: %s answered %d, expected %s" % (path.path, status, what)  # type: ignore[attr-defined]
            events.fail(message, events.EXIT_START)
    close_databases()


def close_databases():
    # type: () -> None
    """Close Django's connections: a SQLite handle must not be used across a fork."""
    module = sys.modules.get("django.db")
    if module is not None:
        module.connections.close_all()


def _get(app, target):
    # type: (object, str) -> int
    """Serve GET `target` to the end and return the status, 500 where the application raised."""
    statuses = []  # type: list[int]

    def start_response(status, headers, exc_info=None):
        # type: (str, object, object) -> None
        statuses.append(int(status.split(" ", 1)[0]))

    try:
        body = app(_environ(target), start_response)  # type: ignore[operator]
        try:
            for _ in body:
                pass
        finally:
            close = getattr(body, "close", None)
            if close is not None:
                close()
    except Exception as error:
        events.fail("warm-up: %s raised %s: %s" % (target, type(error).__name__, error), events.EXIT_START)
    return statuses[-1] if statuses else 500


def _environ(target):
    # type: (str) -> dict[str, object]
    path, _, query = target.partition("?")
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": urllib.unquote(path),  # type: ignore[attr-defined]
        "QUERY_STRING": query,
        "RAW_URI": target,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost:8000",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
