"""The example of 2008, in an interpreter of its own: `python2 example.py`.

`import sys,os,time` between two toggles, with -S, because otherwise `site` has imported most of it already. What is
imported comes from byte code that was written when the image was built.
"""

import re
import subprocess
import sys

REPORTED = 17131
SOURCE = "'a'.setmajekhack(); import sys,os,time; 'a'.setmajekhack()"


def measure():
    # type: () -> int
    """Bytes that the segment took."""
    process = subprocess.Popen([sys.executable, "-S", "-c", SOURCE], stderr=subprocess.PIPE)
    said = process.communicate()[1].decode("ascii")
    sys.stderr.write(said)
    told = re.search(r"^MAJEKHACK disabled, allocated (\d+) bytes$", said, re.M)
    if process.returncode != 0 or told is None:
        sys.exit("example.py: needs the patched interpreter\n  next: run it in a fleet of the variant majekhack")
    return int(told.group(1))


def main():
    # type: () -> None
    """Print both numbers."""
    print("reported in 2008: %d bytes\nhere: %d bytes" % (REPORTED, measure()))


if __name__ == "__main__":
    main()
