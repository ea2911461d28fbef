"""What a fleet is asked for; no interpreter of a lab is needed."""

import json
import os
import unittest
from unittest import mock

from fleet import Fleet


class Asked(Fleet):
    """A fleet of one worker that notes what it is asked for."""

    def __init__(self) -> None:
        self.workers = [7]
        self.targets: list[str] = []

    def get(self, method: str, target: str, form: dict[str, str] | None, status: int | None) -> int:
        """Note it and say who answered."""
        self.targets.append(target)
        return 7


class MixTest(unittest.TestCase):
    """The lab's mix."""

    def test_rare_paths_are_asked_for_too(self) -> None:
        """A path of weight 1 among many may be the only one that uses a library."""
        paths = [{"path": f"/{number}/", "weight": 1 if number else 500} for number in range(40)]
        fleet = Asked()
        with mock.patch.dict(os.environ, {"MAJEK_LAB_PATHS": json.dumps(paths)}):
            fleet.mix(60)
        self.assertEqual(set(fleet.targets), {path["path"] for path in paths})
