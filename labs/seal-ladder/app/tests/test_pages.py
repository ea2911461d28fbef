"""Every page answers, and with the same bytes each time."""

import json
import re

from django.conf import settings
from django.core.management import call_command
from django.test import Client, TestCase

from tests import SITE

TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="\w+"')
PAGES = {
    "/html/": 200,
    "/html/?page=400": 200,
    "/html/?page=401": 404,
    "/de/html/": 200,
    "/pl/html/": 200,
    "/json/": 200,
    "/form/": 200,
    "/form/thanks/": 200,
    "/admin/login/": 200,
    "/missing/": 404,
    "/pl/missing/": 404,
    "/detail/1/": 200,
    "/detail/10000/": 200,
    "/detail/10001/": 404,
    "/search/": 200,
    "/search/?q=memory": 200,
    "/static/admin/css/base.css": 200,
}


class PagesTest(TestCase):
    def test_status_and_equal_bytes(self) -> None:
        for path, status in PAGES.items():
            with self.subTest(path=path):
                answers = [self.fetch(path, language) for language in ("en", "de", "pl")]
                self.assertEqual({answer[0] for answer in answers}, {status})
                self.assertEqual(len({answer[1] for answer in answers}), 1, "the body depends on the client")

    def fetch(self, path: str, language: str) -> tuple[int, bytes]:
        response = Client(headers={"Accept-Language": language}).get(path)
        body = b"".join(response) if response.streaming else response.content
        return response.status_code, TOKEN.sub(b"", body)

    def test_debug_is_off_and_the_404_page_is_our_own(self) -> None:
        self.assertFalse(settings.DEBUG)
        response = self.client.get("/missing/")
        self.assertTemplateUsed(response, "404.html")
        self.assertContains(response, "Nothing is at /missing/.", status_code=404)

    def test_the_list_shows_a_page_of_books(self) -> None:
        response = self.client.get("/html/?page=2")
        self.assertContains(response, "Page 2 of 400")
        self.assertContains(response, "/detail/", count=25)
        self.assertContains(response, "10000 books")

    def test_languages(self) -> None:
        self.assertContains(self.client.get("/de/html/"), "Seite 1 von 400")
        self.assertContains(self.client.get("/pl/html/"), "10000 książek")
        self.assertContains(self.client.get("/pl/missing/"), "Nie znaleziono strony", status_code=404)

    def test_json(self) -> None:
        answer = json.loads(self.client.get("/json/").content)
        self.assertEqual(sum(subject["books"] for subject in answer["subjects"]), 10_000)
        self.assertEqual(answer["newest"][0]["id"], 10_000)

    def test_search(self) -> None:
        self.assertContains(self.client.get("/search/?q=memory"), "/detail/", count=50)
        self.assertContains(self.client.get("/search/?q=nothinglikeit"), "0 books")

    def test_the_tests_use_the_copy(self) -> None:
        self.assertEqual(settings.DATABASES["default"]["NAME"], str(SITE / "fixture.sqlite3"))

    def test_models_and_migrations_agree(self) -> None:
        call_command("makemigrations", check=True, dry_run=True, verbosity=0)
