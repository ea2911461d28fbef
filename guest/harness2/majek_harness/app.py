"""Imports the application under test, for gunicorn."""

import importlib
import os
import signal

from majek_harness import events


def load(config):
    # type: (object) -> object
    """Import `config.app` and return its callable.

    Runs in the master with preload, in each worker without. Ends the fleet with an error event and
    EXIT_APP where the application cannot be loaded: on some errors gunicorn would start workers for
    ever.
    """
    module, _, name = config.app.partition(":")  # type: ignore[attr-defined]
    app = None
    try:
        app = getattr(importlib.import_module(module), name, None)
    except Exception as error:
        _show_traceback()
        _fail(config, "cannot import %r of MAJEK_LAB_APP: %s: %s" % (module, type(error).__name__, error))
    if not callable(app):
        _fail(config, "%r of MAJEK_LAB_APP has no callable %r" % (module, name))
    return app


def _fail(config, message):
    # type: (object, str) -> None
    """Let one process of the fleet tell of the failure; the others wait for their end.

    gunicorn's master takes EXIT_APP from one worker; while it ends the rest, a second one would
    make it stumble and exit with 1.
    """
    failed = config.run_dir + "/failed"  # type: ignore[attr-defined]
    try:
        os.close(os.open(failed, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644))
    except OSError:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pause()
    events.fail(message, events.EXIT_APP)


def _show_traceback():
    # type: () -> None
    import traceback  # on the way out: its cost does not matter

    traceback.print_exc()
