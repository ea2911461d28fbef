"""`python2 -m majek_harness.segment`, inside a running fleet: how much of the string segment is still shared.

Asks the kernel, for each page of the segment, whether a process is the only one that maps it: bit 56 of
/proc/PID/pagemap (Documentation/admin-guide/mm/pagemap.rst), which needs no privilege.
"""

import json
import os
import struct
import sys

PRESENT = 1 << 63
EXCLUSIVE = 1 << 56


def pages_of(pid, address, size):
    # type: (int, int, int) -> list[int]
    """Page table entries of a range."""
    page = os.sysconf("SC_PAGESIZE")
    count = -(-size // page)
    with open("/proc/%d/pagemap" % pid, "rb", 0) as table:
        table.seek(address // page * 8)
        return list(struct.unpack("%dQ" % count, table.read(count * 8)))


def workers_of(master):
    # type: (int) -> list[int]
    """Processes whose parent is the master and that run the same program."""
    found = []
    program = os.readlink("/proc/%d/exe" % master)
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open("/proc/%s/stat" % name) as stat:
                parent = int(stat.read().rsplit(")", 1)[1].split()[1])
            if parent == master and os.readlink("/proc/%s/exe" % name) == program:
                found.append(int(name))
        except (IOError, OSError):
            continue  # it has ended
    return sorted(found)


def report(run_dir, master):
    # type: (str, int) -> dict[str, object]
    """What `main` prints."""
    with open(run_dir + "/segment") as source:
        segment = json.load(source)
    workers = []
    for pid in workers_of(master):
        entries = pages_of(pid, segment["address"], segment["bytes"])
        own = sum(1 for entry in entries if entry & PRESENT and entry & EXCLUSIVE)
        workers.append({"pid": pid, "pages": len(entries), "own": own})
    pages = len(pages_of(master, segment["address"], segment["bytes"]))
    return {"bytes": segment["bytes"], "pages": pages, "workers": workers}


def main():
    # type: () -> None
    """Print one JSON object: bytes and pages of the segment, and how many pages each worker has of its own."""
    run_dir = os.environ.get("MAJEK_LAB_RUN_DIR", "/run/majek")
    master = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    try:
        print(json.dumps(report(run_dir, master), sort_keys=True))
    except IOError as error:
        sys.exit("majek_harness.segment: %s\n  next: run it in a fleet of the variant with string-segment" % error)


if __name__ == "__main__":
    main()
