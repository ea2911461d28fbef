"""Answers every path with what the process looks like from inside."""

import gc
import json
import os
import sys
import types
from collections.abc import Callable, Iterable
from typing import Any


class Connections:
    """Stands where Django keeps its database connections."""

    closed = 0

    def close_all(self) -> None:
        """Count, as Django would close."""
        self.closed += 1


CONNECTIONS = Connections()
sys.modules["django.db"] = types.SimpleNamespace(connections=CONNECTIONS)  # type: ignore[assignment]

print("printed while importing")

COLLECTOR_ON_AT_IMPORT = gc.isenabled()
BORN_IN = os.getpid()
served: list[str] = []
modules_at_first_request: set[str] = set()
CONSTANT_HEADERS = [("Content-Type", "application/json")]


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Tell what the tests want to know, as JSON."""
    modules_at_first_request.update(() if served else sys.modules)
    path = environ["PATH_INFO"]
    served.append(path + ("?" + environ["QUERY_STRING"] if environ["QUERY_STRING"] else ""))
    if path == "/raise/":
        raise RuntimeError("asked to raise")
    statuses = {"/missing/": "404 Not Found", "/broken/": "500 Internal Server Error"}
    start_response(statuses.get(path, "200 OK"), CONSTANT_HEADERS)
    report = {
        "bornIn": BORN_IN,
        "served": served,
        "collectorOn": gc.isenabled(),
        "collectorOnAtImport": COLLECTOR_ON_AT_IMPORT,
        "frozen": gc.get_freeze_count(),
        "newModules": sorted(sys.modules.keys() - modules_at_first_request),
        "harnessModules": sorted(name for name in sys.modules if name.startswith("majek_harness")),
        "ctypes": "ctypes" in sys.modules,
        "database": os.environ.get("MAJEK_LAB_DATABASE"),
        "hashSeed": os.environ.get("PYTHONHASHSEED"),
    }
    return [json.dumps(report).encode()]
