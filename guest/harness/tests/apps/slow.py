"""Takes longer to import than a test waits."""

import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

print("importing", file=sys.stderr, flush=True)
time.sleep(60)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Never reached."""
    start_response("200 OK", [])
    return []
