"""Runs PostgreSQL beside a fleet: `python3 -m majek_harness.postgres FIXTURE`, as the user postgres.

It is the first process of a container of its own, which shares one folder with the fleet's, PGHOST, and nothing else,
so that none of its memory is in what is measured. Its socket appears there when the fixture is loaded, not before.

`Cluster` is for `prepare` scripts, too: they fill a database while the image is built, and dump it as the fixture.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

#: Folder of the socket, database and user, as the application is told in PGHOST, PGDATABASE and PGUSER.
HOST = "/run/postgresql"
DATABASE = USER = "lab"

#: initdb and the server refuse to work for root; Debian's packages make this user.
SYSTEM_USER = "postgres"

PROGRAMS = Path("/usr/lib/postgresql")

#: Nothing of a lab's data outlives the container, and no background work may differ from run to run.
SETTINGS = {
    "autovacuum": "off",
    "fsync": "off",
    "full_page_writes": "off",
    "jit": "off",
    "listen_addresses": "",
    "max_connections": "600",  # more than a fleet may have workers
    "max_wal_senders": "0",
    "max_wal_size": "64MB",
    "min_wal_size": "32MB",
    "synchronous_commit": "off",
    "wal_level": "minimal",
}


class PostgresError(Exception):
    """PostgreSQL is not installed, or one of its programs failed; `str()` is one line."""


class Cluster:
    """A PostgreSQL server with its data, in a folder of its own that exists and is empty."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._data = folder / "data"

    def create(self) -> None:
        """Make an empty database."""
        if os.getuid() == 0:
            shutil.chown(self.folder, SYSTEM_USER)
        options = ("--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", f"--username={USER}")
        self._run("initdb", *options, f"--pgdata={self._data}")
        with (self._data / "postgresql.auto.conf").open("a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in SETTINGS.items())
        self.start()
        self._run("createdb", *self._client())

    def start(self) -> None:
        """Start the server on a socket in `folder`."""
        options = f"-k {self.folder}"
        log = str(self.folder / "log")
        self._run("pg_ctl", "start", "-s", "-w", "-D", str(self._data), "-l", log, "-o", options)

    def stop(self) -> None:
        """Stop the server; what it holds stays."""
        self._run("pg_ctl", "stop", "-s", "-w", "-m", "fast", "-D", str(self._data))

    def load(self, fixture: Path) -> None:
        """Run the statements of an SQL file, all or none, and count what the planner goes by."""
        command = ("--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--output=/dev/null")
        self._run("psql", *self._client(), *command, "--single-transaction", f"--file={fixture}")
        self._run("psql", *self._client(), *command, "--command=VACUUM ANALYZE")

    def dump(self, target: Path) -> None:
        """Write the database as SQL: the same bytes for the same rows."""
        # Without a key of its own, each dump would name a random one.
        options = ("--no-owner", "--no-privileges", "--restrict-key=majek")
        target.write_bytes(self._run("pg_dump", *options, *self._client()))

    def serve(self) -> None:
        """Become the server, for the fleet. Never returns."""
        program = str(_program("postgres"))
        os.execv(program, [program, "-D", str(self._data), "-k", HOST])

    def environment(self) -> dict[str, str]:
        """Variables by which every client finds the server that `start` started."""
        return {"PGHOST": str(self.folder), "PGDATABASE": DATABASE, "PGUSER": USER}

    def _client(self) -> tuple[str, ...]:
        return ("-h", str(self.folder), "-U", USER, "-w", DATABASE)

    def _run(self, name: str, *arguments: str) -> bytes:
        user = SYSTEM_USER if os.getuid() == 0 else None
        command = [str(_program(name)), *arguments]
        # The log of a server that pg_ctl has started must not hold the pipe open: pg_ctl gives it a file.
        done = subprocess.run(command, cwd="/", user=user, group=user, capture_output=True, check=False)
        if done.returncode != 0:
            text = " ".join(done.stderr.decode(errors="replace").split())
            raise PostgresError(f"{name} failed with exit code {done.returncode}: {text}")
        return done.stdout


def _program(name: str) -> Path:
    found = sorted(PROGRAMS.glob(f"*/bin/{name}"))
    if not found:
        raise PostgresError(f"there is no {name} below {PROGRAMS}: name postgresql-17 in app.apt")
    return found[-1]


def main(fixture: str, run_dir: str) -> None:
    """Run as the first process of the database's container."""
    cluster = Cluster(Path(tempfile.mkdtemp(dir=run_dir)))
    try:
        cluster.create()
        cluster.load(Path(fixture))
        cluster.stop()
        cluster.serve()
    except (PostgresError, OSError) as error:
        raise SystemExit(f"majek-harness: {error}") from error


if __name__ == "__main__":
    main(sys.argv[1], os.environ.get("MAJEK_LAB_RUN_DIR", "/run/majek"))
