"""The fixture is the same bytes each time, and a connection belongs to one worker."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

from majek_harness.postgres import Cluster

from tests import prepared_copy

MIX = {"/html/": 200, "/json/": 200, "/admin/login/": 200, "/missing/": 404}
WORKERS = 3


class DatabaseTest(unittest.TestCase):
    site: Path
    cluster: Cluster

    @classmethod
    def setUpClass(cls) -> None:
        cls.site = prepared_copy()
        cls.cluster = Cluster(Path(cls.enterClassContext(tempfile.TemporaryDirectory())))
        cls.cluster.create()
        cls.addClassCleanup(cls.cluster.stop)
        cls.cluster.load(cls.site / "fixture.sql")

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        import psycopg

        names = self.cluster.environment()
        with psycopg.connect(host=names["PGHOST"], dbname=names["PGDATABASE"], user=names["PGUSER"]) as connection:
            return connection.execute(statement).fetchall()

    def clients(self) -> set[int]:
        """Processes of the server, one for each connection but the one that asks."""
        sql = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        return {pid for (pid,) in self.query(sql)}

    def test_the_fixture_holds_what_the_lab_says(self) -> None:
        self.assertEqual(self.query("SELECT count(*) FROM catalogue_book"), [(10_000,)])
        applied = self.query("SELECT DISTINCT to_char(applied, 'YYYY-MM-DD HH24:MI:SS') FROM django_migrations")
        self.assertEqual(applied, [("2008-11-23 12:00:00",)])

    def test_two_runs_of_prepare_make_equal_files(self) -> None:
        again = prepared_copy("1", "Asia/Kathmandu")
        self.assertEqual((self.site / "fixture.sql").read_bytes(), (again / "fixture.sql").read_bytes())
        self.assertEqual([path.name for path in again.glob("fixture*")], ["fixture.sql"])

    def test_connections_are_the_workers_own(self) -> None:
        fleet, port, gate = self.start()
        self.assertEqual(self.event(fleet)["majek"], "gate")
        self.assertEqual(self.clients(), set(), "the master has a connection when it forks")
        gate.write_bytes(b"x")
        while self.event(fleet) != {"majek": "ready"}:
            pass
        workers = {self.get(port, path, status) for _ in range(20) for path, status in MIX.items()}
        self.assertEqual(len(workers), WORKERS)
        before = self.clients()
        self.assertEqual(len(before), WORKERS)
        self.get(port, "/json/", 200)
        self.assertEqual(self.clients(), before, "a worker does not keep its connection")

    def start(self) -> tuple[subprocess.Popen[str], int, Path]:
        run_dir = self.enterContext(tempfile.TemporaryDirectory())
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        settings = {
            "APP": "mysite.wsgi:application",
            "WORKERS": str(WORKERS),
            "BIND": f"127.0.0.1:{port}",
            "WARMUP": "40",
            "PATHS": json.dumps([{"path": path, "weight": 1, "status": status} for path, status in MIX.items()]),
            "GATE": "1",
            "DATABASE_SERVER": f"{self.cluster.folder}/.s.PGSQL.5432",
            "RUN_DIR": run_dir,
        }
        environment = {**os.environ, **{"MAJEK_LAB_" + key: value for key, value in settings.items()}}
        environment |= self.cluster.environment()
        command = [sys.executable, "-m", "majek_harness"]
        fleet = self.enterContext(
            subprocess.Popen(command, cwd=self.site, env=environment, stdout=subprocess.PIPE, text=True)
        )
        self.addCleanup(fleet.send_signal, signal.SIGTERM)
        return fleet, port, Path(run_dir, "gate")

    def event(self, fleet: subprocess.Popen[str]) -> dict[str, Any]:
        assert fleet.stdout is not None
        event: dict[str, Any] = json.loads(fleet.stdout.readline())
        return event

    def get(self, port: int, path: str, expected: int) -> str | None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", path)
        response = connection.getresponse()
        response.read()
        connection.close()
        self.assertEqual(response.status, expected)
        return response.getheader("X-Majek-Worker")


if __name__ == "__main__":
    unittest.main()
