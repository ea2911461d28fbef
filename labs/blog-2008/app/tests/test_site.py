"""What the load asks for, and that it is the same each time."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def prepared_copy(hash_seed):
    # type: (str) -> str
    """Copy the application, run its `prepare.py` as the image build does, and return the folder."""
    copy = os.path.join(tempfile.mkdtemp(), "app")
    shutil.copytree(SOURCE, copy, ignore=shutil.ignore_patterns("tests", "*.pyc", "fixture.sqlite3"))
    path = os.pathsep.join([copy, os.environ.get("PYTHONPATH", "")])
    environment = dict(os.environ, PYTHONHASHSEED=hash_seed, PYTHONDONTWRITEBYTECODE="1", PYTHONPATH=path)
    subprocess.check_call([sys.executable, "-R", "prepare.py"], cwd=copy, env=environment)
    return copy


class SiteTest(unittest.TestCase):
    """All in one copy."""

    copy = ""

    @classmethod
    def setUpClass(cls):
        # type: () -> None
        """Start Django on the copy."""
        cls.copy = prepared_copy("1")
        sys.path.insert(0, cls.copy)
        os.environ["DJANGO_SETTINGS_MODULE"] = "mysite.settings"
        os.environ["MAJEK_LAB_DATABASE"] = os.path.join(cls.copy, "fixture.sqlite3")
        import django
        from django.test.utils import setup_test_environment

        django.setup()
        setup_test_environment()

    @classmethod
    def tearDownClass(cls):
        # type: () -> None
        """Leave nothing."""
        shutil.rmtree(os.path.dirname(cls.copy))

    def test_two_runs_make_equal_fixtures(self):
        # type: () -> None
        other = prepared_copy("2")
        self.addCleanup(shutil.rmtree, os.path.dirname(other))
        contents = []
        for folder in (self.copy, other):
            with open(os.path.join(folder, "fixture.sqlite3"), "rb") as source:
                contents.append(source.read())
        self.assertGreater(len(contents[0]), 100000)
        self.assertEqual(contents[0], contents[1])
        self.assertFalse(os.path.exists(os.path.join(other, "fixture.tmp")))

    def test_pages(self):
        # type: () -> None
        from django.test import Client

        client = Client(HTTP_HOST="localhost")
        for path, status, text in (
            ("/html/", 200, "<h2><a href="),
            ("/html/?page=10", 200, "comment"),
            ("/post/100/", 200, "<li><b>"),
            ("/post/101/", 404, "Nothing is at"),
            ("/admin/login/", 200, "csrfmiddlewaretoken"),
            ("/missing/", 404, "Nothing is at /missing/"),
        ):
            answer = client.get(path)
            self.assertEqual(answer.status_code, status, path)
            self.assertIn(text, answer.content.decode("utf-8"), path)
            if path != "/admin/login/":
                self.assertEqual(client.get(path).content, answer.content, path)

    def test_json(self):
        # type: () -> None
        from django.test import Client

        posts = json.loads(Client(HTTP_HOST="localhost").get("/json/").content.decode("utf-8"))["posts"]
        self.assertEqual(len(posts), 20)
        self.assertEqual(posts[0]["id"], 100)
        self.assertGreater(sum(post["comments"] for post in posts), 20)


class ExampleTest(unittest.TestCase):
    """`example.py`."""

    def test_both_numbers(self):
        # type: () -> None
        command = [sys.executable, os.path.join(SOURCE, "example.py")]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
        out, err = process.communicate()
        if hasattr(str, "setmajekhack"):
            self.assertEqual(process.returncode, 0, err)
            reported, here = [int(line.split()[-2]) for line in out.splitlines()]
            self.assertEqual(reported, 17131)
            self.assertGreater(here, 10000)
            self.assertIn("allocated %d bytes" % here, err)
        else:
            self.assertNotEqual(process.returncode, 0)
            self.assertIn("needs the patched interpreter", err)


if __name__ == "__main__":
    unittest.main()
