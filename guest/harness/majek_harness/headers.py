"""Names the worker in every response, and counts what it served."""

import os
from collections.abc import Callable, Iterable
from typing import Any

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
Headers = list[tuple[str, str]]


class Counted:
    """A WSGI application around another one; make it in the process that serves.

    It is an object with slots, not nested functions: a new function for every request would write
    into the interpreter's function-version cache, and what it stores lies in the worker's memory.
    Serves one request at a time, as gunicorn's sync worker does.
    """

    __slots__ = ("_app", "_served", "_start", "_worker")

    def __init__(self, app: WsgiApp) -> None:
        self._app = app
        self._served = 0
        self._start: Callable[..., Any] | None = None
        self._worker = ("X-Majek-Worker", str(os.getpid()))

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self._served += 1
        self._start = start_response
        return self._app(environ, self._respond)

    def _respond(self, status: str, headers: Headers, exc_info: Any = None) -> Any:
        assert self._start is not None
        # A new list: the application may keep the one it passed.
        return self._start(status, [*headers, self._worker, ("X-Majek-Served", str(self._served))], exc_info)
