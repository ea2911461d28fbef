"""The environment variables of the fleet container, checked.

The names and meanings are those of the harness for Python 3; its README.md holds the table.
"""

import collections
import json
import re

PREFIX = "MAJEK_LAB_"
STRATEGIES = ("freeze", "string-segment", "seal")
MAX_WORKERS = 4096
MAX_COUNT = 10**9
MAX_PORT = 65535


class ConfigError(Exception):
    """One or more variables are wrong; `str()` is one line that names each of them."""


#: A path of the request mix; `status` is what it must answer, None: anything below 500.
Path = collections.namedtuple("Path", "path weight status")

#: Everything a fleet needs to know. Counts are requests or processes.
Config = collections.namedtuple(
    "Config",
    "app workers bind preload before_fork warmup paths seed max_requests gate database_source run_dir",
)


def read(environ):
    # type: (dict[str, str] | object) -> Config
    """Read and check every variable.

    Raises ConfigError naming all that is wrong, not only the first.
    """
    reader = _Reader(environ)
    config = Config(
        app=reader.match("APP", None, r"[A-Za-z_][\w.]*:[A-Za-z_]\w*", "module:callable"),
        workers=reader.integer("WORKERS", None, 1, MAX_WORKERS),
        bind=reader.address("BIND", "0.0.0.0:8000"),
        preload=reader.switch("PRELOAD", "1"),
        before_fork=reader.strategies("BEFORE_FORK"),
        warmup=reader.integer("WARMUP", "0", 0, MAX_COUNT),
        paths=reader.paths("PATHS"),
        seed=reader.integer("SEED", "1", 0, 2**63 - 1),
        max_requests=reader.integer("MAX_REQUESTS", "0", 0, MAX_COUNT),
        gate=reader.switch("GATE", "0"),
        database_source=reader.match("DATABASE_SOURCE", "", r"(/[^\0\n]*)?", "an absolute file name"),
        run_dir=reader.match("RUN_DIR", "/run/majek", r"/[^\0\n]*", "an absolute folder"),
    )
    problems = reader.problems + reader.unknown()
    if not problems:
        problems = _contradictions(config)
    if problems:
        raise ConfigError("; ".join(problems))
    return config


def _contradictions(config):
    # type: (Config) -> list[str]
    found = []
    if config.before_fork and not config.preload:
        found.append("MAJEK_LAB_BEFORE_FORK needs MAJEK_LAB_PRELOAD=1: nothing is loaded before the fork otherwise")
    if config.warmup and config.preload and not config.paths:
        found.append("MAJEK_LAB_WARMUP needs at least one path in MAJEK_LAB_PATHS")
    return found


def _full(pattern, value):
    # type: (str, str) -> re.Match[str] | None
    return re.match("(?:%s)\\Z" % pattern, value)


class _Reader(object):
    """Reads variables by name and collects what is wrong with them."""

    def __init__(self, environ):
        # type: (object) -> None
        self.environ = environ  # type: dict[str, str]  # type: ignore[assignment]
        self.problems = []  # type: list[str]
        # Not read here: the application's own, set by the harness itself.
        self.known = {PREFIX + "DATABASE", PREFIX + "EVENT_FD"}

    def text(self, name, default):
        # type: (str, str | None) -> str | None
        self.known.add(PREFIX + name)
        value = self.environ.get(PREFIX + name, default)
        if value is None:
            self._wrong(name, "is not set")
        return value

    def match(self, name, default, pattern, meaning):
        # type: (str, str | None, str, str) -> str
        value = self.text(name, default)
        if value is not None and not _full(pattern, value):
            self._wrong(name, "expected %s, got %r" % (meaning, value))
        return value or ""

    def address(self, name, default):
        # type: (str, str) -> str
        value = self.text(name, default) or ""
        found = _full(r"(?:[\w.\-]+|\[[\da-fA-F:]+\]):(\d{1,5})", value)
        if found is None or not 1 <= int(found.group(1)) <= MAX_PORT:
            self._wrong(name, "expected host:port, the port from 1 to %d, got %r" % (MAX_PORT, value))
        return value

    def integer(self, name, default, low, high):
        # type: (str, str | None, int, int) -> int
        value = self.text(name, default)
        if value is None:
            return low
        if _full(r"\d{1,19}", value) and low <= int(value) <= high:
            return int(value)
        self._wrong(name, "expected a whole number from %d to %d, got %r" % (low, high, value))
        return low

    def switch(self, name, default):
        # type: (str, str) -> bool
        value = self.text(name, default)
        if value not in ("0", "1"):
            self._wrong(name, "expected 0 or 1, got %r" % (value,))
        return value == "1"

    def strategies(self, name):
        # type: (str) -> tuple[str, ...]
        value = self.text(name, "") or ""
        names = tuple(part.strip() for part in value.split(",")) if value.strip() else ()
        for part in names:
            if part not in STRATEGIES:
                self._wrong(name, "expected names from %s, got %r" % (", ".join(STRATEGIES), part))
        if len(set(names)) != len(names):
            self._wrong(name, "names a strategy twice: %r" % (value,))
        return names

    def paths(self, name):
        # type: (str) -> tuple[Path, ...]
        value = self.text(name, "[]") or ""
        try:
            entries = json.loads(value)
        except (ValueError, RuntimeError) as error:
            self._wrong(name, "is not JSON: %s" % error)
            return ()
        if not isinstance(entries, list):
            self._wrong(name, "expected a JSON list of paths")
            return ()
        found = [self._path(name, index, entry) for index, entry in enumerate(entries)]
        return tuple(path for path in found if path is not None)

    def _path(self, name, index, entry):
        # type: (str, int, object) -> Path | None
        problem = _path_problem(entry)
        if problem or not isinstance(entry, dict):
            self._wrong(name, "entry %d: %s" % (index, problem))
            return None
        return Path(str(entry["path"]), float(entry["weight"]), entry.get("status"))

    def unknown(self):
        # type: () -> list[str]
        names = sorted(key for key in self.environ if key.startswith(PREFIX) and key not in self.known)
        return ["%s is not a variable of the harness" % key for key in names]

    def _wrong(self, name, problem):
        # type: (str, str) -> None
        self.problems.append("%s%s %s" % (PREFIX, name, problem))


def _path_problem(entry):
    # type: (object) -> str | None
    if not isinstance(entry, dict) or not {"path", "weight"} <= set(entry) <= {"path", "weight", "status"}:
        return "expected an object with path, weight and, where it differs from success, status"
    path, weight, status = entry["path"], entry["weight"], entry.get("status")
    if not hasattr(path, "startswith") or not _full(r"/[!-~]*", path):
        return "path: expected printable ASCII that starts with /, got %r" % (path,)
    if type(weight) not in (int, float) or not 0 < weight <= MAX_COUNT:
        return "weight: expected a number above 0, got %r" % (weight,)
    if status is not None and (type(status) is not int or not 100 <= status <= 499):
        return "status: expected a number from 100 to 499, got %r" % (status,)
    return None
