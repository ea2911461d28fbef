"""What cannot work ends at once, with an error event and an exit code, and is not tried again."""

import gc
import json
import unittest
from typing import Any

from tests.fleet import HERE, Fleet


class FailureTest(unittest.TestCase):
    def check(self, code: int, message: str, **settings: Any) -> None:
        """The fleet says `message` as an event and on stderr, and exits with `code`."""
        fleet = Fleet(self, **settings)
        event: dict[str, Any] = fleet.event() or {}
        self.assertEqual(event.get("majek"), "error", (event, fleet.errors))
        self.assertIn(message, event["message"])
        self.assertEqual(fleet.exit_code(), code)
        self.assertIn(f"majek-harness: {event['message']}\n", fleet.errors)
        self.assertIsNone(fleet.event(), "said more than once")

    def test_configuration(self) -> None:
        self.check(2, "MAJEK_LAB_WORKERS expected a whole number", WORKERS="0")

    @unittest.skipIf(hasattr(gc, "seal"), "this interpreter can")
    def test_seal_on_a_stock_interpreter(self) -> None:
        self.check(2, "'seal' needs gc.seal(), which this interpreter lacks", BEFORE_FORK="seal")

    @unittest.skipIf(hasattr(str, "setmajekhack"), "this interpreter can")
    def test_string_segment_on_a_stock_interpreter(self) -> None:
        self.check(2, "'string-segment' needs str.setmajekhack()", BEFORE_FORK="string-segment")

    def test_applications_that_cannot_be_loaded(self) -> None:
        for settings in ({"PRELOAD": "1"}, {"PRELOAD": "0", "WORKERS": "6"}):
            with self.subTest(settings):
                self.check(4, "cannot import 'nothing.here'", APP="nothing.here:application", **settings)
                self.check(4, "'apps.plain' of MAJEK_LAB_APP has no callable 'app'", APP="apps.plain:app", **settings)
                self.check(4, "ValueError: this application is broken", APP="apps.broken:application", **settings)

    def test_something_that_is_not_callable(self) -> None:
        self.check(4, "has no callable 'BORN_IN'", APP="apps.plain:BORN_IN")

    def test_an_image_without_gunicorn(self) -> None:
        fleet = Fleet(self, outside={"PYTHONPATH": str(HERE.parent)}, python=("-S",))  # -S: no site-packages
        self.assertIn("gunicorn is not installed for ", (fleet.event() or {})["message"])
        self.assertEqual(fleet.exit_code(), 3)

    def test_run_folder(self) -> None:
        self.check(3, "is not a folder; mount a tmpfs there", RUN_DIR="/nowhere")

    def test_database(self) -> None:
        self.check(3, "cannot copy MAJEK_LAB_DATABASE_SOURCE /nowhere.sqlite3", DATABASE_SOURCE="/nowhere.sqlite3")

    def test_warmup_with_a_wrong_status(self) -> None:
        for path, status, message in (
            ("/broken/", None, "warm-up: /broken/ answered 500, expected a status below 500"),
            ("/missing/", 200, "warm-up: /missing/ answered 404, expected status 200"),
            ("/", 404, "warm-up: / answered 200, expected status 404"),
            ("/raise/", None, "warm-up: /raise/ raised RuntimeError: asked to raise"),
        ):
            with self.subTest(path=path):
                entry = {"path": path, "weight": 1} | ({"status": status} if status else {})
                self.check(3, message, WARMUP="1", PATHS=json.dumps([entry]))


if __name__ == "__main__":
    unittest.main()
