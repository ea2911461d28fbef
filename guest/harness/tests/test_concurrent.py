"""What is counted when one process serves several requests at a time."""

import asyncio
import sys
import unittest
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from majek_harness.concurrent import CountedAsgi, CountedInThreads, Message, Receive, Send
from tests.fleet import Fleet

REQUESTS = 2000


def served_in_threads() -> list[int]:
    """What the answers to REQUESTS requests from eight threads say."""
    counts: list[int] = []

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", [("X-Number", environ["number"])])
        return [b""]

    def ask(app: CountedInThreads, number: str) -> None:
        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
            found = dict(headers)
            if found["X-Number"] != number:
                raise AssertionError("an answer to another request")
            counts.append(int(found["X-Majek-Served"]))

        list(app({"number": number}, start_response))

    app = CountedInThreads(application)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: ask(app, str(number)), range(REQUESTS)))
    return counts


class ThreadsTest(unittest.TestCase):
    def setUp(self) -> None:
        self.addCleanup(sys.setswitchinterval, sys.getswitchinterval())
        sys.setswitchinterval(1e-6)  # threads change places as often as they can

    def test_no_request_is_counted_twice_or_not_at_all(self) -> None:
        self.assertEqual(sorted(served_in_threads()), list(range(1, REQUESTS + 1)))

    def test_a_worker_of_gunicorn_s_with_threads(self) -> None:
        fleet = Fleet(self, WORKERS="1", WORKER_CLASS="gthread", THREADS="8")
        [worker] = fleet.until_ready()
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: fleet.get(), range(200)))
        self.assertEqual({headers["X-Majek-Worker"] for _, headers, _ in answers}, {str(worker["pid"])})
        self.assertEqual(sorted(int(headers["X-Majek-Served"]) for _, headers, _ in answers), list(range(1, 201)))


class CoroutinesTest(unittest.IsolatedAsyncioTestCase):
    async def test_each_answer_has_a_number_of_its_own(self) -> None:
        async def application(scope: Message, receive: Receive, send: Send) -> None:
            await asyncio.sleep(0)
            await send({"type": f"{scope['type']}.response.start", "status": 200})
            await send({"type": f"{scope['type']}.response.body", "body": b""})

        async def receive() -> Message:
            return {}

        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        app = CountedAsgi(application)
        await asyncio.gather(*(app({"type": kind}, receive, send) for kind in ["lifespan", *["http"] * 50]))
        headers = [dict(message["headers"]) for message in sent if message["type"] == "http.response.start"]
        self.assertEqual([int(found[b"x-majek-served"]) for found in headers], list(range(1, 51)))
        self.assertFalse([one for one in sent if one["type"] != "http.response.start" and "headers" in one])


if __name__ == "__main__":
    unittest.main()
