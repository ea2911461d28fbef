"""gc.seal() and open files: no byte is lost at exit, and exit does not hang."""

import gzip
import importlib.util
import io
import os
import sys
import tempfile
import unittest
import zipfile

from sealcase import SealCase

# A file that writes when it is closed.  Without open(), which is no builtin any more when globals are finalized.
LOG = """
import io, os
class Log(io.RawIOBase):
    def __init__(self, name): self.name, self.held = name, []
    def writable(self): return True
    def write(self, data): self.held.append(bytes(data)); return len(data)
    def close(self):
        if not self.closed:
            fd = os.open(self.name, os.O_WRONLY | os.O_CREAT); os.write(fd, b"".join(self.held)); os.close(fd)
        super().close()
"""


class ExitTest(SealCase):
    """What must still happen when a sealed process ends."""

    def in_folder(self, source: str) -> dict[str, bytes]:
        """Run source in an empty folder and return the files it left."""
        with tempfile.TemporaryDirectory() as folder:
            self.run_case(f"os.chdir({folder!r})\n" + source)
            files = {}
            for name in os.listdir(folder):
                with open(os.path.join(folder, name), "rb") as file:
                    files[name] = file.read()
            return files

    def test_buffered_text_is_written(self) -> None:
        files = self.in_folder(
            "import gzip\n"
            "early = open('early', 'w'); early.write('before ')\n"
            "raw = open('raw', 'wb'); raw.write(b'bytes')\n"
            "packed = gzip.open('packed', 'wb'); packed.write(b'packed')\n"
            "closed = open('closed', 'w'); closed.write('closed')\n"
            "gc.seal()\n"
            "early.write('after')\n"
            "closed.close()\n"
            "late = open('late', 'w'); late.write('late')\n"
        )
        self.assertEqual(gzip.decompress(files.pop("packed")), b"packed")
        self.assertEqual(
            files,
            {
                "early": b"before after",
                "raw": b"bytes",
                "closed": b"closed",
                "late": b"late",
            },
        )

    def test_new_files_of_sealed_objects_are_written(self) -> None:
        # Without the seal, each would be closed when its owner dies.
        files = self.in_folder(
            "import gzip, io\n"
            "class Slots: __slots__ = ('file',)\n"
            "def function(): pass\n"
            "def generate():\n"
            "    file = yield\n"
            "    yield file\n"
            "owner, slots, entries, items, suspended = Plain(), Slots(), {}, [], generate()\n"
            "owner.deep = Plain()\n"
            "next(suspended)\n"
            "gc.seal()\n"
            "def new(name):\n"
            "    file = open(name, 'w')\n"
            "    file.write(name)\n"
            "    return file\n"
            "owner.file = new('instance'); owner.deep.file = new('deep'); Plain.file = new('class')\n"
            "slots.file = new('slot'); function.file = new('function'); suspended.send(new('frame'))\n"
            "entries['file'] = new('dict'); entries['nested'] = [new('nested')]; items.append(new('list'))\n"
            "owner.raw = open('raw', 'wb'); owner.raw.write(b'raw')\n"
            "owner.closed = new('closed'); owner.closed.close()\n"
            "owner.packed = gzip.open('packed', 'wt'); owner.packed.write('packed')\n"
            "class Late:\n"
            "    def __init__(self, file): self.file = file\n"
            "    def __del__(self): self.file.write(' late')\n"
            "owner.late = new('late'); late = Late(owner.late)\n"
        )
        self.assertEqual(gzip.decompress(files.pop("packed")), b"packed")
        self.assertEqual(files.pop("late"), b"late late")
        self.assertEqual(files, {name: name.encode() for name in files})
        self.assertEqual(len(files), 11)

    def test_exit_does_not_wait_for_readers(self) -> None:
        # The lock of a buffered file is held while a thread waits for input.
        self.run_case("""
            import threading
            source, sink = os.pipe()
            reader = open(source, "rb")
            gc.seal()
            threading.Thread(target=reader.read, daemon=True).start()
        """)

    def test_finalizers_can_write_to_the_end(self) -> None:
        # Nothing flushes here, as nothing has to where files are not sealed.
        source = (
            "import atexit\n"
            "log = open('log', 'w'); raw = open('raw', 'wb')\n"
            "early = open('early', 'w')\n"
            "keep = [sys.stdout, sys.stdout.buffer, sys.stderr]\n"
            "class Last:\n"
            # Sealed modules are not collected but cleared, so the name sys may be gone by then.
            "    def __del__(self, out=sys.stdout, log=log, raw=raw):\n"
            "        out.write('finalizer'); log.write(' finalizer'); raw.write(b'finalizer')\n"
            "atexit.register(print, 'atexit')\n"
            "gc.seal()\n"
            "sys.stdout.write('text '); log.write('log'); early.write('early')\n"
            "last = Last()\n"
        )
        for options in ((), ("-X", "dev"), ("-u",)):
            with self.subTest(options=options), tempfile.TemporaryDirectory() as folder:
                self.assertEqual(
                    self.run_case(f"os.chdir({folder!r})\n" + source, *options),
                    "text atexit\nfinalizer",
                )
                content = {}
                for name in os.listdir(folder):
                    with open(os.path.join(folder, name)) as file:
                        content[name] = file.read()
                self.assertEqual(content, {"log": "log finalizer", "raw": "finalizer", "early": "early"})

    def test_text_over_a_compressed_file(self) -> None:
        # The lower one is written in Python: it has to be closed while there are modules.
        files = self.in_folder(
            "import gzip\npacked = gzip.open('packed', 'wt'); packed.write('text')\ngc.seal()\npacked.write(' more')\n"
        )
        self.assertEqual(gzip.decompress(files["packed"]), b"text more")

    def test_files_that_write_to_others_are_closed_first(self) -> None:
        # Made in both orders: which one was reached first must not matter.
        for order in (("plain", "packed"), ("packed", "plain")):
            with self.subTest(order=order):
                files = self.in_folder(
                    "import gzip, io\n"
                    "made = {'plain': open('gz', 'wb')}\n"
                    "made['packed'] = gzip.GzipFile(fileobj=made['plain'], mode='wb')\n"
                    "made['packed'].write(b'packed')\n"
                    f"holder = [made.pop(name) for name in {order!r}]\n"
                    "raw = io.FileIO('text', 'w')\n"
                    "buffered = io.BufferedWriter(raw)\n"
                    "text = io.TextIOWrapper(buffered)\n"
                    "text.write('text')\n"
                    "gc.seal()\n"
                )
                self.assertEqual(gzip.decompress(files["gz"]), b"packed")
                self.assertEqual(files["text"], b"text")

    def test_logging_handlers_temporary_files_and_subclasses(self) -> None:
        files = self.in_folder(
            "import logging, logging.handlers, tempfile, io\n"
            "handler = logging.handlers.MemoryHandler(100, target=logging.FileHandler('log'))\n"
            "logging.getLogger().addHandler(handler)\n"
            "logging.warning('before')\n"
            "kept = tempfile.NamedTemporaryFile(dir='.', prefix='kept', delete=False)\n"
            "gone = tempfile.NamedTemporaryFile(dir='.', prefix='gone')\n"
            "kept.write(b'kept'); gone.write(b'gone')\n"
            "class Own(io.FileIO):\n"
            "    def close(self):\n"
            "        if not self.closed: self.write(b' closed')\n"
            "        super().close()\n"
            "own = Own('own', 'w'); own.write(b'own')\n"
            "gc.seal()\n"
            "logging.warning('after')\n"
        )
        kept = [name for name in files if name.startswith("kept")]
        self.assertEqual([files.pop(name) for name in kept], [b"kept"])
        self.assertEqual(files.pop("log"), b"before\nafter\n")
        self.assertEqual(files.pop("own"), b"own closed")
        # A temporary file is removed by its finalizer, which a sealed one has not (README, "The price").
        self.assertEqual([content for content in files.values() if content != b"gone"], [])

    def test_every_way_to_end_writes(self) -> None:
        ends = {
            "sys.exit": "sys.exit(0)\n",
            "child": "pid = os.fork()\nif not pid: f.write('child'); sys.exit(0)\nos.waitpid(pid, 0); os._exit(0)\n",
            "SIGTERM": "import signal\nsignal.signal(15, lambda *_: sys.exit(0))\nos.kill(os.getpid(), 15)\n",
        }
        for name, end in ends.items():
            with self.subTest(name):
                files = self.in_folder("f = open('f', 'w'); f.write('sealed ')\ngc.seal()\n" + end)
                self.assertEqual(files["f"], b"sealed child" if name == "child" else b"sealed ")

    def test_standard_streams_with_methods_in_python(self) -> None:
        # They are closed when sys.__stdout__ takes their place again.
        streams = {
            "packed": "import gzip\ndef stream(): return gzip.open('out', 'wt')\n",
            "layers": LOG + "def stream(): return io.TextIOWrapper(io.BufferedWriter(Log('out')))\n",
        }
        for name, source in streams.items():
            for when in "before", "after":
                with self.subTest(name, when=when):
                    change, seal = "sys.stdout = stream(); print('one')\n", "gc.seal()\n"
                    steps = change + seal if when == "before" else seal + change
                    out = self.in_folder(source + steps + "print('two')\n")["out"]
                    self.assertEqual(gzip.decompress(out) if name == "packed" else out, b"one\ntwo\n")

    def test_new_globals_are_finalized_while_there_are_modules(self) -> None:
        # A global of a sealed module lives until the module is cleared.
        files = self.in_folder(
            LOG
            + "import zipfile\n"
            + "class Owner:\n"
            + "    def __init__(self, name):\n"
            + "        self.text = io.TextIOWrapper(io.BufferedWriter(Log(name))); self.text.write('a')\n"
            + "    def __del__(self): self.text.write(ending()); self.text.flush()\n"
            + "gc.seal()\n"
            + "owner = Owner('log')\n"
            + "def ending(): return 'z'\n"
            + "archive = zipfile.ZipFile('archive', 'w'); archive.writestr('name', 'content')\n"
        )
        self.assertEqual(files["log"], b"az")
        with zipfile.ZipFile(io.BytesIO(files["archive"])) as archive:
            self.assertEqual(archive.read("name"), b"content")

    def test_sealed_modules_stay_whole(self) -> None:
        # Finalizers that come last find what they need: modules are not cleared, which would copy their pages, too.
        out = self.run_case(
            "import contextvars, string\n"
            "needed = b'whole'\n"
            "class Last:\n"
            "    def __del__(self): os.write(1, needed + string.punctuation[:1].encode())\n"
            "gc.seal()\n"
            "contextvars.ContextVar('v').set(Last())\n"
        )
        self.assertEqual(out, "whole!")

    def test_finalizers_that_come_last_can_write(self) -> None:
        holders = {
            "context": "import contextvars; contextvars.ContextVar('v').set(Last())",
            "audit hook": "sys.addaudithook(lambda *_, last=Last(): None)",
            "profiler": "sys.setprofile(lambda *_, last=Last(): None)",
            "atexit": "import atexit; atexit.register(lambda last=Last(): None)",
        }
        for name, source in holders.items():
            with self.subTest(name):
                files = self.in_folder(
                    "log = open('log', 'w')\n"
                    "class Last:\n"
                    "    def __init__(self): self.file = open('new', 'w'); self.file.write('begin ')\n"
                    "    def __del__(self, log=log): self.file.write('end'); log.write('end')\n"
                    "gc.seal()\n" + source
                )
                self.assertEqual(files, {"log": b"end", "new": b"begin end"})

    def test_files_that_do_not_say_they_can_be_written_to(self) -> None:
        # io.IOBase.writable() is false.
        files = self.in_folder(
            LOG
            + "del Log.writable\n"
            + "old = Log('old'); old.write(b'old')\n"
            + "gc.seal()\n"
            + "new = Log('new'); new.write(b'new')\n"
            + "Plain.attribute = Log('attribute'); Plain.attribute.write(b'attribute')\n"
        )
        self.assertEqual(files, {name: name.encode() for name in ("old", "new", "attribute")})

    def test_errors_are_reported(self) -> None:
        files = self.in_folder(
            "os.dup2(os.open('errors', os.O_WRONLY | os.O_CREAT), 2)\n"
            "text, raw = open('/dev/full', 'w'), open('/dev/full', 'wb', 100)\n"
            "text.write('text'); raw.write(b'raw')\n"
            "gc.seal()\n"
        )
        for layer in b"TextIOWrapper", b"BufferedWriter":
            self.assertIn(b"Exception ignored in: <_io." + layer + b" name='/dev/full'", files["errors"])
        self.assertIn(b"No space left on device", files["errors"])

    @unittest.skipUnless(importlib.util.find_spec("_testcapi"), "needs a build with _testcapi")
    @unittest.skipIf(hasattr(sys, "getobjects"), "such a build ends where it cannot list an object")
    def test_a_seal_without_memory_loses_nothing(self) -> None:
        files = self.in_folder("""
import _testcapi
gc.collect()
failed = 0
for n in range(0, 1000, 10):
    pid = os.fork()
    if pid == 0:
        log = open("%d" % n, "w"); log.write("text")
        _testcapi.set_nomemory(n, n + 1)
        try:
            gc.seal()
        except MemoryError:
            failed = 1
        _testcapi.remove_mem_hooks()
        sys.exit(failed)
    failed += os.waitpid(pid, 0)[1] != 0
assert failed > 5, failed
""")
        self.assertEqual(set(files.values()), {b"text"})

    def test_exit_does_not_wait_for_writers(self) -> None:
        # A daemon thread that is stopped while it writes keeps the file's lock for ever.
        self.run_case("""
            import select, threading, time
            source, sink = os.pipe()
            log = open(sink, "wb")
            gc.seal()
            threading.Thread(target=log.write, args=(b"x" * (1 << 20),), daemon=True).start()
            while select.select([], [sink], [], 0)[1]:
                time.sleep(0.01)
            # in a child there is not even the thread
            pid = os.fork()
            if not pid:
                sys.exit(0)
            assert os.waitpid(pid, 0)[1] == 0
        """)


if __name__ == "__main__":
    unittest.main()
