"""Prints, as a JSON array, what is needed to build the source distributions in a folder.

usage: build_requires.py FOLDER

Asks pyproject.toml first (PEP 518), then the build back end itself (`get_requires_for_build_wheel`, PEP 517),
which runs in a folder that holds just the first answer.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from pathlib import Path

DEFAULT_BACKEND = "setuptools.build_meta:__legacy__"
DEFAULT_REQUIRES = ["setuptools>=40.8.0"]

ASK_BACKEND = """
import importlib, json, sys
module, _, attribute = sys.argv[1].partition(":")
sys.path[:0] = json.loads(sys.argv[2])
backend = importlib.import_module(module)
for name in filter(None, attribute.split(".")):
    backend = getattr(backend, name)
hook = getattr(backend, "get_requires_for_build_wheel", lambda settings=None: [])
print("\\n" + json.dumps(hook()))
"""


def unpack(archive: Path, into: Path) -> Path:
    """Unpacks a source distribution and returns its one top folder."""
    if archive.suffix == ".zip":
        with zipfile.ZipFile(archive) as zipped:
            zipped.extractall(into)
    else:
        with tarfile.open(archive) as tarred:
            tarred.extractall(into, filter="data")
    return next(path for path in into.iterdir() if path.is_dir())


def dynamic(source: Path, requires: list[str], backend: str, backend_path: list[str], site: Path) -> list[str]:
    """What the back end asks for, once its static requirements are installed in `site`."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(site), "--", *requires]
    subprocess.run(pip, check=True, stdout=sys.stderr)
    paths = json.dumps([*[str(source / path) for path in backend_path], str(site)])
    ask = [sys.executable, "-c", ASK_BACKEND, backend, paths]
    done = subprocess.run(ask, cwd=source, check=True, stdout=subprocess.PIPE, text=True)
    answer: list[str] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


def requirements(archive: Path) -> list[str]:
    """Static and dynamic build requirements of one source distribution."""
    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / "source").mkdir()
        source = unpack(archive, Path(scratch) / "source")
        project = source / "pyproject.toml"
        system = tomllib.loads(project.read_text("utf-8")).get("build-system", {}) if project.exists() else {}
        requires = system.get("requires", DEFAULT_REQUIRES)
        backend = system.get("build-backend", DEFAULT_BACKEND)
        paths = system.get("backend-path", [])
        return [*requires, *dynamic(source, requires, backend, paths, Path(scratch) / "site")]


def main() -> None:
    """Collects the requirements of every source distribution."""
    found: set[str] = set()
    for archive in sorted(Path(sys.argv[1]).iterdir()):
        if archive.suffix != ".whl":
            found.update(requirements(archive))
    print(json.dumps(sorted(found)))


if __name__ == "__main__":
    main()
