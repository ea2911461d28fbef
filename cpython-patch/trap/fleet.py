"""A fleet of the harness with the trap loaded: start it, send it requests, stop it."""

import http.client
import json
import os
import random
import subprocess
import sys
import urllib.parse
from collections import Counter
from pathlib import Path

#: What the warm-up never asked for: (method, target, form, status). Pages of the lab django-8workers.
COLD = [
    ("GET", "/detail/7/", None, 200),
    ("GET", "/de/html/", None, 200),
    ("GET", "/pl/detail/11/", None, 200),
    ("GET", "/search/?q=the", None, 200),
    ("GET", "/html/?page=3", None, 200),
    ("GET", "/form/", None, 200),
    ("POST", "/form/", {"title": ""}, 403),  # no CSRF token
    ("GET", "/form/thanks/", None, 200),
    ("GET", "/admin/", None, 302),
    ("GET", "/static/admin/css/base.css", None, 200),
    ("GET", "/detail/999999/", None, 404),
    ("GET", "/html", None, 301),
]


class FleetError(Exception):
    """The fleet did not do its work, so what was logged says nothing; `str()` tells what happened."""


class Fleet:
    """Workers that were forked with the trap loaded."""

    def __init__(self, library: Path, logs: Path, port: int) -> None:
        """Start it and wait until every worker has booted. Its settings are in the environment already."""
        self.port = port
        trap = {"LD_PRELOAD": str(library), "MAJEK_TRAP": str(logs), "MAJEK_LAB_BIND": f"127.0.0.1:{port}"}
        command = [sys.executable, "-m", "majek_harness"]
        self.process = subprocess.Popen(command, env=os.environ | trap, stdout=subprocess.PIPE, text=True)
        self.workers = self._booted()

    def _booted(self) -> list[int]:
        workers = []
        assert self.process.stdout is not None
        for line in self.process.stdout:
            event = json.loads(line)
            if event["majek"] == "worker":
                workers.append(event["pid"])
            if event["majek"] == "ready":
                return workers
        raise FleetError(f"the fleet ended before it was ready, with exit code {self.process.wait()}")

    def get(self, method: str, target: str, form: dict[str, str] | None, status: int | None) -> int:
        """Send one request, and return the worker that answered."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        body = urllib.parse.urlencode(form) if form is not None else None
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
        try:
            connection.request(method, target, body, headers)
            response = connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException) as error:
            raise FleetError(f"{method} {target}: {type(error).__name__}: {error}") from error
        finally:
            connection.close()
        if response.status != status if status is not None else response.status >= 500:
            raise FleetError(f"{method} {target} answered {response.status}, expected {status}")
        return int(response.headers["X-Majek-Worker"])

    def mix(self, requests: int) -> None:
        """Send every worker its requests of the lab's mix, of which each path is a part, however rare."""
        paths = json.loads(os.environ["MAJEK_LAB_PATHS"])
        choices = [*paths, *random.Random(2).choices(paths, [path["weight"] for path in paths], k=100)]
        self._until_all(requests, [("GET", path["path"], None, path.get("status")) for path in choices])

    def cold(self) -> None:
        """Send every worker what the warm-up never asked for."""
        for request in COLD:
            self._until_all(1, [request])

    def _until_all(self, requests: int, mix: list[tuple[str, str, dict[str, str] | None, int | None]]) -> None:
        """Whoever is free takes a request: go on until each worker had its number."""
        served: Counter[int] = Counter()
        for sent in range(200 * requests * len(self.workers)):
            if all(served[worker] >= requests for worker in self.workers):
                return
            served[self.get(*mix[sent % len(mix)])] += 1
        raise FleetError(f"a worker got none of the requests: {dict(served)}")

    def maps(self) -> dict[int, str]:
        """`/proc/PID/maps` of each worker."""
        return {worker: Path(f"/proc/{worker}/maps").read_text() for worker in self.workers}

    def stop(self) -> None:
        """End it as an engine does."""
        self.process.terminate()
        try:
            code = self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise FleetError("the fleet did not stop") from None
        if code != 0:
            raise FleetError(f"the fleet ended with exit code {code}")
