"""Asks every address of the mix twice, in one process, and prints what it answered.

Runs in a throw-away container of a lab's image: `python3 -c TEXT MASKS`, with the variables of a
fleet. MASKS is a JSON list of regular expressions that are blanked before answers are compared.
Each line of stdout is one JSON object: path, status, same, location.
"""

import io
import json
import os
import re
import sys
from typing import Any

from majek_harness import app, config, events, prepare, warmup


def main() -> None:
    """Load the application as a fleet does, and ask."""
    settings = config.read(os.environ)
    output = os.fdopen(prepare.separate_events(), "w", encoding="utf-8")
    os.environ[events.EVENT_FD] = "2"
    if settings.database_source:
        os.environ["MAJEK_LAB_DATABASE"] = prepare.database(settings.database_source, settings.run_dir)
    application = app.load(settings)
    masks = [re.compile(mask) for mask in json.loads(sys.argv[1])]
    for path in settings.paths:
        first, second = (_get(application, path.path) for _ in range(2))
        bodies = [_masked(answer["body"], masks) for answer in (first, second)]
        same = first["status"] == second["status"] and bodies[0] == bodies[1]
        line = {"path": path.path, "status": first["status"], "same": same, "location": first["location"]}
        print(json.dumps(line), file=output, flush=True)


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


main()
