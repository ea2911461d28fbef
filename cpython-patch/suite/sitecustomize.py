"""Seals the heap of every process of CPython's own tests: when it starts, and again when its tests are loaded.

Python imports this at start-up when the folder is on PYTHONPATH.
"""

import gc
import sys
from typing import Any


def seal() -> None:
    """Seal what is there; some tests are about threads and interpreters, beside which that is refused."""
    try:  # noqa: SIM105, since every import changes what a test may look at
        gc.seal()  # type: ignore[attr-defined]
    except RuntimeError:
        pass


def seal_loaded_tests() -> None:
    """The modules, classes and functions under test too."""
    import unittest

    load = unittest.TestLoader.loadTestsFromModule

    def load_and_seal(self: unittest.TestLoader, *args: Any, **kwargs: Any) -> unittest.TestSuite:
        suite = load(self, *args, **kwargs)
        seal()
        return suite

    unittest.TestLoader.loadTestsFromModule = load_and_seal  # type: ignore[method-assign]


seal()
# Only in the process that runs tests: many of those that they start look at what is imported.
if sys.orig_argv[1:3] == ["-m", "test"]:
    seal_loaded_tests()
