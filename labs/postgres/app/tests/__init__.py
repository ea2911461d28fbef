"""Tests of the site on a real PostgreSQL, which they start. They must not run as root: PostgreSQL refuses that.

`python3 -m unittest discover -t . -s tests` in the folder of the application, with the harness on PYTHONPATH. It runs
`prepare.py` in copies, because that writes beside itself.
"""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent


def prepared_copy(hash_seed: str = "0", zone: str = "UTC") -> Path:
    """Copy the application, run its `prepare.py` as the image build does, and return the folder."""
    folder = Path(tempfile.mkdtemp(prefix="majek-lab-app-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    copy = folder / "app"
    shutil.copytree(SOURCE, copy, ignore=shutil.ignore_patterns("tests", "__pycache__", "*.mo", "fixture.sql"))
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": zone, "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([sys.executable, str(copy / "prepare.py")], check=True, cwd=folder, env=environment)
    return copy
