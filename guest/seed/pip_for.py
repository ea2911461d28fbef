"""Runs pip as if this machine had another processor.

usage: pip_for.py MACHINE ARGUMENT...

MACHINE is what `uname -m` says there, such as aarch64. pip judges environment markers (PEP 508) and tags of wheels by
the machine it runs on, and has no option that changes the former. What it starts to read the metadata of source
distributions runs on the real machine.
"""

from __future__ import annotations

import platform
import runpy
import sys
import sysconfig


def main() -> None:
    """Changes what the standard library says about the machine, then runs pip in this process."""
    machine = sys.argv[1]
    named = sysconfig.get_platform().replace(platform.machine(), machine)
    sysconfig.get_platform = lambda: named
    platform.machine = lambda: machine
    sys.argv = ["pip", *sys.argv[2:]]
    runpy.run_module("pip", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
