"""Imports the application under test, for gunicorn."""

import importlib

from majek_harness import events, strategies
from majek_harness.config import Config
from majek_harness.headers import WsgiApp


def load(config: Config) -> WsgiApp:
    """Import `config.app` and return its callable.

    Runs in the master with preload, in each worker without. Ends the process with an error event
    and EXIT_APP where the application cannot be loaded: gunicorn would start the worker again for
    ever on some errors.
    """
    strategies.before_import(config.before_fork)
    module, _, name = config.app.partition(":")
    try:
        app: WsgiApp | None = getattr(importlib.import_module(module), name, None)
    except Exception as error:
        _show_traceback()
        events.fail(f"cannot import {module!r} of MAJEK_LAB_APP: {type(error).__name__}: {error}", events.EXIT_APP)
    if not callable(app):
        events.fail(f"{module!r} of MAJEK_LAB_APP has no callable {name!r}", events.EXIT_APP)
    return app


def _show_traceback() -> None:
    import traceback  # on the way out: its cost does not matter

    traceback.print_exc()
