"""Tests of the site, on its real fixture.

`python3 -m unittest discover -t . -s tests` in the application's folder. Everything runs in a copy,
because `prepare.py` writes beside itself.
"""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent


def prepared_copy() -> Path:
    """Copy the application, run its `prepare.py` as the image build does, and return the folder."""
    folder = Path(tempfile.mkdtemp(prefix="majek-lab-app-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    copy = folder / "app"
    shutil.copytree(SOURCE, copy, ignore=shutil.ignore_patterns("tests", "__pycache__", "media", "fixture.sqlite3"))
    environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([sys.executable, str(copy / "prepare.py")], check=True, cwd=folder, env=environment)
    return copy


def _start_site() -> Path:
    copy = prepared_copy()
    sys.path.insert(0, str(copy))
    sys.dont_write_bytecode = True
    os.environ["DJANGO_SETTINGS_MODULE"] = "mysite.settings"
    os.environ["MAJEK_LAB_DATABASE"] = str(copy / "fixture.sqlite3")
    import django
    from django.test.utils import setup_test_environment

    django.setup()
    setup_test_environment()
    return copy


SITE = _start_site()
