"""gunicorn's configuration and hooks: `gunicorn -c python:majek_harness.gunicorn_conf`.

gunicorn takes every name of this module that it knows as a setting, so other names start with `_`.

In the master: settings, import of the application (with preload), `when_ready`, then the forks.
"""

import logging as _logging
import os as _os
import sys as _sys
from typing import Any as _Any

from majek_harness import app as _app
from majek_harness import config as _config
from majek_harness import events as _events
from majek_harness import slots as _slots
from majek_harness import stop as _stop
from majek_harness import strategies as _strategies
from majek_harness import warmup as _warmup
from majek_harness.gate import Gate as _Gate
from majek_harness.headers import Counted as _Counted
from majek_harness.headers import WsgiApp as _WsgiApp

_stop.install()
_settings = _config.read(_os.environ)
_counted: _Any = _Counted
if _settings.worker_class != "sync":
    from majek_harness import concurrent as _concurrent  # only here: it would be in every measured heap

    _counted = _concurrent.COUNTED[_settings.worker_class]

wsgi_app = "majek_harness.gunicorn_conf:_application()"
bind = [_settings.bind]
workers = _settings.workers
worker_class = "uvicorn_worker.UvicornWorker" if _settings.worker_class == "uvicorn" else _settings.worker_class
threads = _settings.threads
preload_app = _settings.preload
max_requests = _settings.max_requests
max_requests_jitter = 0
timeout = 120  # the engine pauses the fleet while it is measured; that must not look like a hang
graceful_timeout = 5
worker_tmp_dir = _settings.run_dir
control_socket_disable = True  # its thread and asyncio would be in the master of every replacement
http_parser = "python"  # each worker would look for the other one, and not find it
accesslog = None
errorlog = "-"
loglevel = "warning"


def _application() -> _WsgiApp:
    return _app.load(_settings)


def when_ready(server: _Any) -> None:
    """In the master, before the first fork: warm up, apply the strategies, wait at the gate."""
    _stop.install()  # gunicorn has just replaced the handlers by ones that only queue
    if not server.SIG_QUEUE.empty():
        _stop.leave(server.SIG_QUEUE.get())
    if _settings.preload:
        _warmup.run(server.app.wsgi(), _settings)
    _slots.open_places(_settings.workers)
    gate = _Gate(_settings.run_dir, preload=_settings.preload, warmup=_settings.warmup) if _settings.gate else None
    forward = server.signal
    _strategies.before_fork(_settings.before_fork)
    if gate is not None:
        gate.wait()
    _stop.forward_to(forward)


def pre_fork(server: _Any, worker: _Any) -> None:
    """In the master, before each fork."""
    worker.majek_slot, worker.majek_replaces = _slots.take()


def child_exit(server: _Any, worker: _Any) -> None:
    """In the master, after a worker has gone."""
    _slots.leave(worker.majek_slot, worker.pid)


def post_fork(server: _Any, worker: _Any) -> None:
    """In the worker, first thing."""
    _strategies.after_fork(_settings.before_fork)


def post_worker_init(worker: _Any) -> None:
    """In the worker, when the application is loaded: announce it."""
    worker.wsgi = _counted(worker.wsgi)
    slot = worker.majek_slot
    _events.emit(_events.line("worker", pid=worker.pid, slot=slot, replaces=worker.majek_replaces))
    if _slots.booted(_settings.run_dir, slot, _settings.workers):
        _events.emit(_events.line("ready"))


def worker_exit(server: _Any, worker: _Any) -> None:
    """In the worker, last thing: leave without finalising the interpreter.

    Finalisation walks over the whole shared heap and would copy it, for nothing.
    """
    if _os.getpid() != worker.pid:
        return  # gunicorn also calls this in the master, for a worker it no longer finds
    ending = _sys.exc_info()[1]
    _logging.shutdown()
    _sys.stdout.flush()
    _sys.stderr.flush()
    code = ending.code if isinstance(ending, SystemExit) else 1
    _os._exit(code if isinstance(code, int) else 0 if code is None else 1)
