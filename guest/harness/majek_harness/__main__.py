"""`python3 -m majek_harness`: check the environment, prepare the container, become gunicorn.

The last step is an `exec`, so that nothing of this part is in the heap that is measured.
"""

import os
import sys
from importlib.util import find_spec

from majek_harness import config, events, prepare, stop, strategies


def main() -> None:
    """Run as PID 1 of the fleet container. Never returns."""
    stop.block()
    try:
        settings = config.read(os.environ)
    except config.ConfigError as error:
        events.fail(str(error), events.EXIT_CONFIG)
    problem = strategies.missing(settings.before_fork)
    if problem:
        events.fail(problem, events.EXIT_CONFIG)
    if find_spec("gunicorn") is None:
        events.fail(f"gunicorn is not installed for {sys.executable}", events.EXIT_START)
    try:
        prepare.run_dir(settings.run_dir)
        if settings.database_source:
            os.environ["MAJEK_LAB_DATABASE"] = prepare.database(settings.database_source, settings.run_dir)
        if settings.database_server:
            prepare.await_server(settings.database_server)
        prepare.disable_huge_pages()
    except prepare.PrepareError as error:
        events.fail(str(error), events.EXIT_START)
    _become_gunicorn()


def _become_gunicorn() -> None:
    os.environ.pop("GUNICORN_CMD_ARGS", None)  # would override the configuration below
    os.environ.setdefault("PYTHONHASHSEED", "0")  # equal runs lay out equal dictionaries
    os.environ[events.EVENT_FD] = str(prepare.separate_events())
    command = [sys.executable, "-m", "gunicorn", "-c", "python:majek_harness.gunicorn_conf"]
    os.execv(sys.executable, command)


if __name__ == "__main__":
    main()
