"""The before-fork strategy of 2.7: the string segment, which is on from before `site` until the fork."""

import json
import os
import sys


class _Said(object):
    """Stands in for sys.stderr: hands on, and remembers."""

    def __init__(self, stream):
        # type: (object) -> None
        self.stream = stream
        self.text = ""

    def write(self, text):
        # type: (str) -> None
        self.text += text
        self.stream.write(text)  # type: ignore[attr-defined]


def missing(names):
    # type: (tuple[str, ...]) -> str | None
    """Why this interpreter cannot do what `names` ask for, or None."""
    needs = {
        "freeze": ("gc.freeze()", False),
        "string-segment": ("str.setmajekhack()", hasattr(str, "setmajekhack")),
        "seal": ("gc.seal()", False),
    }
    for name, (what, present) in sorted(needs.items()):
        if name in names and not present:
            version = sys.version.replace("\n", " ")
            return "before-fork strategy %r needs %s, which this interpreter lacks: Python %s" % (name, what, version)
    return None


def environment(names):
    # type: (tuple[str, ...]) -> dict[str, str]
    """Variables of the process that becomes the master."""
    return {"MAJEKHACK": "1"} if "string-segment" in names else {}


def started():
    # type: () -> None
    """Run in the master: what it starts itself is measured by nobody."""
    os.environ.pop("MAJEKHACK", None)


def before_fork(names, run_dir):
    # type: (tuple[str, ...], str) -> None
    """Run in the master after the warm-up, last thing before the gate: much is imported by the first requests only."""
    if "string-segment" not in names:
        return
    real = sys.stderr
    said = _Said(real)
    sys.stderr = said
    try:
        for _ in range(3):  # off, which tells the size; on, which tells the address; off
            "a".setmajekhack()  # type: ignore[attr-defined]
    finally:
        sys.stderr = real
    size, address = said.text.split()[3], said.text.split()[7]
    with open(run_dir + "/segment", "w") as sink:
        json.dump({"address": int(address, 16), "bytes": int(size)}, sink)
