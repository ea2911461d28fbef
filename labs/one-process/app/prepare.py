"""Run once at image build: `python3 prepare.py` writes `fixture.sqlite3` and the compiled translations beside itself.

Both are the same bytes each time: no clock, no random number, no order that depends on hashing.
"""

import os
import zoneinfo
from pathlib import Path

from preparation import fixture, messages

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Compile the translations first: the site must be complete when Django starts."""
    _check_time_zones()
    for source in sorted(HERE.glob("locale/*/LC_MESSAGES/*.po")):
        source.with_suffix(".mo").write_bytes(messages.compile_catalogue(source.read_text("utf-8")))
    target = HERE / "fixture.sqlite3"
    unfinished = target.with_suffix(".tmp")
    unfinished.unlink(missing_ok=True)
    os.environ["MAJEK_LAB_DATABASE"] = str(unfinished)
    fixture.write()
    unfinished.replace(target)


def _check_time_zones() -> None:
    """Fail here, not at the first page with a date on it: slim images have no time zone database."""
    try:
        zoneinfo.ZoneInfo("UTC")
    except zoneinfo.ZoneInfoNotFoundError:
        raise SystemExit("prepare.py: no time zone database; add the package tzdata to the image") from None


if __name__ == "__main__":
    main()
