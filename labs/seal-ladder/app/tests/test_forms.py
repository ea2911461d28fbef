"""The form with its CSRF protection, and the admin behind its login."""

from catalogue.models import Request
from django.test import Client, TestCase

WISH = {"name": "A reader", "email": "reader@example.org", "title": "Notes on memory", "subject": 1}


class FormTest(TestCase):
    def test_post_stores_the_request(self) -> None:
        response = self.client.post("/form/", WISH)
        self.assertRedirects(response, "/form/thanks/")
        self.assertEqual(Request.objects.get().title, "Notes on memory")

    def test_wrong_input_is_refused_in_the_reader_s_language(self) -> None:
        response = self.client.post("/de/form/", {**WISH, "title": " x "})
        self.assertContains(response, "Ein Titel hat mindestens drei Zeichen.")
        self.assertFalse(Request.objects.exists())

    def test_post_without_token_is_refused(self) -> None:
        client = Client(enforce_csrf_checks=True)
        self.assertEqual(client.post("/form/", WISH).status_code, 403)

    def test_post_with_token_is_taken(self) -> None:
        client = Client(enforce_csrf_checks=True)
        token = client.get("/form/").context["csrf_token"]
        response = client.post("/form/", {**WISH, "csrfmiddlewaretoken": str(token)})
        self.assertEqual(response.status_code, 302)


class AdminTest(TestCase):
    def test_login_and_every_list(self) -> None:
        account = {"username": "admin", "password": "majek-lab", "next": "/admin/"}
        self.assertRedirects(self.client.post("/admin/login/", account), "/admin/")
        for name in ("author", "subject", "book", "request"):
            self.assertEqual(self.client.get(f"/admin/catalogue/{name}/").status_code, 200)
        self.assertEqual(self.client.get("/admin/catalogue/book/1/change/").status_code, 200)

    def test_a_stranger_is_sent_to_the_login(self) -> None:
        self.assertRedirects(self.client.get("/admin/"), "/admin/login/?next=/admin/")
