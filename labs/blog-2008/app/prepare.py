"""Run once at image build: `python2 prepare.py` writes `fixture.sqlite3` beside itself, the same bytes each time."""

import datetime
import os
import random

HERE = os.path.dirname(os.path.abspath(__file__))
POSTS = 100
COMMENTS = 400
SEED = 2008
FIRST_POST = datetime.datetime(2008, 1, 1, 9)
BATCH = 100

WORDS = ["memory", "process", "fork", "page", "segment", "string", "header", "counter", "worker", "server", "heap"]
WORDS += ["patch", "import", "module", "object", "table", "shared", "private", "kernel", "allocator", "buffer", "pool"]
WORDS += ["arena", "dictionary", "hash", "intern", "literal", "bytecode"]


def main():
    # type: () -> None
    """Make the file under another name first: an unfinished one must not be taken for it."""
    target = os.path.join(HERE, "fixture.sqlite3")
    unfinished = os.path.join(HERE, "fixture.tmp")
    if os.path.exists(unfinished):
        os.unlink(unfinished)
    os.environ["MAJEK_LAB_DATABASE"] = unfinished
    os.environ["DJANGO_SETTINGS_MODULE"] = "mysite.settings"
    write()
    os.rename(unfinished, target)


def write():
    # type: () -> None
    """Tables from the models, then rows from a seeded generator."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection, transaction

    call_command("migrate", run_syncdb=True, verbosity=0)
    with transaction.atomic():
        add_rows()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")  # so that the file depends on the rows, not on how they got there
        cursor.execute("ANALYZE")
    connection.close()


def add_rows():
    # type: () -> None
    """Posts a day apart, and comments on any of them."""
    from blog.models import Comment, Post
    from django.utils.timezone import utc

    draw = random.Random(SEED)

    def text(count):
        # type: (int) -> str
        return " ".join(WORDS[int(draw.random() * len(WORDS))] for _ in range(count))

    first = FIRST_POST.replace(tzinfo=utc)
    posts = [
        Post(pk=number, title=text(5).capitalize(), body=text(60), published=first + datetime.timedelta(number))
        for number in range(1, POSTS + 1)
    ]
    Post.objects.bulk_create(posts, batch_size=BATCH)
    comments = [
        Comment(post_id=1 + int(draw.random() * POSTS), author=text(1).capitalize(), text=text(20))
        for _ in range(COMMENTS)
    ]
    Comment.objects.bulk_create(comments, batch_size=BATCH)


if __name__ == "__main__":
    main()
