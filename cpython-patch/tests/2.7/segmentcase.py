"""Run a piece of code in an interpreter of its own: a segment cannot be taken away again.

Python 2.7, and what Python 3 makes of it still has types.
"""

import os
import subprocess
import sys
import textwrap
import unittest

# Memory and headers are read through /proc: ctypes is an extension module that an interpreter may lack.
PRELUDE = r"""
import cStringIO, gc, marshal, os, re, struct, sys, types

# A build that traces references has two pointers in front of every object.
HEAD = 16 if hasattr(sys, "getobjects") else 0

def memory(address, size):
    with open("/proc/self/mem", "rb", 0) as mem:
        mem.seek(address)
        return mem.read(size)

def toggle():
    "Toggle; the address or the number of bytes that it told."
    real, sys.stderr = sys.stderr, cStringIO.StringIO()
    try:
        assert "a".setmajekhack() is None
        said = sys.stderr.getvalue()
    finally:
        sys.stderr = real
    return int(said.split()[2].rstrip(","), 16) if "enabled" in said else int(said.split()[3])

def data_of(text):
    "Address of the characters of a string."
    return struct.unpack("P", memory(id(text) + HEAD + 32, 8))[0]

def is_inline(text):
    return data_of(text) == id(text) + HEAD + 44

def inside(text):
    return SEGMENT <= data_of(text) < SEGMENT + (1 << 30)

def fresh(text):
    "An equal string that nobody else refers to, on the heap."
    return "".join([text[:1], text[1:]])

def code_with(*constants):
    "A marshalled code object. Constants with a space in them are not interned."
    return marshal.dumps(types.CodeType(0, 0, 1, 67, "d\0\0S", constants, (), (), "some file", "some name", 1, ""))

def born(*constants):
    "Equal constants, unmarshalled while the segment was on."
    global SEGMENT
    data = code_with(*constants)
    SEGMENT = toggle()
    code = marshal.loads(data)
    toggle()
    return code.co_consts

KINDS = {
    "plain": "plain text " * 3,
    "high": "".join(map(chr, range(256))),
    "utf-8": u"caf\xe9 cr\xe8me".encode("utf-8"),
    "nul": "zero\0 inside\0",
    "two": "% ",
    "long": "0123456789 " * 20000,
}
"""


class SegmentCase(unittest.TestCase):
    """A test whose body is the source text of another process."""

    def start(self, source, options=(), **environment):
        # type: (str, tuple[str, ...], str) -> tuple[int, str, str]
        """Run source as it is; exit code, stdout, stderr."""
        process = subprocess.Popen(
            [sys.executable] + list(options) + ["-c", textwrap.dedent(source)],
            env=dict(os.environ, **environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
        )
        out, err = process.communicate()
        # What a build that counts references says at the end is not what a test is about.
        lines = [line for line in err.splitlines(True) if not (line.startswith("[") and line.endswith(" refs]\n"))]
        return process.returncode, out, "".join(lines)

    def run_case(self, source, options=(), **environment):
        # type: (str, tuple[str, ...], str) -> tuple[str, str]
        """Run source after the prelude; it must exit with 0. Its stdout and stderr."""
        code, out, err = self.start(PRELUDE + textwrap.dedent(source), options, **environment)
        if code != 0:
            self.fail("exit code %d\n%s\n%s" % (code, source, err[-4000:]))
        return out, err
