"""The site in a real fleet: the same bytes from every worker, and no database handle across the fork."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import unittest
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests import SITE, SOURCE

HARNESS = SOURCE / "../../../guest/harness"  # in the checkout; an image has it on PYTHONPATH
TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="\w+"')
MIX = {"/html/": 200, "/json/": 200, "/admin/login/": 200, "/missing/": 404, "/form/": 200}


def harness_path() -> str | None:
    """What to add to PYTHONPATH for the harness; None where it cannot be had."""
    if find_spec("gunicorn") is None:
        return None
    if find_spec("majek_harness") is not None:
        return os.environ.get("PYTHONPATH", "")
    return str(HARNESS.resolve()) if HARNESS.is_dir() else None


@unittest.skipIf(harness_path() is None, "needs gunicorn and the harness")
class FleetTest(unittest.TestCase):
    def setUp(self) -> None:
        run_dir = self.enterContext(tempfile.TemporaryDirectory())
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        paths = [{"path": path, "weight": 1, "status": status} for path, status in MIX.items()]
        settings = {
            "APP": "mysite.wsgi:application",
            "WORKERS": "3",
            "BIND": f"127.0.0.1:{self.port}",
            "WARMUP": "50",
            "PATHS": json.dumps(paths),
            "BEFORE_FORK": "freeze",
            "MAX_REQUESTS": "7",
            "GATE": "1",
            "DATABASE_SOURCE": str(SITE / "fixture.sqlite3"),
            "RUN_DIR": run_dir,
        }
        environment = {key: value for key, value in os.environ.items() if not key.startswith("MAJEK_LAB_")}
        environment |= {"MAJEK_LAB_" + key: value for key, value in settings.items()}
        environment["PYTHONPATH"] = harness_path() or ""
        command = [sys.executable, "-m", "majek_harness"]
        self.fleet = self.enterContext(
            subprocess.Popen(command, cwd=SITE, env=environment, stdout=subprocess.PIPE, text=True)
        )
        self.addCleanup(self.fleet.send_signal, signal.SIGTERM)
        self.gate = Path(run_dir, "gate")

    def event(self) -> dict[str, Any]:
        assert self.fleet.stdout is not None
        event: dict[str, Any] = json.loads(self.fleet.stdout.readline())
        return event

    def get(self, path: str) -> tuple[int, str | None, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", path)
        response = connection.getresponse()
        body = TOKEN.sub(b"", response.read())
        connection.close()
        return response.status, response.getheader("X-Majek-Worker"), body

    def test_fleet(self) -> None:
        self.assertEqual(self.event()["majek"], "gate")
        files = [os.readlink(link) for link in Path(f"/proc/{self.fleet.pid}/fd").iterdir()]
        self.assertFalse([name for name in files if "sqlite3" in name], "the database is open at the fork")
        self.gate.write_bytes(b"x")
        while self.event() != {"majek": "ready"}:
            pass
        workers, bodies = set(), set()
        for _ in range(12):
            for path, expected in MIX.items():
                status, worker, body = self.get(path)
                self.assertEqual(status, expected)
                workers.add(worker)
                bodies.add((path, body))
        self.assertEqual(len(bodies), len(MIX), "an answer depends on the worker")
        self.assertGreater(len(workers), 6, "no worker was replaced")
