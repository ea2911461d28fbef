"""Asks every address of the mix twice, in one process, and prints what it answered.

Runs in a throw-away container of a lab's image: `python3 -c TEXT MASKS FIXTURE`, with the variables
of a fleet. MASKS is a JSON list of regular expressions that are blanked before answers are compared,
FIXTURE the SQL of a lab with PostgreSQL: no server is beside this container, so one is started in it.
Each line of stdout is one JSON object: path, status, same, location, and where two answers are not
the same, what both say there: differs.
"""

import asyncio
import io
import json
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from majek_harness import app, config, events, prepare, warmup


def main() -> None:
    """Load the application as a fleet does, and ask."""
    settings = config.read(os.environ)
    output = os.fdopen(prepare.separate_events(), "w", encoding="utf-8")
    os.environ[events.EVENT_FD] = "2"
    if settings.database_source:
        os.environ["MAJEK_LAB_DATABASE"] = prepare.database(settings.database_source, settings.run_dir)
    if settings.database_server:
        _start_postgres(Path(sys.argv[2]), settings.run_dir)
    application = app.load(settings)
    ask = _ask_asgi if settings.worker_class == "uvicorn" else _get
    masks = [re.compile(mask) for mask in json.loads(sys.argv[1])]
    for path in settings.paths:
        first, second = (ask(application, path.path) for _ in range(2))
        bodies = [_masked(answer["body"], masks) for answer in (first, second)]
        same = first["status"] == second["status"] and bodies[0] == bodies[1]
        line = {"path": path.path, "status": first["status"], "same": same, "location": first["location"]}
        if bodies[0] != bodies[1]:
            line["differs"] = _difference(*bodies)
        print(json.dumps(line), file=output, flush=True)


def _start_postgres(fixture: Path, run_dir: str) -> None:
    from majek_harness.postgres import Cluster

    cluster = Cluster(Path(tempfile.mkdtemp(dir=run_dir)))
    cluster.create()
    cluster.load(fixture)
    os.environ.update(cluster.environment())


def _difference(first: str, second: str) -> list[str]:
    """What two texts say where they differ for the first time, with a little of what is before."""
    length = min(len(first), len(second))
    at = next((index for index in range(length) if first[index] != second[index]), length)
    begin = max(0, at - 30)
    return [text[begin : at + 30] for text in (first, second)]


def _masked(body: bytes, masks: list[re.Pattern[str]]) -> str:
    text = body.decode("utf-8", "replace")
    for mask in masks:
        text = mask.sub("", text)
    return text


def _get(application: Any, target: str) -> dict[str, Any]:
    """Serve GET `target`; status 599 where the application raised."""
    seen: dict[str, Any] = {"status": 599, "location": None}

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> None:
        seen["status"] = int(status.split(" ", 1)[0])
        seen["location"] = next((value for name, value in headers if name.lower() == "location"), None)

    body = io.BytesIO()
    try:
        answer = application(warmup._environ(target), start_response)
        for part in answer:
            body.write(part)
        if hasattr(answer, "close"):
            answer.close()
    except Exception:
        import traceback

        traceback.print_exc()
        seen["status"] = 599
    return {**seen, "body": body.getvalue()}


def _ask_asgi(application: Any, target: str) -> dict[str, Any]:
    """As `_get`, for an ASGI application: one event loop a request."""
    seen: dict[str, Any] = {"status": 599, "location": None}
    body = io.BytesIO()
    asked = False

    async def receive() -> dict[str, Any]:
        nonlocal asked
        if asked:
            await asyncio.Event().wait()  # the client stays until it has its answer
        asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            seen["status"] = message["status"]
            headers = {bytes(name).lower(): bytes(value) for name, value in message.get("headers", ())}
            seen["location"] = headers[b"location"].decode("latin-1") if b"location" in headers else None
        else:
            body.write(message.get("body", b""))

    try:
        asyncio.run(application(_scope(target), receive, send))
    except Exception:
        import traceback

        traceback.print_exc()
        seen["status"] = 599
    return {**seen, "body": body.getvalue()}


def _scope(target: str) -> dict[str, Any]:
    path, _, query = target.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", b"localhost")],
        "client": ("127.0.0.1", 1),
        "server": ("localhost", 8000),
    }


main()
