"""Run once at image build: `python3 prepare.py` writes `fixture.sql` and the compiled translations beside itself.

Both are the same bytes each time: no clock, no random number, no order that depends on hashing. A data directory of
PostgreSQL never is, so each fleet's server makes one and loads the SQL.
"""

import os
import sys
import tempfile
from pathlib import Path

from preparation import fixture, messages

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "harness"))  # the image's, while it is built; fleets have it anyway


def main() -> None:
    """Compile the translations first: the site must be complete when Django starts."""
    for source in sorted(HERE.glob("locale/*/LC_MESSAGES/*.po")):
        source.with_suffix(".mo").write_bytes(messages.compile_catalogue(source.read_text("utf-8")))
    target = HERE / "fixture.sql"
    unfinished = target.with_suffix(".tmp")
    _write(unfinished)
    unfinished.replace(target)


def _write(target: Path) -> None:
    from majek_harness.postgres import Cluster

    with tempfile.TemporaryDirectory() as folder:
        cluster = Cluster(Path(folder))
        cluster.create()
        try:
            os.environ.update(cluster.environment())
            os.environ["PGTZ"] = "UTC"  # the dump has times in the zone of its session
            fixture.write()
            cluster.dump(target)
        finally:
            cluster.stop()


if __name__ == "__main__":
    main()
