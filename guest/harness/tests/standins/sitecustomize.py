"""Gives a stock interpreter the names of the patched one, which note when they are called.

Python imports this at start-up when the folder is on PYTHONPATH.
"""

import gc
import json
import os
import sys
from pathlib import Path
from typing import Any


def note(name: str) -> None:
    """Append what the process looks like now to the file STANDIN_LOG."""
    app: Any = sys.modules.get("apps.plain")
    state = {
        "call": name,
        "pid": os.getpid(),
        "imported": app is not None,
        "served": len(app.served) if app else 0,
        "closed": app.CONNECTIONS.closed if app else 0,
        "collectorOn": gc.isenabled(),
        "frozen": gc.get_freeze_count() > 0,
        "gateMade": (Path(os.environ["MAJEK_LAB_RUN_DIR"]) / "gate").exists(),
        "modules": len(sys.modules),
    }
    with open(os.environ["STANDIN_LOG"], "a", encoding="ascii") as log:
        log.write(json.dumps(state) + "\n")


def setmajekhack(text: str) -> None:
    """Stands in for the method of the patched `str`."""
    note("setmajekhack")


gc.seal = lambda **arguments: note(" ".join(["seal", *arguments.values()]))  # type: ignore[attr-defined]
type_dictionary: dict[str, Any] = gc.get_referents(str.__dict__)[0]
type_dictionary["setmajekhack"] = setmajekhack
