"""Workers that end while their server goes on: recycled, told to end, or with threads that are still busy."""

import os
import tempfile
import unittest

from sealcase import SealCase

# A server in small: everything that writes is made, and sealed, before the first fork.
SERVER = """
import atexit, logging, signal, tempfile, threading
logging.basicConfig(filename="log", format="%(message)s", level=logging.INFO)
buffered = open("buffered", "a")
kept = tempfile.NamedTemporaryFile("a", dir=".", prefix="kept", delete=False)
table = {str(i): [i] for i in range(2000)}
def serve(number):
    logging.info("request %d", number)
    buffered.write("request %d\\n" % number)
    kept.write("request %d\\n" % number)
    table["new %d" % number] = table.pop(str(number))
def worker(numbers, end):
    atexit.register(logging.info, "atexit %d", numbers[0])
    for number in numbers: serve(number)
    end(numbers[0])
def fork(numbers, end):
    pid = os.fork()
    if not pid:
        worker(numbers, end)
        sys.exit(0)
    return pid
"""


class RecyclingTest(SealCase):
    """What workers wrote is there when they are gone."""

    def lines(self, source: str) -> dict[str, list[str]]:
        """Runs source after SERVER in an empty folder. Returns the lines of each file, in order of their numbers."""
        with tempfile.TemporaryDirectory() as folder:
            self.run_case(f"os.chdir({folder!r})\n" + SERVER + source)
            found = {}
            for name in os.listdir(folder):
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    found[name[:4]] = sorted(file.read().splitlines(), key=lambda line: int(line.split()[-1]))
            return found

    def test_workers_that_served_their_number(self) -> None:
        # As with max_requests: twenty workers one after another, each with the heap that the master sealed.
        found = self.lines("""
gc.seal()
for first in range(0, 1000, 50):
    assert os.waitpid(fork(range(first, first + 50), lambda _: None), 0)[1] == 0
assert len(table) == 2000 and "0" in table
""")
        requests = [f"request {number}" for number in range(1000)]
        self.assertEqual(found["buff"], requests)
        self.assertEqual(found["kept"], requests)
        self.assertEqual([line for line in found["log"] if line.startswith("request")], requests)
        ends = [line for line in found["log"] if line.startswith("atexit")]
        self.assertEqual(ends, [f"atexit {first}" for first in range(0, 1000, 50)])

    def test_workers_that_are_told_to_end(self) -> None:
        found = self.lines("""
gc.seal()
source, sink = os.pipe()
def end(first):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    os.write(sink, b".")
    while True: signal.pause()
pids = [fork(range(first, first + 10), end) for first in range(0, 80, 10)]
for pid in pids: os.read(source, 1)
for pid in pids: os.kill(pid, signal.SIGTERM)
for pid in pids: assert os.waitpid(pid, 0)[1] == 0
""")
        self.assertEqual(found["buff"], [f"request {number}" for number in range(80)])
        self.assertEqual(found["kept"], found["buff"])
        self.assertEqual(len(found["log"]), 88)

    def test_threads_of_a_worker_finish_first(self) -> None:
        found = self.lines("""
import time
gc.seal()
def end(first):
    def late():
        time.sleep(0.2)
        serve(first + 1)
    threading.Thread(target=late).start()
    threading.Thread(target=threading.Event().wait, daemon=True).start()
pids = [fork([first], end) for first in (0, 2, 4)]
for pid in pids: assert os.waitpid(pid, 0)[1] == 0
""")
        self.assertEqual(found["buff"], [f"request {number}" for number in range(6)])
        self.assertEqual(found["kept"], found["buff"])
        # atexit comes after the threads
        self.assertLess(found["log"].index("request 0"), found["log"].index("atexit 0"))

    def test_what_workers_give_up_is_bounded(self) -> None:
        self.run_case(
            "os.chdir(os.environ.get('TMPDIR', '/tmp'))\n"
            + SERVER.replace('filename="log", ', "").replace('"buffered", "a"', "os.devnull, 'a'")
            + """
kept.close(); os.unlink(kept.name)
bytes_before = gc.seal()["bytes"]
pid = os.fork()
if not pid:
    for _ in range(300):
        for key in list(table): table[key] = [key]
        table = {key: list(value) for key, value in table.items()}
    table.clear()
    gc.collect()
    stats = gc.seal_stats()
    given_up = stats["ignored_bytes"]
    for _ in range(300):
        table.update((str(i), [i]) for i in range(2000)); table.clear()
    again = gc.seal_stats()
    # only what was sealed can be given up, and only once; under a sanitizer no memory is
    assert given_up <= stats["bytes"] == bytes_before, stats
    assert (given_up > 0) == (bytes_before > 0) == (PYMALLOC or not SANITIZED), stats
    assert again["ignored_bytes"] - given_up < 1 << 16, (stats, again)
    os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
"""
        )


if __name__ == "__main__":
    unittest.main()
