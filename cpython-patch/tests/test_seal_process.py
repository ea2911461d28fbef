"""gc.seal() and the life of a process: exit, fork, threads, frames."""

import unittest

from sealcase import SealCase


class ExitTest(SealCase):
    """What must still happen when a sealed process ends."""

    def test_exit_after_work(self) -> None:
        for options in ((), ("-X", "dev"), ("-X", "tracemalloc"), ("-S", "-E")):
            with self.subTest(options=options):
                self.run_case(
                    """
                    import json, decimal, collections, enum, functools
                    gc.seal()
                    import logging, argparse, datetime
                    class New(Plain): pass
                    sys.modules.pop("json")
                    del decimal
                    Plain.more = New()
                    """,
                    *options,
                )


class ForkTest(SealCase):
    """Forking is what a seal is for."""

    def test_fork_after_seal(self) -> None:
        out = self.run_case("""
            import json
            data = {"list": [1, 2, {"a": "b"}], "text": "text" * 10}
            gc.seal()
            for child in range(4):
                pid = os.fork()
                if pid == 0:
                    for i in range(2000):
                        copy = json.loads(json.dumps(data))
                        assert copy == data
                        data["n"] = [copy["text"]]
                    gc.collect()
                    print("child", child, flush=True)
                    sys.exit(child)
                assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == child
        """)
        self.assertEqual(out.count("child"), 4)

    def test_shared_pages_stay_shared(self) -> None:
        # The sealed pages of a child that runs sealed code, looks things up,
        # makes garbage and collects it have to be those of its parent.
        out = self.run_case("""
            data = [{"key %d" % i: ["value %d" % i, (i, float(i))]}
                    for i in range(20000)]
            def work():
                total = 0
                for entry in data:
                    for key, (text, (i, x)) in entry.items():
                        total += len(key) + len(text) + i + int(x)
                        Plain().attribute = [key, text]
                return total
            expected = work()
            gc.seal()
            pages = {id(obj) & -4096 for obj in gc.get_sealed_objects()}
            pages |= {id(k) & -4096 for entry in data for k in entry}
            before = {page: memory(page, 4096) for page in pages}
            pid = os.fork()
            if pid == 0:
                for _ in range(3):
                    assert work() == expected
                    gc.collect()
                changed = [p for p in pages if memory(p, 4096) != before[p]]
                print(len(changed), len(pages), flush=True)
                os._exit(0)
            assert os.waitpid(pid, 0)[1] == 0
        """)
        changed, total = map(int, out.split())
        self.assertGreater(total, 1500)
        self.assertLess(changed, total / 100)

    def test_static_data_stays_shared(self) -> None:
        # The caches of types and of functions by version are static data of
        # 96 and 64 KiB: look-ups and closures write all over them.
        source = """
            def static_pages():
                with open("/proc/self/maps") as maps:
                    lines = [line.split() for line in maps]
                binary = os.path.realpath(sys.executable)
                last = [i for i, line in enumerate(lines) if line[-1] == binary or "libpython" in line[-1]][-1]
                areas = [line[0] for line in lines[:last + 1] if line[1] == "rw-p" and "/" in line[-1]]
                if len(lines[last + 1]) == 5:           # the part that no file backs
                    areas.append(lines[last + 1][0])
                for area in areas:
                    start, end = (int(part, 16) for part in area.split("-"))
                    yield from ((page, memory(page, 4096)) for page in range(start, end, 4096))
            names = ["computed_%d" % i for i in range(3000)]
            space = {}
            exec("".join("def outer_%d(x): return lambda: x\\n" % i for i in range(1000)), space)
            outers = [space["outer_%d" % i] for i in range(1000)]
            if SEAL: gc.seal()
            before = dict(static_pages())
            if os.fork() == 0:
                for name in names: hasattr(Plain, name)
                kept = [outer(1) for outer in outers]
                for closure in kept: closure()
                after = dict(static_pages())
                print(sum(after[page] != before[page] for page in before), flush=True)
                os._exit(0)
            os.wait()
        """
        stock, sealed = (int(self.run_case(source.replace("SEAL", seal))) for seal in ("False", "True"))
        self.assertGreater(stock, 30)
        self.assertLess(sealed, stock / 3)

    def test_libraries_that_allocate_by_themselves(self) -> None:
        # SQLite and OpenSSL call malloc() and free() directly.
        self.run_case("""
            try:
                import sqlite3, ssl, hashlib
            except ImportError:
                sys.exit()
            database = sqlite3.connect(":memory:")
            database.execute("create table t (a integer primary key, b text)")
            database.executemany("insert into t (b) values (?)", [("text %d" % i,) for i in range(5000)])
            cursor, context = database.execute("select * from t"), ssl.create_default_context()
            digest = hashlib.sha256(b"before ")
            next(cursor)
            gc.seal()
            pid = os.fork()
            if pid == 0:
                assert len(cursor.fetchall()) == 4999
                for i in range(20):
                    database.execute("delete from t where a % 3 = 0")
                    database.executemany("insert into t (b) values (?)", [("x" * i,)] * 1000)
                    database.execute("vacuum") if not database.in_transaction else database.commit()
                assert database.execute("pragma integrity_check").fetchone() == ("ok",)
                for i in range(100):
                    ssl.MemoryBIO().write(b"x" * i)
                    one, other = ssl.MemoryBIO(), ssl.MemoryBIO()
                    client = context.wrap_bio(one, other, server_hostname="localhost")
                    try: client.do_handshake()
                    except ssl.SSLWantReadError: pass
                digest.update(b"after")
                assert digest.hexdigest() == hashlib.sha256(b"before after").hexdigest()
                database.close()
                sys.exit(0)
            assert os.waitpid(pid, 0)[1] == 0
        """)


class ThreadTest(SealCase):
    """Threads, locks and contexts that exist when the heap is sealed."""

    def test_sealed_locks_and_contexts(self) -> None:
        self.run_case("""
            import contextvars, functools, threading
            lock, rlock = threading.Lock(), threading.RLock()
            condition, local = threading.Condition(), threading.local()
            variable = contextvars.ContextVar("v", default="d")
            context = contextvars.copy_context()
            local.x = 1
            rlock.acquire()
            @functools.lru_cache(maxsize=4)
            def cached(n): return [n]
            cached(1)
            gc.seal()
            rlock.release()
            for _ in range(1000):
                with lock, rlock, rlock, condition:
                    condition.notify_all()
                token = variable.set(Plain()); variable.reset(token)
                context.run(variable.set, Plain())
                local.x = Plain()
            kept = [weakref.ref(cached(i)[0].__class__) for i in range(100)]
            assert cached.cache_info().currsize == 4
            seen = []
            def other():
                with lock, rlock:
                    seen.append(hasattr(local, "x"))
            thread = threading.Thread(target=other)
            thread.start(); thread.join()
            assert seen == [False]
        """)


class FrameTest(SealCase):
    """Frames that are suspended when the heap is sealed run on."""

    def test_generators_and_coroutines(self) -> None:
        self.run_case("""
            def generate():
                kept = ["kept" * 10]
                last = None
                for i in range(10):
                    got = yield kept + [i]
                    last = got or last
            async def inner(): return await Waiting()
            class Waiting:
                def __await__(self): return (yield "waiting")
            async def agen():
                for i in range(3): yield [i]
            generator, coroutine, pending = generate(), inner(), generate()
            next(generator), next(generator)
            assert coroutine.send(None) == "waiting"
            items = agen()
            gc.seal()
            new = Plain(); ref = weakref.ref(new)
            assert generator.send(new)[0] == "kept" * 10
            del new
            assert ref() is not None
            assert len(list(generator)) == 7
            assert ref() is None, "locals of a finished frame are freed"
            assert next(pending) == ["kept" * 10, 0]
            pending.close()
            try: coroutine.send("sent")
            except StopIteration as stop: assert stop.value == "sent"
            async def drain(): return [i async for i in items]
            try: drain().send(None)
            except StopIteration as stop: assert stop.value == [[0], [1], [2]]
        """)

    def test_seal_deep_in_the_stack(self) -> None:
        self.run_case("""
            def dive(n, *rest):
                local = ["local %d" % n]
                if n: return dive(n - 1, local, *rest)[1:] + local
                gc.seal()
                raise_it = [frame for frame in [sys._getframe()]]
                return local * 2
            assert dive(50)[-1] == "local 50"
            list(map(lambda i: gc.seal() if i == 5 else [i], range(10)))
            sorted(range(5), key=lambda i: gc.seal() and i or i)
        """)

    def test_seal_while_a_container_is_filled(self) -> None:
        # A tuple is made too large and cut, which takes its only reference.
        self.run_case("""
            def items():
                for i in range(30):
                    if i == 15: gc.seal()
                    yield str(i)
            for kind in (list, set, frozenset, dict.fromkeys, sorted, "".join):
                assert len(kind(items())) >= 30, kind
            try:
                tuple(items())
            except SystemError:
                pass
            else:
                raise AssertionError("document that it works")
        """)


class ModuleTest(SealCase):
    """Modules and classes may change after the seal."""

    def test_modules(self) -> None:
        self.run_case("""
            import importlib, json, json.decoder
            gc.seal()
            del sys.modules["json"], json
            import json as again
            assert again.loads("[1, 2]") == [1, 2]
            importlib.reload(again)
            again.new_name = "n"; del again.new_name
            import textwrap, statistics
            assert statistics.mean([1, 2, 3]) == 2
        """)

    def test_strings_in_a_segment(self) -> None:
        # The other way to keep strings apart works beside this one.
        self.run_case("""
            "a".setmajekhack()
            import json, decimal
            table = {sys.intern("segment key %d" % i): i for i in range(1000)}
            gc.seal()
            import statistics
            for i in range(1000):
                key = sys.intern("segment key %d" % i)
                assert table.pop(key) == i and gc.is_sealed(key)
            "a".setmajekhack()
            assert json.loads("[1]") == [1]
        """)

    def test_classes(self) -> None:
        self.run_case("""
            class Base:
                def who(self): return "base"
            class Slots: __slots__ = ("a", "b")
            obj, slots = Base(), Slots()
            slots.a = "old"
            for _ in range(100): obj.who()
            gc.seal()
            for i in range(50):
                fresh = Base()
                setattr(fresh, "attribute_%d" % i, i)
                fresh.__dict__["x"] = i
                assert getattr(fresh, "attribute_%d" % i) == i
            class Derived(Base):
                def who(self): return "derived " + super().who()
            assert Derived().who() == "derived base"
            Base.who = lambda self: "patched"
            assert obj.who() == "patched" and Derived().who() == "derived patched"
            Base.added = property(lambda self: self.__class__.__name__)
            assert Derived().added == "Derived"
            del Base.who
            try: obj.who()
            except AttributeError: pass
            else: raise AssertionError
            obj.__class__ = Derived
            assert isinstance(obj, Derived)
            assert Base.__subclasses__() == [Derived]
            del Derived; obj.__class__ = Base; del fresh
            gc.collect()
            assert Base.__subclasses__() == []
            new = Plain(); ref = weakref.ref(new)
            slots.a = new; slots.b = [new]; del slots.b; slots.a = None; del new
            assert ref() is None
        """)

    def test_weak_references(self) -> None:
        self.run_case("""
            sealed, early = Plain(), Plain()
            table = weakref.WeakValueDictionary(sealed=sealed)
            keys, members = weakref.WeakKeyDictionary(), weakref.WeakSet([early])
            ref = weakref.ref(early)
            gc.seal()
            assert weakref.ref(early) is ref
            late = [weakref.ref(sealed, lambda _: None) for _ in range(100)]
            assert all(r() is sealed for r in late)
            del late
            new = Plain()
            table["new"] = new; keys[new] = keys[sealed] = 1; members.add(new)
            assert len(table) == len(keys) == len(members) == 2
            del new
            assert list(table) == ["sealed"] and list(keys) == [sealed]
            assert list(members) == [early]
            weakref.finalize(Plain(), lambda: None)
        """)


if __name__ == "__main__":
    unittest.main()
