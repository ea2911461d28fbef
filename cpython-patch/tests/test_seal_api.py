"""The functions of gc that seal: what they take and what they report."""

import unittest

from sealcase import PYMALLOC, SealCase


class StatisticsTest(SealCase):
    """gc.seal(), gc.seal_stats(), gc.is_sealed()."""

    def test_statistics(self) -> None:
        self.run_case("""
            assert gc.seal_stats() is None
            assert gc.get_sealed_objects() == []
            assert not gc.is_sealed() and not gc.is_sealed(sys)
            stats = gc.seal()
            assert stats == gc.seal_stats()
            assert gc.is_sealed() and gc.is_sealed(sys)
            assert (stats["seals"], stats["level"], stats["adaptive"]) == (1, "full", "frozen")
            assert stats["tracked"] == len(gc.get_sealed_objects()) > 1000
            assert stats["objects"] > stats["strings"] > 1000
            assert stats["code"] > 100 and stats["types"] > 100
            assert (stats["arenas"] >= 1 and stats["small_blocks"] > 10000) == PYMALLOC
            assert stats["bytes"] >= stats["arenas"] << 18
            assert stats["bytes"] >= stats["heap_bytes"]
            assert stats["pages"] == stats["bytes"] // os.sysconf("SC_PAGESIZE")
        """)

    def test_signatures(self) -> None:
        self.run_case("""
            import inspect
            signatures = {name: str(inspect.signature(getattr(gc, name))) for name in dir(gc) if "seal" in name}
            assert signatures == {
                "seal": "(*, level='full', adaptive='frozen')", "is_sealed": "(*obj)",
                "get_sealed_objects": "()", "seal_stats": "()",
            }, signatures
            for wrong in (lambda: gc.is_sealed(1, 2), lambda: gc.is_sealed(obj=1)):
                try: wrong()
                except TypeError: pass
                else: raise AssertionError(wrong)
        """)

    def test_statistics_of_less_than_full(self) -> None:
        for level in ("counts", "caches"):
            self.run_case(f"""
                stats = gc.seal(level="{level}")
                assert stats["level"] == "{level}"
                assert stats["bytes"] == stats["pages"] == stats["ignored_frees"] == 0, stats
                assert stats["arenas"] == stats["small_blocks"] == stats["heap_bytes"] == 0
                assert gc.is_sealed()
            """)

    def test_ignored_frees(self) -> None:
        # What only frames refer to is not reached, and freed when they end.
        self.run_case("""
            def dive(n):
                kept = str(n) * 100
                return dive(n - 1) if n else gc.seal()
            before = dive(200)
            after = gc.seal_stats()
            if not PYMALLOC: sys.exit()
            # A build that lists every object frees an entry of that list too.
            assert 200 <= after["ignored_frees"] - before["ignored_frees"] < 600, (before, after)
            assert 20000 <= after["ignored_bytes"] - before["ignored_bytes"] < 100000, (before, after)
            table = {}
            for i in range(5): table[i] = [i] * 1000
            table.clear()
            assert gc.seal_stats()["ignored_frees"] == after["ignored_frees"], "new memory is freed"
        """)

    def test_ignored_frees_are_those_of_a_process(self) -> None:
        self.run_case("""
            small = [None] * 20
            gc.seal()
            first = gc.seal_stats()["ignored_frees"]
            pid = os.fork()
            if not pid:
                small.extend(range(1000))               # its sealed array is left behind
                assert gc.seal_stats()["ignored_frees"] == first + PYMALLOC
                os._exit(0)
            assert os.waitpid(pid, 0)[1] == 0
            assert gc.seal_stats()["ignored_frees"] == first
        """)

    def test_ignored_frees_of_the_c_heap(self) -> None:
        self.run_case("""
            def dive(n):
                kept = bytes(1000)
                return dive(n - 1) if n else gc.seal()
            array = bytearray(2000)
            before = dive(100)
            if not before["heap_bytes"]:                # as under a sanitizer
                sys.exit()
            after = gc.seal_stats()
            assert 100 <= after["ignored_frees"] - before["ignored_frees"] < 300, (before, after)
            assert 100000 <= after["ignored_bytes"] - before["ignored_bytes"] < 200000, (before, after)
            array.extend(bytes(5000))
            assert gc.seal_stats()["ignored_frees"] == after["ignored_frees"] + 1
            gc.seal()
            assert gc.seal_stats()["ignored_frees"] > after["ignored_frees"], "goes on after another seal"
        """)

    def test_finalizers(self) -> None:
        self.run_case("""
            class Finalized:
                def __del__(self): pass
            import io
            kept = [Finalized() for _ in range(100)], [weakref.ref(Plain, print) for _ in range(50)]
            files = [open(os.devnull) for _ in range(20)]
            count = gc.seal()["finalizers"]
            kept2 = [Finalized() for _ in range(7)], weakref.ref(Plain, print), weakref.ref(Plain)
            files2 = [open(os.devnull), io.StringIO()]     # they are closed at exit
            assert count >= 150
            assert gc.seal()["finalizers"] - count == 8, gc.seal_stats()["finalizers"] - count
        """)

    def test_twice(self) -> None:
        self.run_case("""
            old = {"name": "first"}
            first = gc.seal()
            old["later"] = later = ["".join(["second", "generation"])]
            ref = weakref.ref(Plain)
            class Second(Plain):
                def method(self):
                    return self.x + 1
            obj = Second(); obj.x = 1
            assert obj.method() == 2
            second = gc.seal()
            assert second["seals"] == 2
            assert second["tracked"] > first["tracked"]
            assert not PYMALLOC or second["small_blocks"] > first["small_blocks"]
            for sealed in (old, later, later[0], Second, obj, Second.method):
                assert gc.is_sealed(sealed), sealed
            assert obj.method() == 2 and later == ["secondgeneration"]
            third = [Plain() for _ in range(10000)]
            assert not any(map(gc.is_sealed, third))
            assert gc.seal()["seals"] == 3
            gc.collect()
            assert sys.intern("later") is sys.intern("".join(["la", "ter"]))
        """)


class LevelTest(SealCase):
    """How much is sealed."""

    def test_what_each_level_leaves_to_be_written(self) -> None:
        source = """
            text = "".join(["never ", "hashed"])
            def cold(): return 0
            class Fresh: pass
            stats = gc.seal(level="LEVEL")
            for obj in (text, cold, cold.__code__, cold.__code__.co_name, Fresh, Fresh.__name__, sys):
                assert gc.is_sealed(obj) and sys.getrefcount(obj) == 0xFFFFFFFF, obj
            before = cold.__code__._co_code_adaptive, memory(id(text), 40)
            cold(); hash(text)
            after = cold.__code__._co_code_adaptive, memory(id(text), 40)
            print([old == new for old, new in zip(before, after)],
                  sys.intern(text) is text, stats["arenas"] > 0, stats["heap_bytes"] > 0)
        """
        expected = {
            "counts": "[False, False] True False False",
            "caches": "[True, True] False False False",
            "arenas": f"[True, True] False {PYMALLOC} False",
            "full": f"[True, True] False {PYMALLOC}",
        }
        for level, line in expected.items():
            with self.subTest(level):
                self.assertTrue(self.run_case(source.replace("LEVEL", level)).startswith(line))

    def test_new_objects_are_not_sealed_at_any_level(self) -> None:
        for level in ("counts", "caches", "arenas", "full"):
            with self.subTest(level):
                self.run_case(f"""
                    old = [Plain(), {{}}, "".join(["o", "ld"]), int("6" * 30)]
                    gc.seal(level="{level}")
                    space = {{}}
                    # compiling interns names as immortal strings
                    exec("def brand_new(): return brand_newer, 'constant_string'", space)
                    code = space["brand_new"].__code__
                    new = [Plain(), {{}}, "".join(["n", "ew"]), int("7" * 30), code, *code.co_names, code.co_consts[1]]
                    assert all(map(gc.is_sealed, old))
                    assert not any(map(gc.is_sealed, new)), [o for o in new if gc.is_sealed(o)]
                    assert not gc.is_sealed(None) and not gc.is_sealed(5) and not gc.is_sealed("")
                """)

    def test_level_is_raised_and_never_lowered(self) -> None:
        self.run_case("""
            text = "".join(["never ", "hashed"])
            cold = eval("lambda: 0")
            assert gc.seal(level="counts")["level"] == "counts"
            between = "".join(["not ", "hashed either"])
            assert gc.seal(level="caches")["level"] == "caches"
            assert gc.is_sealed(between)
            before = cold.__code__._co_code_adaptive, memory(id(text), 40), memory(id(between), 40)
            cold(); hash(text); hash(between)
            assert (cold.__code__._co_code_adaptive, memory(id(text), 40), memory(id(between), 40)) == before
            assert gc.seal(level="full")["level"] == "full"
            assert gc.is_sealed(text) and gc.is_sealed(cold) and not gc.is_sealed(object())
            late = [Plain(), "".join(["la", "te"])]
            stats = gc.seal(level="counts")
            assert stats["level"] == "full" and stats["seals"] == 4
            assert all(map(gc.is_sealed, late))
        """)

    def test_hot_code_counts_until_it_is_frozen(self) -> None:
        self.run_case("""
            def add(a, b): return a + b
            def other(a, b): return a + b
            assert gc.seal(adaptive="hot")["adaptive"] == "hot"
            before = add.__code__._co_code_adaptive
            for i in range(100): add(i, i)
            assert add.__code__._co_code_adaptive != before, "specialized"
            assert gc.seal()["adaptive"] == "frozen"
            before = other.__code__._co_code_adaptive
            for i in range(100): other(i, i)
            assert other.__code__._co_code_adaptive == before
            assert gc.seal(adaptive="hot")["adaptive"] == "frozen", "never goes back"
        """)

    def test_every_level_forks_works_and_ends(self) -> None:
        for level in ("counts", "caches", "arenas", "full"):
            with self.subTest(level):
                out = self.run_case(f"""
                    import json, logging, tempfile
                    data = {{"list": [1, 2, {{"a": "b"}}], "text": "text" * 10}}
                    log = tempfile.TemporaryFile("w+"); log.write("buffered ")
                    gc.seal(level="{level}", adaptive="hot")
                    pid = os.fork()
                    if pid == 0:
                        for i in range(2000):
                            copy = json.loads(json.dumps(data))
                            assert copy == data
                            data["n"] = [copy["text"], sys.intern("new %d" % i)]
                        import decimal, statistics
                        gc.collect(); gc.freeze(); gc.unfreeze()
                        print("child", flush=True)
                        sys.exit(0)
                    assert os.waitpid(pid, 0)[1] == 0
                    log.seek(0); print(log.read())
                """)
                # the child wrote what it inherited too
                self.assertEqual(out, "child\nbuffered buffered \n")


class DocumentationTest(unittest.TestCase):
    """help(gc.seal) says what there is to know."""

    def test_documentation(self) -> None:
        import gc

        for name in ("seal", "is_sealed", "get_sealed_objects", "seal_stats"):
            function = getattr(gc, name)
            self.assertIsNotNone(function.__text_signature__, name)
            self.assertGreater(len(function.__doc__), 30, name)


if __name__ == "__main__":
    unittest.main()
