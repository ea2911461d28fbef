"""`headers.Counted` for workers that serve several requests at a time: threads, and coroutines."""

import os
import threading
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from majek_harness.headers import Headers, WsgiApp

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Message, Receive, Send], Awaitable[None]]


class _Response:
    """Answers one request of several at a time: what `headers.Counted` keeps for the one that it serves."""

    __slots__ = ("_headers", "_start")

    def __init__(self, start: Callable[..., Any], headers: Headers) -> None:
        self._start = start
        self._headers = headers

    def __call__(self, status: str, headers: Headers, exc_info: Any = None) -> Any:
        return self._start(status, [*headers, *self._headers], exc_info)


class CountedInThreads:
    """For gunicorn's gthread worker, which serves a request in each of its threads."""

    __slots__ = ("_app", "_lock", "_served", "_worker")

    def __init__(self, app: WsgiApp) -> None:
        self._app = app
        self._served = 0
        self._lock = threading.Lock()
        self._worker = ("X-Majek-Worker", str(os.getpid()))

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        with self._lock:  # reading, adding and storing are three steps, between which another thread may run
            self._served += 1
            served = self._served
        return self._app(environ, _Response(start_response, [self._worker, ("X-Majek-Served", str(served))]))


class _Sender:
    """Sends one ASGI response."""

    __slots__ = ("_headers", "_send")

    def __init__(self, send: Send, headers: list[tuple[bytes, bytes]]) -> None:
        self._send = send
        self._headers = headers

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *self._headers]}
        await self._send(message)


class CountedAsgi:
    """For ASGI applications. Coroutines change places where one awaits, so that counting needs no lock."""

    __slots__ = ("_app", "_served", "_worker")

    def __init__(self, app: AsgiApp) -> None:
        self._app = app
        self._served = 0
        self._worker = (b"x-majek-worker", str(os.getpid()).encode())

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":  # not "lifespan", which is no request
            self._served += 1
            send = _Sender(send, [self._worker, (b"x-majek-served", str(self._served).encode())])
        await self._app(scope, receive, send)


#: By worker class.
COUNTED = {"gthread": CountedInThreads, "uvicorn": CountedAsgi}
