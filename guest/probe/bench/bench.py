"""CPU time of a sample against plain reading of the same page table entries, interleaved A B A B.

usage: bench.py [--workers N] [--megabytes M] [--percent P] [--rounds R]
"""

import argparse
import json
import statistics
import subprocess
from pathlib import Path
from typing import IO

BUILD = Path(__file__).resolve().parent.parent / "build"


class Program:
    """One of the bench's programs, asked line by line."""

    def __init__(self, name: str, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [BUILD / name, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def _stream(self, stream: IO[str] | None) -> IO[str]:
        assert stream is not None
        return stream

    def ask(self, line: str) -> str:
        self._stream(self.process.stdin).write(line + "\n")
        self._stream(self.process.stdin).flush()
        return self.answer()

    def answer(self) -> str:
        return self._stream(self.process.stdout).readline().strip()

    def close(self) -> None:
        self._stream(self.process.stdin).close()
        self.process.wait()


def measure(fleet: Program, workers: int, rounds: int) -> tuple[list[float], list[float], int, dict[str, int]]:
    """Milliseconds of the probe and of plain reading, the number of entries, and the last sample."""
    master = fleet.process.pid
    probe = Program("majek-probe")
    record = json.loads(probe.ask(f"p0 {master}"))
    assert record["ok"], record
    assert fleet.ask("fork") == "ready"
    sample = json.loads(probe.ask(f"sample {master}"))
    pids = [str(process["pid"]) for process in (sample["master"], *sample["workers"])]
    assert len(pids) == workers + 1
    plain = Program("plain", *pids)
    ours, theirs, entries = [], [], 0
    for _ in range(rounds):
        nanoseconds, entries = (int(word) for word in plain.ask("go").split())
        theirs.append(nanoseconds / 1e6)
        sample = json.loads(probe.ask(f"sample {master}"))
        ours.append(sample["cpuNs"] / 1e6)
    plain.close()
    probe.close()
    return ours, theirs, entries, sample


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=64)
    parser.add_argument("--megabytes", type=int, default=500)
    parser.add_argument("--percent", type=int, default=5, help="of its memory that each worker has written again")
    parser.add_argument("--rounds", type=int, default=11)
    options = parser.parse_args()
    fleet = Program("grow", str(options.workers), str(options.megabytes), str(options.percent))
    assert fleet.answer() == "preloaded"
    ours, theirs, entries, sample = measure(fleet, options.workers, options.rounds)
    fleet.close()
    ratios = sorted(a / b for a, b in zip(ours, theirs, strict=True))
    print(f"{options.workers} workers of {options.megabytes} MB, {options.percent} % written, {entries} entries")
    print(f"plain reading {statistics.median(theirs):8.1f} ms CPU ({min(theirs):.1f} to {max(theirs):.1f})")
    print(f"sample        {statistics.median(ours):8.1f} ms CPU ({min(ours):.1f} to {max(ours):.1f})")
    print(f"ratio         {statistics.median(ratios):8.3f} ({ratios[0]:.3f} to {ratios[-1]:.3f}), limit 1.3")
    print(f"fleet {sample['fleetBytes'] / 1e6:.0f} MB, lost {sample['lostBytes'] / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
