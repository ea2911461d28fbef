"""Requests served in the master before the fork, so that workers start warm and alike.

Every variant sends the same sequence: it depends on the seed, the count and the paths only.
"""

import io
import random
import sys
from typing import Any
from urllib.parse import unquote_to_bytes

from majek_harness import events
from majek_harness.config import Config, Path
from majek_harness.headers import Counted, WsgiApp


def sequence(paths: tuple[Path, ...], count: int, seed: int) -> list[Path]:
    """`count` paths in the order they are asked for, drawn by weight."""
    if not count:
        return []
    return random.Random(seed).choices(paths, [path.weight for path in paths], k=count)


def run(app: WsgiApp, config: Config) -> None:
    """Send the warm-up through `app`, and close what a fork must not copy.

    Ends the process with an error event where an answer has the wrong status.
    """
    random.seed(b"")  # gunicorn does this in each worker; the first time loads a library
    counted = Counted(app)  # so that the code of the header is warm, too
    for path in sequence(config.paths, config.warmup, config.seed):
        status = _get(counted, path.path)
        wrong = status >= 500 if path.status is None else status != path.status
        if wrong:
            expected = "a status below 500" if path.status is None else f"status {path.status}"
            events.fail(f"warm-up: {path.path} answered {status}, expected {expected}", events.EXIT_START)
    close_databases()


def close_databases() -> None:
    """Close Django's connections: a SQLite handle must not be used across a fork."""
    module = sys.modules.get("django.db")
    if module is not None:
        module.connections.close_all()


def _get(app: WsgiApp, target: str) -> int:
    """Serve GET `target` to the end and return the status, 500 where the application raised."""
    statuses: list[int] = []

    def start_response(status: str, headers: object, exc_info: object = None) -> None:
        statuses.append(int(status.split(" ", 1)[0]))

    try:
        body = app(_environ(target), start_response)
        try:
            for _ in body:
                pass
        finally:
            close = getattr(body, "close", None)
            if close is not None:
                close()
    except Exception as error:
        events.fail(f"warm-up: {target} raised {type(error).__name__}: {error}", events.EXIT_START)
    return statuses[-1] if statuses else 500


def _environ(target: str) -> dict[str, Any]:
    path, _, query = target.partition("?")
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
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
