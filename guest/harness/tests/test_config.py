"""Every variable is checked, and every mistake is named in one line."""

import json
import unittest

from majek_harness.config import Config, ConfigError, Path, read

GOOD = {"MAJEK_LAB_APP": "mysite.wsgi:application", "MAJEK_LAB_WORKERS": "8"}


def config(**settings: str) -> Config:
    return read({**GOOD, **{"MAJEK_LAB_" + key: value for key, value in settings.items()}})


class GoodTest(unittest.TestCase):
    def test_defaults(self) -> None:
        self.assertEqual(
            config(),
            Config(
                "mysite.wsgi:application",
                8,
                "sync",
                1,
                "0.0.0.0:8000",
                True,
                (),
                0,
                (),
                1,
                0,
                False,
                "",
                "",
                "/run/majek",
            ),
        )

    def test_everything_set(self) -> None:
        paths = json.dumps([{"path": "/html/", "weight": 4}, {"path": "/missing/", "weight": 0.5, "status": 404}])
        got = config(
            BIND="[::1]:80",
            BEFORE_FORK="seal, freeze",
            WARMUP="400",
            PATHS=paths,
            SEED="7",
            MAX_REQUESTS="9",
            GATE="1",
            DATABASE_SOURCE="/srv/lab/app/fixture.sqlite3",
            DATABASE_SERVER="/run/postgresql/.s.PGSQL.5432",
            RUN_DIR="/run/other",
        )
        self.assertEqual(got.paths, (Path("/html/", 4.0, None), Path("/missing/", 0.5, 404)))
        self.assertEqual(got.before_fork, ("seal", "freeze"))
        self.assertEqual((got.bind, got.warmup, got.seed, got.max_requests), ("[::1]:80", 400, 7, 9))
        self.assertEqual((got.gate, got.run_dir), (True, "/run/other"))
        self.assertEqual(got.database_server, "/run/postgresql/.s.PGSQL.5432")

    def test_without_preload_the_lab_s_warmup_is_no_mistake(self) -> None:
        self.assertEqual(config(PRELOAD="0", WARMUP="400").warmup, 400)

    def test_other_variables_and_the_harness_s_own_are_left_alone(self) -> None:
        read({**GOOD, "PATH": "/bin", "MAJEK_LAB_DATABASE": "/x", "MAJEK_LAB_EVENT_FD": "3"})


BAD = {
    "APP": ["", "mysite", "mysite:", ":app", "my site:app", "a:b()", "a:b\n", "a/b:c"],
    "WORKERS": ["", "0", "-1", "4097", "1000000000", "1.5", "eight", "٣", "1" * 5000],
    "WORKER_CLASS": ["", "gevent", "sync,gthread", "synchronous"],
    "THREADS": ["0", "513", "x"],
    "BIND": ["", "8000", "host", "host:", "a b:1", "unix:/x", "0.0.0.0:8000\n", "host:0", "host:65536"],
    "PRELOAD": ["", "yes", "2"],
    "GATE": ["true"],
    "BEFORE_FORK": ["frieze", "seal,seal-hot", "freeze,freeze", "freeze,", "seal;freeze"],
    "WARMUP": ["", "-1", "1e3"],
    "SEED": ["x", str(2**63)],
    "MAX_REQUESTS": ["-5"],
    "RUN_DIR": ["", "run/majek", "/a\nb"],
    "DATABASE_SOURCE": ["fixture.sqlite3"],
    "DATABASE_SERVER": ["localhost", "run/socket", "/a\nb"],
    "PATHS": [
        "",
        "[",
        "{}",
        '["/"]',
        '[{"path": "/"}]',
        '[{"path": "html", "weight": 1}]',
        '[{"path": "/a b", "weight": 1}]',
        '[{"path": 3, "weight": 1}]',
        '[{"path": "/", "weight": 0}]',
        '[{"path": "/", "weight": true}]',
        '[{"path": "/", "weight": "1"}]',
        '[{"path": "/", "weight": NaN}]',
        '[{"path": "/", "weight": Infinity}]',
        '[{"path": "/", "weight": 1, "status": 500}]',
        '[{"path": "/", "weight": 1, "status": "200"}]',
        '[{"path": "/", "weight": 1, "method": "POST"}]',
        "[" * 100_000,
    ],
}


class BadTest(unittest.TestCase):
    def mistake(self, **settings: str) -> str:
        with self.assertRaises(ConfigError) as caught:
            config(**settings)
        return str(caught.exception)

    def test_each_wrong_value_is_named(self) -> None:
        for name, values in BAD.items():
            for value in values:
                with self.subTest(name=name, value=value[:40]):
                    message = self.mistake(**{name: value})
                    self.assertTrue(message.startswith(f"MAJEK_LAB_{name} "), message)
                    self.assertNotIn("\n", message)

    def test_all_mistakes_are_told_at_once(self) -> None:
        with self.assertRaises(ConfigError) as caught:
            read({"MAJEK_LAB_WORKERS": "many", "MAJEK_LAB_WORKER": "3"})
        self.assertEqual(
            str(caught.exception),
            "MAJEK_LAB_APP is not set; MAJEK_LAB_WORKERS expected a whole number from 1 to 4096, got 'many'; "
            "MAJEK_LAB_WORKER is not a variable of the harness",
        )

    def test_contradictions(self) -> None:
        self.assertIn("needs MAJEK_LAB_PRELOAD=1", self.mistake(PRELOAD="0", BEFORE_FORK="freeze"))
        self.assertIn("needs at least one path", self.mistake(WARMUP="1"))
        self.assertIn("needs MAJEK_LAB_WARMUP=0", self.mistake(WORKER_CLASS="uvicorn", WARMUP="1"))
        self.assertIn("needs MAJEK_LAB_WORKER_CLASS=gthread", self.mistake(THREADS="2"))


if __name__ == "__main__":
    unittest.main()
