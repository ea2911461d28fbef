"""Serve a lab's request mix in this one process: for counting instructions, where times say little.

Usage: python3 instructions.py FIRST ROUNDS, with the environment of a fleet. Everything up to the before-fork
strategies happens as in the fleet's master; then FIRST requests are served, and after them the ROUNDS that count.
os.getpgrp() stands before and after these, and nowhere else: callgrind dumps what it has there.
"""

import os
import sys

from majek_harness import app, config, prepare, strategies, warmup


def main() -> None:
    """Warm up, apply the strategies, serve; the answers are checked as in a warm-up."""
    settings = config.read(os.environ)
    if settings.database_source:
        os.environ["MAJEK_LAB_DATABASE"] = prepare.database(settings.database_source, settings.run_dir)
    application = app.load(settings)
    warmup.run(application, settings)
    strategies.before_fork(settings.before_fork)
    first, rounds = map(int, sys.argv[1:])
    warmup.run(application, settings._replace(warmup=first, seed=settings.seed + 1))
    os.getpgrp()
    warmup.run(application, settings._replace(warmup=rounds, seed=settings.seed + 2))
    os.getpgrp()
    os._exit(0)  # as a worker leaves


if __name__ == "__main__":
    main()
