"""Fills the database that PGHOST names: 10,000 books, and one user who may enter the admin."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

import django

BOOKS = 10_000
AUTHORS = 400
SEED = 2008
EPOCH = datetime(2008, 11, 23, 12, 0, tzinfo=UTC)
BATCH = 500

# For labs only, like the site's key.
USER, PASSWORD, SALT = "admin", "majek-lab", "labsonlysaltlabsonlysa"

SUBJECTS = ["Astronomy", "Botany", "Chess", "Computing", "Cookery", "Geology", "History", "Law", "Music", "Sailing"]
FIRST = ["Ada", "Bruno", "Celia", "Dario", "Edda", "Feliks", "Greta", "Henryk", "Ines", "Jonas"]
FIRST += ["Karin", "Ludwik", "Marta", "Nils", "Olga", "Piotr", "Rosa", "Stefan", "Tilda", "Ursyn"]
LAST = ["Adler", "Brzoza", "Castro", "Dunaj", "Ekberg", "Falk", "Gruber", "Holm", "Iwanow", "Jansen"]
LAST += ["Kowal", "Lange", "Morel", "Nowak", "Olsen", "Perez", "Quast", "Rossi", "Sikora", "Thorn"]
KIND = ["A short history of", "The art of", "Notes on", "Principles of", "An introduction to", "Letters about"]
KIND += ["The joy of", "Advanced", "A handbook of", "Twelve lectures on"]
ADJECTIVE = [
    "quiet",
    "northern",
    "forgotten",
    "practical",
    "hidden",
    "modern",
    "everyday",
    "distant",
    "useful",
    "small",
]
THING = [
    "gardens",
    "engines",
    "rivers",
    "openings",
    "kitchens",
    "stars",
    "minerals",
    "treaties",
    "melodies",
    "harbours",
]
THING += ["memory", "libraries", "bridges", "clocks", "maps", "forests", "letters", "numbers", "islands", "winds"]


def write() -> None:
    """Create the tables and rows."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")
    django.setup()
    from django.core.management import call_command
    from django.db import connection, transaction
    from django.db.migrations.recorder import MigrationRecorder

    call_command("migrate", verbosity=0)
    with transaction.atomic():
        _add_user()
        _add_books()
        MigrationRecorder(connection).migration_qs.update(applied=EPOCH)
    connection.close()


def _add_user() -> None:
    from django.contrib.auth.hashers import make_password
    from django.contrib.auth.models import User

    password = make_password(PASSWORD, salt=SALT)
    User.objects.create(
        username=USER, password=password, is_staff=True, is_superuser=True, date_joined=EPOCH, email="admin@localhost"
    )


def _add_books() -> None:
    from catalogue.models import Author, Book, Subject

    subjects = [Subject.objects.create(title=title) for title in SUBJECTS]
    names = [f"{first} {last}" for last in LAST for first in FIRST][:AUTHORS]
    authors = [Author.objects.create(name=name) for name in names]
    books = [Book(**row) for row in _rows(authors, subjects)]
    Book.objects.bulk_create(books, batch_size=BATCH)


def _rows(authors: list, subjects: list) -> Iterator[dict[str, object]]:
    random = Random(SEED)

    def pick(choices: list) -> object:
        # `random()` gives the same numbers in every version of Python; `choice` promises less.
        return choices[int(random.random() * len(choices))]

    for index in range(BOOKS):
        yield {
            "title": f"{pick(KIND)} {pick(ADJECTIVE)} {pick(THING)}",
            "author": pick(authors),
            "subject": pick(subjects),
            "year": 1900 + int(random.random() * 108),
            "pages": 60 + int(random.random() * 900),
            "price": Decimal(400 + int(random.random() * 9000)) / 100,
            "added": EPOCH + timedelta(minutes=7 * index),
        }
