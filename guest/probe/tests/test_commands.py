"""The protocol: one answer a line whatever comes in, and the commands that do not measure."""

import json
import os
import random
import stat
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

from tests.support import PROBE, Fixture, Probe

NOBODY = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--bounding-set", "-all")
KTHREADD = Path("/proc/2/maps")


class ProbeCase(unittest.TestCase):
    def setUp(self) -> None:
        self.probe = Probe()
        self.addCleanup(self.probe.close)
        folder = tempfile.TemporaryDirectory(prefix="majek-probe-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def refuse(self, line: str | bytes, error: str, where: str | None = None) -> None:
        answer = self.probe.ask(line)
        self.assertEqual(set(answer), {"ok", "error", "where"})
        self.assertFalse(answer["ok"])
        self.assertIn(error, answer["error"])
        if where is not None:
            self.assertEqual(answer["where"], where)
        self.assertTrue(self.probe.ask("hello")["ok"])


class Lines(ProbeCase):
    def test_unknown_commands(self) -> None:
        self.refuse("", "unknown command", "")
        self.refuse("Hello", "unknown command", "Hello")
        self.refuse("  hello", "unknown command")
        self.refuse("samples 1", "unknown command", "samples")
        self.refuse('"\\\t\x7f', "unknown command", '"\\\t\x7f')

    def test_wrong_arguments(self) -> None:
        for line in ("p0", "sample", "sample 1 2", "sample 1 rollup 3", "hello you", "quit now"):
            self.refuse(line, "usage")
        for line in ("release", "release /x", "release x 1", "statfs", "statfs 1"):
            self.refuse(line, "usage")
        for pid in ("", "0", "-1", "+1", "1x", "0x1", "4194305", "99999999999999999999", "1 "):
            self.refuse(f"p0 {pid}", "not a process id")

    def test_bytes_that_are_not_text(self) -> None:
        self.refuse(b"\xff\xfe\xc0\x80 1", "unknown command", "\ufffd" * 4)
        self.refuse("żółw 1", "unknown command", "żółw")
        self.refuse(b"hello\x00", "zero byte")

    def test_lines_of_any_length(self) -> None:
        for length in (8190, 8191, 8192, 8193, 100_000, 1_000_000):
            answer = self.probe.ask(b"x" * length)
            self.assertFalse(answer["ok"], length)
        self.refuse(b"sample 1 " + b"\x00" * 50_000, "too long")

    def test_a_carriage_return_belongs_to_the_newline(self) -> None:
        self.assertTrue(self.probe.ask("hello\r")["ok"])

    def test_random_bytes_get_one_answer_a_line(self) -> None:
        generator = random.Random(1)
        words = [b"p0", b"sample", b"statfs /", b"release /", b" 1", b" 4194304", b" rollup", b"\xff", b"\x00", b"{"]
        for _ in range(300):
            line = b"".join(generator.choices(words, k=generator.randrange(8))).replace(b"\n", b"")
            self.assertIn("ok", self.probe.ask(line))


class Ending(unittest.TestCase):
    def run_probe(self, data: bytes) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run([PROBE], input=data, capture_output=True, timeout=60, check=False)

    def test_end_of_input_and_quit(self) -> None:
        for data, answers in ((b"", 0), (b"hello\n", 1), (b"quit\nhello\n", 1)):
            done = self.run_probe(data)
            self.assertEqual((done.returncode, done.stdout.count(b"\n"), done.stderr), (0, answers, b""))

    def test_a_line_that_was_cut_off_is_not_run(self) -> None:
        done = self.run_probe(b"hello")
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stdout, b'{"ok":false,"error":"input ended within the line","where":"stdin"}\n')

    def test_nobody_reads(self) -> None:
        process = subprocess.Popen([PROBE], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.close()
        process.stdin.write(b"hello\n")
        process.stdin.close()
        self.assertEqual(process.wait(timeout=60), 1)


class Processes(ProbeCase):
    def test_processes_that_do_not_exist(self) -> None:
        gone = subprocess.Popen(["true"])
        gone.wait()
        for command in ("p0", "sample"):
            self.refuse(f"{command} {gone.pid}", "no such process", f"/proc/{gone.pid}")
        self.refuse(f"statfs / {gone.pid}", "No such file or directory", f"/proc/{gone.pid}/root")

    def test_pid_1_is_absent(self) -> None:
        """A /proc without processes is what a probe sees whose fleet has ended."""
        inside = ["unshare", "--mount", "sh", "-c", f"mount -t tmpfs none /proc && exec {PROBE}"]
        done = subprocess.run(inside, input=b"p0 1\nsample 1\nhello\n", capture_output=True, check=False)
        if "sanitize" not in PROBE.name:  # its search for leaks at the end needs /proc
            self.assertEqual(done.returncode, 0, done.stderr)
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([answer.get("error") for answer in answers[:2]], ["no such process"] * 2)
        self.assertEqual(answers[2]["method"], "smaps")

    def test_processes_that_may_not_be_read(self) -> None:
        fleet = Fixture()
        self.addCleanup(fleet.close)
        self.probe = Probe(prefix=NOBODY)
        self.addCleanup(self.probe.close)
        for command in ("p0", "sample"):
            self.refuse(f"{command} {fleet.pid}", "Permission denied")
        self.refuse(f"statfs / {fleet.pid}", "Permission denied", f"/proc/{fleet.pid}/root")

    @unittest.skipUnless(KTHREADD.exists() and not KTHREADD.read_bytes(), "no kernel threads in a container")
    def test_kernel_threads_have_no_memory(self) -> None:
        self.refuse("p0 2", "ended")
        self.refuse("sample 2", "ended")

    def test_a_record_of_another_process_is_not_used(self) -> None:
        fleet, other = Fixture(), Fixture()
        self.addCleanup(fleet.close)
        self.addCleanup(other.close)
        self.probe.must(f"p0 {fleet.pid}")
        self.refuse(f"sample {other.pid}", "recorded for another process", f"/proc/{other.pid}")
        self.probe.must(f"p0 {other.pid}")
        self.probe.must(f"sample {other.pid}")

    def test_a_failed_record_leaves_nothing_behind(self) -> None:
        fleet = Fixture()
        self.addCleanup(fleet.close)
        self.probe.must(f"p0 {fleet.pid}")
        self.refuse("p0 4194304", "no such process")
        self.assertEqual(self.probe.must(f"sample {fleet.pid}")["p0Pages"], 0)
        self.assertEqual(self.probe.must(f"sample {os.getpid()}")["p0Pages"], 0)


class Release(ProbeCase):
    def setUp(self) -> None:
        super().setUp()
        self.gate = self.folder / "a gate"
        os.mkfifo(self.gate)

    def test_a_reader_that_waits_goes_on(self) -> None:
        received: list[bytes] = []
        reader = threading.Thread(target=lambda: received.append(self.gate.read_bytes()))
        reader.start()
        self.assertEqual(self.probe.ask(f"release {self.gate} {os.getpid()}"), {"ok": True})
        reader.join(timeout=60)
        self.assertEqual(received, [b"\n"])

    def test_a_reader_that_comes_late(self) -> None:
        received: list[bytes] = []

        def read_late() -> None:
            time.sleep(0.5)
            received.append(self.gate.read_bytes())

        reader = threading.Thread(target=read_late)
        reader.start()
        self.assertEqual(self.probe.ask(f"release {self.gate} {os.getpid()}"), {"ok": True})
        reader.join(timeout=60)
        self.assertEqual(received, [b"\n"])

    def test_nobody_reads(self) -> None:
        self.refuse(f"release {self.gate} {os.getpid()}", "nobody reads", str(self.gate))

    def test_only_fifos_are_written_to(self) -> None:
        file = self.folder / "file"
        file.write_bytes(b"kept")
        self.refuse(f"release {file} {os.getpid()}", "not a FIFO", str(file))
        self.assertEqual(file.read_bytes(), b"kept")
        self.refuse(f"release {self.folder} {os.getpid()}", "Is a directory")
        self.refuse(f"release {self.folder}/none {os.getpid()}", "No such file")
        self.assertTrue(stat.S_ISFIFO(self.gate.stat().st_mode))

    def test_links_stay_inside_the_root_of_the_process(self) -> None:
        (self.folder / "secret").write_text("outside")
        root = self.folder / "root"
        root.mkdir()
        (root / "link").symlink_to(self.folder / "secret")
        inside = f"import os, sys; os.chroot({str(root)!r}); os.chdir('/'); sys.stdin.read()"
        jailed = subprocess.Popen([sys.executable, "-c", inside], stdin=subprocess.PIPE)
        assert jailed.stdin is not None
        self.addCleanup(jailed.wait)
        self.addCleanup(jailed.stdin.close)
        while os.readlink(f"/proc/{jailed.pid}/root") == "/":
            time.sleep(0.01)
        self.refuse(f"release /link {jailed.pid}", "No such file")
        self.refuse(f"release /../secret {jailed.pid}", "No such file")


class Statfs(ProbeCase):
    def test_used_bytes(self) -> None:
        mounted = subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", f"mount -t tmpfs -o size=1m none {self.folder} && echo && cat"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert mounted.stdin is not None
        assert mounted.stdout is not None
        self.addCleanup(mounted.wait)
        self.addCleanup(mounted.stdin.close)
        self.addCleanup(mounted.stdout.close)
        mounted.stdout.readline()
        empty = self.probe.must(f"statfs {self.folder} {mounted.pid}")
        Path(f"/proc/{mounted.pid}/root{self.folder}/file").write_bytes(b"x" * 100_000)
        full = self.probe.must(f"statfs {self.folder} {mounted.pid}")
        self.assertEqual((empty["totalBytes"], empty["usedBytes"] < 8192), (1 << 20, True))
        self.assertEqual(full["usedBytes"] - empty["usedBytes"], 102_400)


if __name__ == "__main__":
    unittest.main()
