"""`python2 -m majek_harness`: check the environment, prepare the container, become gunicorn.

The last step is an `exec`, so that nothing of this part is in the heap that is measured.
"""

import imp
import os
import sys

from majek_harness import config, events, prepare, strategies

APPLICATION = "majek_harness.gunicorn_conf:_application()"


def main():
    # type: () -> None
    """Run as PID 1 of the fleet container. Never returns."""
    try:
        settings = config.read(os.environ)
    except config.ConfigError as error:
        events.fail(str(error), events.EXIT_CONFIG)
    problem = strategies.missing(settings.before_fork)
    if problem:
        events.fail(problem, events.EXIT_CONFIG)
    try:
        imp.find_module("gunicorn")
    except ImportError:
        events.fail("gunicorn is not installed for %s" % sys.executable, events.EXIT_START)
    try:
        prepare.run_dir(settings.run_dir)
        if settings.database_source:
            os.environ["MAJEK_LAB_DATABASE"] = prepare.database(settings.database_source, settings.run_dir)
        prepare.disable_huge_pages()
    except prepare.PrepareError as error:
        events.fail(str(error), events.EXIT_START)
    become_gunicorn(settings)


def become_gunicorn(settings):
    # type: (config.Config) -> None
    """Replace this process."""
    os.environ.pop("GUNICORN_CMD_ARGS", None)  # would override the configuration below
    os.environ.setdefault("PYTHONHASHSEED", "0")  # equal runs lay out equal dictionaries
    os.environ[events.EVENT_FD] = str(prepare.separate_events())
    os.environ.update(strategies.environment(settings.before_fork))
    command = [sys.executable, "-m", "gunicorn.app.wsgiapp", "-c", "python:majek_harness.gunicorn_conf", APPLICATION]
    os.execv(sys.executable, command)


if __name__ == "__main__":
    main()
