"""Imports the application under test, for gunicorn."""

import importlib
import os
import signal
from typing import NoReturn

from majek_harness import events, strategies
from majek_harness.config import Config
from majek_harness.headers import WsgiApp


def load(config: Config) -> WsgiApp:
    """Import `config.app` and return its callable.

    Runs in the master with preload, in each worker without. Ends the fleet with an error event and
    EXIT_APP where the application cannot be loaded: on some errors gunicorn would start workers for
    ever.
    """
    strategies.before_import(config.before_fork)
    module, _, name = config.app.partition(":")
    try:
        app: WsgiApp | None = getattr(importlib.import_module(module), name, None)
    except Exception as error:
        _show_traceback()
        _fail(config, f"cannot import {module!r} of MAJEK_LAB_APP: {type(error).__name__}: {error}")
    if not callable(app):
        _fail(config, f"{module!r} of MAJEK_LAB_APP has no callable {name!r}")
    return app


def _fail(config: Config, message: str) -> NoReturn:
    """Let one process of the fleet tell of the failure; the others wait for their end.

    gunicorn's master takes EXIT_APP from one worker; while it ends the rest, a second one would
    make it stumble and exit with 1.
    """
    try:
        os.close(os.open(f"{config.run_dir}/failed", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644))
    except FileExistsError:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pause()
    events.fail(message, events.EXIT_APP)


def _show_traceback() -> None:
    import traceback  # on the way out: its cost does not matter

    traceback.print_exc()
