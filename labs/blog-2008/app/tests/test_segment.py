"""The lab's question, asked of a small fleet: which pages of the segment do workers of this site get for themselves?"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

from tests.test_site import prepared_copy

PATHS = ["/html/", "/json/", "/admin/login/", "/post/7/"]


def harness():
    # type: () -> str | None
    """Why there can be no fleet, or None."""
    try:
        import majek_harness  # noqa: F401
    except ImportError:
        return "needs majek_harness on PYTHONPATH"
    return None if hasattr(str, "setmajekhack") else "needs the patched interpreter"


class SegmentTest(unittest.TestCase):
    """One worker more than one, so that a page can be shared."""

    @unittest.skipIf(harness() is not None, harness() or "")
    def test_none(self):
        # type: () -> None
        copy = prepared_copy("1")
        self.addCleanup(shutil.rmtree, os.path.dirname(copy))
        run_dir = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, run_dir)
        mix = [{"path": path, "weight": 1} for path in PATHS[:3]]
        environment = dict(
            os.environ,
            PYTHONPATH=os.pathsep.join([copy, os.environ["PYTHONPATH"]]),
            PYTHONDONTWRITEBYTECODE="1",
            MAJEK_LAB_APP="mysite.wsgi:application",
            MAJEK_LAB_WORKERS="3",
            MAJEK_LAB_BIND="127.0.0.1:8127",
            MAJEK_LAB_RUN_DIR=run_dir,
            MAJEK_LAB_BEFORE_FORK="string-segment",
            MAJEK_LAB_WARMUP="20",
            MAJEK_LAB_PATHS=json.dumps(mix),
            MAJEK_LAB_DATABASE_SOURCE=os.path.join(copy, "fixture.sqlite3"),
        )
        fleet = subprocess.Popen(
            [sys.executable, "-m", "majek_harness"], cwd=copy, env=environment, stdout=subprocess.PIPE
        )
        try:
            self.serve(fleet)
            report = self.report(fleet.pid, environment)
        finally:
            fleet.terminate()
            fleet.communicate()
        size, own = report
        self.assertGreater(size, 2000000)
        self.assertEqual(own, [0, 0, 0])

    def serve(self, fleet):
        # type: (subprocess.Popen[bytes]) -> None
        """Wait for the fleet, and ask for pages; the last one was not asked for in the warm-up."""
        import urllib2  # type: ignore[import-not-found]

        assert fleet.stdout is not None
        while json.loads(fleet.stdout.readline().decode("ascii"))["majek"] != "ready":
            pass
        for path in PATHS * 25:
            urllib2.urlopen("http://127.0.0.1:8127" + path).read()

    def report(self, master, environment):
        # type: (int, dict[str, str]) -> tuple[int, list[int]]
        """What majek_harness.segment says: bytes of the segment, and how many pages each worker has for itself."""
        command = [sys.executable, "-m", "majek_harness.segment", str(master)]
        said = json.loads(subprocess.check_output(command, env=environment).decode("ascii"))
        return said["bytes"], [worker["own"] for worker in said["workers"]]


if __name__ == "__main__":
    unittest.main()
