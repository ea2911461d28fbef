"""Run a piece of code in an interpreter of its own: a seal cannot be undone."""

import os
import subprocess
import sys
import sysconfig
import textwrap
import unittest

#: Small objects come from arenas.  Not so in a build for AddressSanitizer, or where the environment says otherwise.
PYMALLOC = bool(sysconfig.get_config_var("WITH_PYMALLOC")) and os.environ.get("PYTHONMALLOC", "py").startswith("py")
#: A sanitizer keeps freed memory for a while, in a heap of its own.
SANITIZED = "sanitizer" in (sysconfig.get_config_var("CONFIG_ARGS") or "")

# What the cases have in common.  Memory is read through /proc, because ctypes
# is an extension module that a minimal interpreter may lack.
PRELUDE = """
import gc, os, sys, weakref

def memory(address, size):
    with open("/proc/self/mem", "rb", 0) as mem:
        mem.seek(address)
        return mem.read(size)

def resident_bytes():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE")

class Plain:
    pass
"""


class SealCase(unittest.TestCase):
    """A test whose body is the source text of another process."""

    def run_case(self, source: str, *options: str, **environment: str) -> str:
        """Run source, which must exit with 0, and return what it printed."""
        code = PRELUDE + f"PYMALLOC, SANITIZED = {PYMALLOC}, {SANITIZED}\n" + textwrap.dedent(source)
        done = subprocess.run(
            [sys.executable, "-X", "faulthandler", *options, "-c", code],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=600,  # ends what hangs; 50 children under a sanitizer take minutes on a busy machine
            check=False,
        )
        if done.returncode != 0:
            self.fail(f"exit code {done.returncode}\n{code}\n{done.stderr[-4000:]}")
        return done.stdout
