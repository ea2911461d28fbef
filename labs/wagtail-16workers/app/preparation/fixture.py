"""Fills the database: a page tree of some 500 pages in two languages, pictures, and one editor with a session."""

import os
from datetime import UTC, datetime

import django

from preparation import fixed
from preparation.editor import EXPIRES, PASSWORD, SALT, SESSION, USER

#: Of pictures in listings, in articles, and in the admin.
SIZES = [
    "fill-320x200|format-webp",
    "max-640x480",
    "max-165x165",
    "max-800x600",
    *(f"width-{width}|format-{kind}" for width in (400, 800) for kind in ("webp", "jpeg")),
]


def write() -> None:
    """Create the tables and rows in the database that MAJEK_LAB_DATABASE names."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")
    django.setup()
    from django.core.management import call_command
    from django.db import connection, transaction

    from preparation import pages

    call_command("migrate", verbosity=0)
    with transaction.atomic():
        pages.add(_add_editor())
    call_command("rebuild_references_index", verbosity=0)
    call_command("update_index", verbosity=0)
    _add_renditions()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")  # so that the file depends on the rows, not on how they got there
        cursor.execute("ANALYZE")
    connection.close()


def _add_editor() -> object:
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.auth.hashers import make_password
    from django.contrib.auth.models import User
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session

    user = User.objects.create(
        username=USER,
        password=make_password(PASSWORD, salt=SALT),
        is_staff=True,
        is_superuser=True,
        date_joined=fixed.EPOCH,
        email="editor@localhost",
    )
    data = {
        SESSION_KEY: str(user.pk),
        BACKEND_SESSION_KEY: "django.contrib.auth.backends.ModelBackend",
        HASH_SESSION_KEY: user.get_session_auth_hash(),
    }
    Session.objects.create(
        session_key=SESSION,
        session_data=SessionStore().encode(data),
        expire_date=datetime(EXPIRES, 1, 1, tzinfo=UTC),
    )
    return user


def _add_renditions() -> None:
    """Every size that a page shows: a fleet cannot write pictures."""
    from wagtail.images.models import Image

    for image in Image.objects.order_by("pk"):
        for size in SIZES:
            image.get_rendition(size)
