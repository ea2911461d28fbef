import type { Detected, Fact } from "../model/project.js";
import { normalName } from "./requirements.js";

/** A lab's database: how the settings name it, and what it needs. */
export interface LabDatabase {
  /** Line of the settings that replaces the project's own. */
  readonly settings: string;
  readonly value: string;
  /** Debian packages. */
  readonly apt: readonly string[];
}

/** The file that the harness copies into memory; users' own is never asked. */
const SQLITE: LabDatabase = {
  settings: `DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("MAJEK_LAB_DATABASE", "fixture.sqlite3"),
        "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE"},
    }
}`,
  value: "sqlite",
  apt: [],
};

/** A server beside each fleet. Host and user are libpq's own variables, PGHOST and PGUSER; a worker keeps its connection. */
const POSTGRES: LabDatabase = {
  settings: `DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ.get("PGDATABASE", "lab"),
        "CONN_MAX_AGE": None,
    }
}`,
  value: "postgres",
  apt: ["postgresql-17"],
};

export function labDatabase(kind: Detected["database"]): LabDatabase {
  return kind === "postgres" ? POSTGRES : SQLITE;
}

/** What talks to PostgreSQL from Django, whichever the project has. */
const DRIVERS = ["psycopg", "psycopg2", "psycopg2-binary"];
const DRIVER = "psycopg[binary]==3.*";

/** Requirements with a driver for the database. */
export function withDriver(
  names: readonly string[],
  kind: Detected["database"],
): { readonly names: readonly string[]; readonly facts: readonly Fact[] } {
  if (kind === "sqlite" || names.some((name) => DRIVERS.includes(normalName(name)))) return { names, facts: [] };
  const fact: Fact = { what: "driver", value: DRIVER, why: "the requirements name none for PostgreSQL" };
  return { names: [...names, DRIVER], facts: [fact] };
}

/** The script that makes a PostgreSQL database while the image is built, in the lab's app folder. */
export const FIXTURE_MODULE = "majek_lab_fixture";

/**
 * Its text. Times that migrations write are fixed, so that the same project gives the same bytes.
 * @param steps - management commands
 */
export function fixtureText(steps: readonly string[]): string {
  const commands = steps.map((step) => `    ${JSON.stringify(step.split(" "))},`).join("\n");
  return `"""Makes the database while the image is built: fixture.sql, which each fleet's PostgreSQL loads.

Written by \`majek-lab new\`. Fixtures: add ["loaddata", "FILE"] to COMMANDS.
"""

import os
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "harness"))

COMMANDS = [
${commands}
]


def main() -> None:
    from majek_harness.postgres import Cluster

    with tempfile.TemporaryDirectory() as folder:
        cluster = Cluster(Path(folder))
        cluster.create()
        try:
            os.environ.update(cluster.environment())
            os.environ["PGTZ"] = "UTC"  # the dump has times in the zone of its session
            fill()
            cluster.dump(HERE / "fixture.sql")
        finally:
            cluster.stop()


def fill() -> None:
    import django
    from django.core.management import call_command
    from django.db import connection, connections
    from django.db.migrations.recorder import MigrationRecorder

    django.setup()
    for command in COMMANDS:
        call_command(*command)
    MigrationRecorder(connection).migration_qs.update(applied=datetime(2008, 11, 23, 12, tzinfo=UTC))
    connections.close_all()


if __name__ == "__main__":
    main()
`;
}
