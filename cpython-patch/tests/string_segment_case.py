"""Run a piece of code in an interpreter of its own: a segment cannot be taken away again."""

import os
import subprocess
import sys
import textwrap
import unittest

# Memory and headers are read through /proc: ctypes is an extension module that an interpreter may lack.
PRELUDE = r"""
import contextlib, gc, io, marshal, os, re, struct, sys

def memory(address, size):
    with open("/proc/self/mem", "rb", 0) as mem:
        mem.seek(address)
        return mem.read(size)

def toggle():
    "Toggle; the address or the number of bytes that it told."
    with contextlib.redirect_stderr(io.StringIO()) as said:
        assert "a".setmajekhack() is None
    return int(said.getvalue().split()[2].rstrip(","), 16) if "enabled" in said.getvalue() \
        else int(said.getvalue().split()[3])

def is_compact(text):
    return bool(memory(id(text) + 32, 1)[0] & 0x20)

def data_of(text):
    "Address of the characters of a string that is not compact."
    return struct.unpack("P", memory(id(text) + 56, 8))[0]

def inside(text):
    return not is_compact(text) and SEGMENT <= data_of(text) < SEGMENT + (1 << 30)

def code_with(*constants):
    "A marshalled code object. Constants with a space in them are not interned."
    return marshal.dumps((lambda: 0).__code__.replace(co_consts=constants))

def born(*constants):
    "Equal constants, unmarshalled while the segment was on."
    global SEGMENT
    data = code_with(*constants)
    SEGMENT = toggle()
    code = marshal.loads(data)
    toggle()
    return code.co_consts

KINDS = {
    "ascii": "plain text " * 3,
    "latin1": "caf\xe9 cr\xe8me",
    "ucs2": "\u0394\u0395\u0396 \u20ac",
    "ucs4": "smile \U0001f600 \U0010ffff",
    "surrogate": "lone \udc80 \ud800",
    "one greek": "\u03a9",
    "one emoji": "\U0001f600",
    "nul": "zero\0 inside\0",
    "long": "0123456789 " * 20000,
    "long ucs4": "\U0001f600 " * 30000,
}
"""


class SegmentCase(unittest.TestCase):
    """A test whose body is the source text of another process."""

    def run_case(self, source: str, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run source, which must exit with 0."""
        code = PRELUDE + textwrap.dedent(source)
        done = subprocess.run(
            [sys.executable, "-X", "faulthandler", *options, "-c", code],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        if done.returncode != 0:
            self.fail(f"exit code {done.returncode}\n{code}\n{done.stderr[-4000:]}")
        return done
