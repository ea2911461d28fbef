"""Runs CPython's own tests and tells how each ended. For the interpreter under test, with its library alone.

    PYTHON outcomes.py [--seal] [--resources LIST] [--timeout SECONDS] TEST...

Prints one JSON object, `{"test.test_gc.GCTests.test_list": "passed", ...}`. Each TEST, such as `test_gc`, has a process
of its own; one that leaves no report has its name as the only key, with what became of it.
"""

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

HERE = Path(__file__).resolve().parent
#: With which `python -m test` ends where a file wants a resource that is not enabled.
NO_TESTS_RAN = 4


def environment(seal: bool) -> dict[str, str]:
    """The caller's without PYTHON..., with the folder of sitecustomize.py in front where the heap is to be sealed."""
    path = os.environ.get("PYTHONPATH", "")
    if seal:
        path = os.pathsep.join(filter(None, [str(HERE), path]))
    # Such as PYTHONUNBUFFERED, with which a test of test_cmd_line fails everywhere.
    others = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {**others, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}


def outcome(case: ElementTree.Element) -> str:
    """How one test ended."""
    for child in case:
        if child.tag in ("failure", "error", "skipped"):
            return {"failure": "failed", "error": "failed"}.get(child.tag, "skipped")
    return "passed"


def read_report(report: Path) -> dict[str, str]:
    """Every test in a JUnit file. A name may be there twice, for a class made by a loop: the worse counts."""
    rank = ["passed", "skipped", "failed"]
    found: dict[str, str] = {}
    for case in ElementTree.parse(report).iter("testcase"):
        # Parameters of a subtest are part of its name, and some are objects without a name of their own.
        name = re.sub(r" at 0x[0-9a-f]+", "", case.get("name", "?"))
        found[name] = max(outcome(case), found.get(name, "passed"), key=rank.index)
    return found


def ignored() -> list[str]:
    """Options that leave out the tests of ignored.txt."""
    lines = (HERE / "ignored.txt").read_text(encoding="utf-8").splitlines()
    names = (line.split("#")[0].strip() for line in lines)
    return [f"--ignore={name}" for name in names if name]


def run_file(test: str, *, seal: bool, resources: str, timeout: float) -> dict[str, str]:
    """Runs one file of tests."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "test", f"--junit-xml={report}", f"--use={resources}", *ignored(), test]
        try:
            done = subprocess.run(
                command, env=environment(seal), cwd=folder, capture_output=True, text=True, timeout=timeout, check=False
            )
        except subprocess.TimeoutExpired:
            return {test: "ran out of time"}
        found = read_report(report) if report.is_file() else {}
        if done.returncode == NO_TESTS_RAN and not found:
            return {test: "skipped"}
        if done.returncode < 0:
            return {test: f"killed by signal {-done.returncode}"}
        # unittest names no test of which a subtest failed; it is missing from what this interpreter ran.
        nameless = found.pop("?", None)
        if done.returncode and nameless is None and "failed" not in found.values():
            sys.stderr.write(done.stdout[-3000:] + done.stderr[-3000:])
            found[test] = f"exit code {done.returncode}"
        return found or {test: "skipped"}


def main() -> int:
    """Prints the outcomes of all tests that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seal", action="store_true", help="seal the heap of every process")
    parser.add_argument("--resources", default="none")
    parser.add_argument("--timeout", type=float, default=900)
    parser.add_argument("tests", nargs="+")
    arguments = parser.parse_args()
    # A shell ignores it for what it runs in the background, and so would the tests of Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    found: dict[str, str] = {}
    for test in arguments.tests:
        found.update(run_file(test, seal=arguments.seal, resources=arguments.resources, timeout=arguments.timeout))
    json.dump(found, sys.stdout, indent=0, sort_keys=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
