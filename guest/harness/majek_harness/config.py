"""The environment variables of the fleet container, checked.

The names and meanings are a contract with the rest of majek-lab; README.md holds the table.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from majek_harness.strategies import NAMES, SEALS

PREFIX = "MAJEK_LAB_"
MAX_WORKERS = 4096
MAX_THREADS = 512
#: gunicorn's own that serve WSGI applications, and the one of the package uvicorn-worker, for ASGI applications.
WORKER_CLASSES = ("sync", "gthread", "uvicorn")
MAX_COUNT = 10**9
MAX_PORT = 65535


class ConfigError(Exception):
    """One or more variables are wrong; `str()` is one line that names each of them."""


class Path(NamedTuple):
    """A path of the request mix; `status` is what it must answer, None: anything below 500."""

    path: str
    weight: float
    status: int | None


class Config(NamedTuple):
    """Everything a fleet needs to know. Counts are requests or processes."""

    app: str
    workers: int
    worker_class: str
    threads: int
    bind: str
    preload: bool
    before_fork: tuple[str, ...]
    warmup: int
    paths: tuple[Path, ...]
    seed: int
    max_requests: int
    gate: bool
    database_source: str
    database_server: str
    run_dir: str


def read(environ: Mapping[str, str]) -> Config:
    """Read and check every variable.

    Raises ConfigError naming all that is wrong, not only the first.
    """
    reader = _Reader(environ)
    config = Config(
        app=reader.match("APP", None, r"[A-Za-z_][\w.]*:[A-Za-z_]\w*", "module:callable"),
        workers=reader.integer("WORKERS", None, 1, MAX_WORKERS),
        worker_class=reader.match(
            "WORKER_CLASS", "sync", "|".join(WORKER_CLASSES), f"one of {', '.join(WORKER_CLASSES)}"
        ),
        threads=reader.integer("THREADS", "1", 1, MAX_THREADS),
        bind=reader.address("BIND", "0.0.0.0:8000"),
        preload=reader.switch("PRELOAD", "1"),
        before_fork=reader.strategies("BEFORE_FORK"),
        warmup=reader.integer("WARMUP", "0", 0, MAX_COUNT),
        paths=reader.paths("PATHS"),
        seed=reader.integer("SEED", "1", 0, 2**63 - 1),
        max_requests=reader.integer("MAX_REQUESTS", "0", 0, MAX_COUNT),
        gate=reader.switch("GATE", "0"),
        database_source=reader.match("DATABASE_SOURCE", "", r"(/[^\0\n]*)?", "an absolute file name"),
        database_server=reader.match("DATABASE_SERVER", "", r"(/[^\0\n]*)?", "an absolute file name"),
        run_dir=reader.match("RUN_DIR", "/run/majek", r"/[^\0\n]*", "an absolute folder"),
    )
    problems = reader.problems + reader.unknown()
    if not problems:
        problems = _contradictions(config)
    if problems:
        raise ConfigError("; ".join(problems))
    return config


def _contradictions(config: Config) -> list[str]:
    found = []
    if config.before_fork and not config.preload:
        found.append("MAJEK_LAB_BEFORE_FORK needs MAJEK_LAB_PRELOAD=1: nothing is loaded before the fork otherwise")
    if config.worker_class == "uvicorn" and config.preload and config.warmup:
        found.append("MAJEK_LAB_WORKER_CLASS=uvicorn needs MAJEK_LAB_WARMUP=0: the master speaks WSGI only")
    if config.worker_class != "gthread" and config.threads > 1:
        found.append("MAJEK_LAB_THREADS above 1 needs MAJEK_LAB_WORKER_CLASS=gthread")
    if config.warmup and config.preload and not config.paths:
        found.append("MAJEK_LAB_WARMUP needs at least one path in MAJEK_LAB_PATHS")
    return found


class _Reader:
    """Reads variables by name and collects what is wrong with them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.problems: list[str] = []
        # Not read here: the application's own, set by the harness itself.
        self.known = {PREFIX + "DATABASE", PREFIX + "EVENT_FD"}

    def text(self, name: str, default: str | None) -> str | None:
        self.known.add(PREFIX + name)
        value = self.environ.get(PREFIX + name, default)
        if value is None:
            self._wrong(name, "is not set")
        return value

    def match(self, name: str, default: str | None, pattern: str, meaning: str) -> str:
        value = self.text(name, default)
        if value is not None and not re.fullmatch(pattern, value, re.ASCII):
            self._wrong(name, f"expected {meaning}, got {value!r}")
        return value or ""

    def address(self, name: str, default: str) -> str:
        value = self.text(name, default) or ""
        found = re.fullmatch(r"(?:[\w.\-]+|\[[\da-fA-F:]+\]):(\d{1,5})", value, re.ASCII)
        if found is None or not 1 <= int(found[1]) <= MAX_PORT:
            self._wrong(name, f"expected host:port, the port from 1 to {MAX_PORT}, got {value!r}")
        return value

    def integer(self, name: str, default: str | None, low: int, high: int) -> int:
        value = self.text(name, default)
        if value is None:
            return low
        if re.fullmatch(r"\d{1,19}", value, re.ASCII) and low <= int(value) <= high:
            return int(value)
        self._wrong(name, f"expected a whole number from {low} to {high}, got {value!r}")
        return low

    def switch(self, name: str, default: str) -> bool:
        value = self.text(name, default)
        if value not in ("0", "1"):
            self._wrong(name, f"expected 0 or 1, got {value!r}")
        return value == "1"

    def strategies(self, name: str) -> tuple[str, ...]:
        value = self.text(name, "") or ""
        names = tuple(part.strip() for part in value.split(",")) if value.strip() else ()
        for part in names:
            if part not in NAMES:
                self._wrong(name, f"expected names from {', '.join(NAMES)}, got {part!r}")
        if len(set(names)) != len(names):
            self._wrong(name, f"names a strategy twice: {value!r}")
        if len(SEALS.keys() & set(names)) > 1:
            self._wrong(name, f"seals more than once: {value!r}")
        return names

    def paths(self, name: str) -> tuple[Path, ...]:
        value = self.text(name, "[]") or ""
        try:
            entries = json.loads(value)
        except (ValueError, RecursionError) as error:
            self._wrong(name, f"is not JSON: {error}")
            return ()
        if not isinstance(entries, list):
            self._wrong(name, "expected a JSON list of paths")
            return ()
        return tuple(path for i, entry in enumerate(entries) if (path := self._path(name, i, entry)))

    def _path(self, name: str, index: int, entry: Any) -> Path | None:
        problem = _path_problem(entry)
        if problem:
            self._wrong(name, f"entry {index}: {problem}")
            return None
        return Path(entry["path"], float(entry["weight"]), entry.get("status"))

    def unknown(self) -> list[str]:
        names = sorted(key for key in self.environ if key.startswith(PREFIX) and key not in self.known)
        return [f"{key} is not a variable of the harness" for key in names]

    def _wrong(self, name: str, problem: str) -> None:
        self.problems.append(f"{PREFIX}{name} {problem}")


def _path_problem(entry: Any) -> str | None:
    if not isinstance(entry, dict) or not {"path", "weight"} <= entry.keys() <= {"path", "weight", "status"}:
        return "expected an object with path, weight and, where it differs from success, status"
    path, weight, status = entry["path"], entry["weight"], entry.get("status")
    if not isinstance(path, str) or not re.fullmatch(r"/[!-~]*", path):
        return f"path: expected printable ASCII that starts with /, got {path!r}"
    if type(weight) not in (int, float) or not 0 < weight <= MAX_COUNT:
        return f"weight: expected a number above 0, got {weight!r}"
    if status is not None and (type(status) is not int or not 100 <= status <= 499):
        return f"status: expected a number from 100 to 499, got {status!r}"
    return None
