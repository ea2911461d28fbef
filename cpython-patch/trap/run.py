"""Name who writes first to the pages that a fleet's workers share with their master.

Usage: run.py --library trap.so --allowed allowed.txt [--requests 200], with the environment of a fleet
(guest/harness/README.md) but for its address. Exit code 1: somebody writes who is not allowed to.
"""

import argparse
import socket
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import logfile
import writers
from symbols import Memory

from fleet import Fleet, FleetError


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class Worker(NamedTuple):
    """What one worker did."""

    log: logfile.Log
    memory: Memory
    #: Writes at its start and during the lab's mix; the rest came with pages that the warm-up never asked for.
    before_cold: int

    def summary(self) -> str:
        """A line with its counts."""
        written, protected = len(self.log.writes), self.log.protected
        left_out = ", ".join(f"{pages} of {name}" for name, pages in self.log.left_out.items())
        return (
            f"{written} of {protected} pages written ({100 * written / protected:.1f} %), {self.before_cold} of them "
            f"before cold URLs; not protected: {left_out}"
        )


def trap(library: Path, requests: int, cold: bool) -> list[Worker]:
    """Run a fleet with the trap. Returns what each worker wrote to, with its memory."""
    with tempfile.TemporaryDirectory() as logs:
        fleet = Fleet(library, Path(logs), free_port())
        try:
            fleet.mix(requests)
            before = {pid: len(logfile.read(Path(logs, str(pid))).writes) for pid in fleet.workers}
            if cold:
                fleet.cold()
            maps = fleet.maps()
        finally:
            fleet.stop()
        return [Worker(logfile.read(Path(logs, str(pid))), Memory(text), before[pid]) for pid, text in maps.items()]


def main() -> int:
    """Print the table, then what is not allowed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--allowed", type=Path, required=True)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--no-cold", dest="cold", action="store_false", help="the site is not that of django-8workers")
    options = parser.parse_args()
    try:
        allowed = writers.read_allowed(options.allowed)
        workers = trap(options.library, options.requests, options.cold)
    except (FleetError, logfile.LogError, ValueError) as error:
        print(f"trap: {error}", file=sys.stderr)
        return 2
    for worker in workers:
        print(worker.summary())
    found = writers.collect((worker.log, worker.memory) for worker in workers)
    print("\n".join(writers.table(found, allowed)))
    wrong = writers.unexpected(found, allowed)
    if wrong:
        print("\nnot allowed:", *wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
