"""Every address of the lab's mix answers, signed in where it says so, and writes no picture."""

import io
import unittest
from typing import Any

from tests import SITE


def get(target: str) -> tuple[str, str]:
    """Ask the WSGI application, as a server would."""
    from mysite.wsgi import application

    path, _, query = target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.input": io.BytesIO(),
        "wsgi.url_scheme": "http",
    }
    statuses: list[str] = []
    body = b"".join(application(environ, lambda status, headers, error=None: statuses.append(status)))
    return statuses[0].split()[0], body.decode()


class PagesTest(unittest.TestCase):
    def test_public_pages(self) -> None:
        self.assertIn("The Quiet Gardener", get("/")[1])
        self.assertIn('lang="de"', get("/de/")[1])
        self.assertIn("Page 4 of 10", get("/news/?page=4")[1])
        self.assertIn("<h2>In short</h2>", get("/guides/article-40/")[1])
        self.assertIn("csrfmiddlewaretoken", get("/contact/")[1])
        self.assertIn("Start here", get("/search/?query=quiet+gardens")[1])
        self.assertIn("<td>", get("/statistics/")[1])
        self.assertEqual(get("/old-news")[0], "301")
        self.assertIn("Nothing is at /missing/", get("/missing/")[1])

    def test_apis(self) -> None:
        self.assertIn('"total_count": 400', get("/api/v2/pages/?type=content.ArticlePage&fields=*&limit=10")[1])
        self.assertIn("Ada Adler", get("/api/rest/authors/?format=json")[1])
        self.assertIn("openapi: 3", get("/api/schema/")[1])

    def test_the_editor_is_signed_in_where_the_address_says_so(self) -> None:
        self.assertEqual(get("/admin/pages/5/edit/")[0], "302")
        status, text = get("/@editor/admin/pages/5/edit/")
        self.assertEqual(status, "200")
        self.assertIn("editing-sessions/ping/wagtailcore/page/5/", text)
        self.assertIn("Select author to change", get("/@editor/django-admin/content/author/")[1])

    def test_no_page_makes_a_picture(self) -> None:
        before = sorted(SITE.glob("media/**/*"))
        articles = [f"/plants/article-{number}/" for number in range(30)]
        for target in ("/", "/news/?page=7", "/news/year/2018/", "/@editor/admin/images/", *articles):
            self.assertEqual(get(target)[0], "200", target)
        self.assertEqual(sorted(SITE.glob("media/**/*")), before)

    def test_models_and_migrations_agree(self) -> None:
        from django.core.management import call_command

        call_command("makemigrations", "content", check=True, dry_run=True, verbosity=0)
