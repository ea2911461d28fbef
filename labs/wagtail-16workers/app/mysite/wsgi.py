"""What gunicorn serves: `mysite.wsgi:application`."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application
from preparation.editor import SESSION

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")
# Sixteen workers are parallel enough, and threads do not survive a fork: the seal would warn of numpy's.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

_AS_EDITOR = "/@editor/"

_site = get_wsgi_application()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The site. `/@editor/admin/` is `/admin/` with the cookie of a signed-in editor: the load sends no cookies.

    For labs only. Session, user and permissions are then read as for any visitor with that cookie.
    """
    if environ["PATH_INFO"].startswith(_AS_EDITOR):
        environ["PATH_INFO"] = "/" + environ["PATH_INFO"].removeprefix(_AS_EDITOR)
        environ["HTTP_COOKIE"] = f"sessionid={SESSION}"
    return _site(environ, start_response)
