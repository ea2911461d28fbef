"""Run once at image build: `python3 prepare.py` writes `fixture.sqlite3` and the pictures beside itself.

All are the same bytes each time: no clock, no random number. Wagtail keeps references in sets, so that their order
depends on hashing; the image build sets PYTHONHASHSEED.
"""

import os
import shutil
from pathlib import Path

from preparation import fixed

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Fix clock and identifiers first: models take these functions when they are imported."""
    fixed.install()
    from preparation import fixture

    shutil.rmtree(HERE / "media", ignore_errors=True)
    target = HERE / "fixture.sqlite3"
    unfinished = target.with_suffix(".tmp")
    unfinished.unlink(missing_ok=True)
    os.environ["MAJEK_LAB_DATABASE"] = str(unfinished)
    fixture.write()
    unfinished.replace(target)


if __name__ == "__main__":
    main()
