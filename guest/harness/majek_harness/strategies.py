"""The before-fork strategies: what is done to the heap so that workers can go on sharing it.

The order is fixed, whatever order the variant names them in: `string-segment` ends first (nothing
that follows may still be placed in it), then `freeze` (what is frozen includes what the warm-up
made), and `seal` is last, because after it the heap should not be written again.
"""

import gc
import sys
from collections.abc import Callable, Collection

#: The arguments of `gc.seal()`, for each strategy that seals.
SEALS = {
    "seal-counts": {"level": "counts"},
    "seal-caches": {"level": "caches"},
    "seal-arenas": {"level": "arenas"},
    "seal": {"level": "full"},
    "seal-hot": {"level": "full", "adaptive": "hot"},
}
NAMES = ("freeze", "string-segment", *SEALS)


def missing(names: Collection[str]) -> str | None:
    """Why this interpreter cannot do what `names` ask for, or None."""
    needs = {
        "string-segment": ("str.setmajekhack()", hasattr(str, "setmajekhack")),
        **dict.fromkeys(SEALS, ("gc.seal()", hasattr(gc, "seal"))),
    }
    for name, (what, present) in needs.items():
        if name in names and not present:
            version = sys.version.replace("\n", " ")
            return f"before-fork strategy {name!r} needs {what}, which this interpreter lacks: Python {version}"
    return None


def before_import(names: Collection[str]) -> None:
    """Run in the master before the application is imported."""
    if "freeze" in names:
        gc.disable()  # a collection now would leave holes in pages that workers then fill (see `gc.freeze`)
    if "string-segment" in names:
        _call("a", "setmajekhack")


def before_fork(names: Collection[str]) -> None:
    """Run in the master after the warm-up, last thing before the gate."""
    if "string-segment" in names:
        # Not sooner: much is imported by the first requests only (URLs, views, templates). The garbage of requests
        # does not get into the segment, which takes strings from unmarshalling and interning alone.
        _call("a", "setmajekhack")
    if "freeze" in names:
        gc.freeze()
    for name in names:
        if name in SEALS:
            _call(gc, "seal", **SEALS[name])


def after_fork(names: Collection[str]) -> None:
    """Run in each worker as soon as it exists."""
    if "freeze" in names:
        gc.enable()


def _call(owner: object, name: str, **arguments: str) -> None:
    """Call a method that only a patched interpreter has, so that type checkers cannot know it."""
    method: Callable[..., object] = getattr(owner, name)
    method(**arguments)
