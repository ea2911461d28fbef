"""Names the worker in every response, and counts what it served."""

import os


class Counted(object):
    """A WSGI application around another one; make it in the process that serves.

    Serves one request at a time, as gunicorn's sync worker does.
    """

    __slots__ = ("_app", "_served", "_start", "_worker")

    def __init__(self, app):
        # type: (object) -> None
        self._app = app
        self._served = 0
        self._start = None  # type: object
        self._worker = ("X-Majek-Worker", str(os.getpid()))

    def __call__(self, environ, start_response):
        # type: (dict[str, object], object) -> object
        self._served += 1
        self._start = start_response
        return self._app(environ, self._respond)  # type: ignore[operator]

    def _respond(self, status, headers, exc_info=None):
        # type: (str, list[tuple[str, str]], object) -> object
        # A new list: the application may keep the one it passed.
        mine = [self._worker, ("X-Majek-Served", str(self._served))]
        return self._start(status, list(headers) + mine, exc_info)  # type: ignore[operator]
