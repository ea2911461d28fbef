"""Sealed memory: never used again, never freed, never in the way."""

import importlib.util
import sysconfig
import unittest

from sealcase import SANITIZED, SealCase

# Each allocator that PYTHONMALLOC can choose.
ALLOCATORS = ("pymalloc", "pymalloc_debug", "malloc", "malloc_debug", "mimalloc")


class ArenaTest(SealCase):
    """Small objects."""

    def test_new_objects_stay_out_of_old_pools(self) -> None:
        self.run_case("""
            if not PYMALLOC: sys.exit()
            holes = [["hole"] * (i % 20) for i in range(100000)]
            del holes[::2]
            gc.seal()
            old = {id(obj) >> 14 for obj in gc.get_sealed_objects()}
            new = [[str(i), (i, i), {i: i}, float(i)] for i in range(20000)]
            ids = {id(part) >> 14 for entry in new for part in [entry, *entry]}
            assert not ids & old
        """)

    def test_freed_blocks_are_given_up(self) -> None:
        # A string that only a frame refers to is not reached by the seal.
        self.run_case("""
            def f():
                text = str(os.getpid()) * 8
                gc.seal()
                assert not gc.is_sealed(text)
                address, size = id(text), sys.getsizeof(text)
                before = memory(address + 16, size - 16)
                del text
                # the debug hooks fill what is freed, sealed or not
                debug = hasattr(sys, "gettotalrefcount")
                assert debug or memory(address + 16, size - 16) == before
                new = [str(i) * 8 for i in range(1000, 50000)]
                assert address not in map(id, new)
            f()
        """)

    def test_new_memory_is_used_again(self) -> None:
        self.run_case("""
            import itertools
            def churn():
                for size in (10, 100, 400, 600, 5000, 200000):
                    for _ in range(200):
                        data = [bytes(size) for _ in range(20)]
                        text = "x" * size + str(size)
                        table = dict.fromkeys(range(size % 1000))
            gc.seal()
            churn()
            blocks, resident = sys.getallocatedblocks(), resident_bytes()
            for _ in range(5): churn()
            assert abs(sys.getallocatedblocks() - blocks) < 500
            assert resident_bytes() - resident < 8 << 20
        """)

    def test_every_allocator(self) -> None:
        with_pymalloc = sysconfig.get_config_var("WITH_PYMALLOC")
        for name in (name for name in ALLOCATORS if with_pymalloc or not name.startswith("py")):
            with self.subTest(name):
                self.run_case(
                    """
                    table = {str(i): [i] * (i % 300) for i in range(5000)}
                    gc.seal()
                    for key in list(table):
                        table[key].extend("new " + key for _ in range(100))
                        table[key + "n"] = table.pop(key)
                    table.clear()
                    gc.collect()
                    gc.seal()
                    sys._debugmallocstats()
                    """,
                    PYTHONMALLOC=name,
                )


class HeapTest(SealCase):
    """Blocks that come from malloc()."""

    def test_heap_is_sealed(self) -> None:
        self.run_case("""
            if SANITIZED: sys.exit()
            big = [bytes(1000 + i) for i in range(5000)]
            del big[::2]
            stats = gc.seal()
            with open("/proc/self/maps") as maps:
                heap = [line for line in maps if "[heap]" in line]
            start = int(heap[0].split("-")[0], 16)
            end = start + stats["heap_bytes"]
            assert stats["heap_bytes"] > 2500000, stats
            new = [bytes(1000 + i) for i in range(5000)]
            assert not [obj for obj in new if start <= id(obj) < end]
            assert all(map(gc.is_sealed, big))
        """)

    def test_free_memory_behind_the_heap_goes_back(self) -> None:
        # What sealing takes for a moment, too, such as 200 pages to sort these. 40 to 75 stay in use.
        out = self.run_case("""
            if SANITIZED: print(0); sys.exit()
            del [bytes(8 << 20)][0]        # from here on malloc() takes that much from the heap
            big = [bytes(600) for _ in range(100000)]
            stats = gc.seal()
            with open("/proc/self/maps") as maps:
                heap = [line.split()[0].split("-") for line in maps if "[heap]" in line]
            page = os.sysconf("SC_PAGESIZE")
            first, last = (int(heap[0][0], 16) + stats["heap_bytes"]) // page, int(heap[-1][1], 16) // page
            with open("/proc/self/pagemap", "rb", 0) as pagemap:
                pagemap.seek(first * 8)
                entries = memoryview(pagemap.read((last - first) * 8)).cast("Q")
            print(sum(entry >> 63 for entry in entries))
        """)
        self.assertLess(int(out), 100)

    @unittest.skipUnless(importlib.util.find_spec("_ctypes"), "needs sbrk()")
    @unittest.skipIf(SANITIZED, "an allocator of its own")
    def test_heap_that_cannot_grow(self) -> None:
        # Something lies right behind it, so malloc() goes on elsewhere, with more free memory than the heap is large.
        self.run_case("""
            import ctypes, resource
            resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
            libc = ctypes.CDLL(None)
            libc.sbrk.restype, libc.sbrk.argtypes = ctypes.c_void_p, [ctypes.c_long]
            libc.mmap.restype = ctypes.c_void_p
            libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
            end = (libc.sbrk(0) + 4095) & -4096
            assert libc.mmap(end, 4096, 3, 0x32, -1, 0) == end
            for size in 20 << 20, 19 << 20: bytearray(size)         # the second is not mapped, and freed at the top
            gc.seal()
            for _ in range(3): blocks = [bytearray(5000) for _ in range(10000)]
            assert gc.seal_stats()["ignored_bytes"] < 1 << 20
        """)

    def test_objects_outside_of_the_heap_are_known(self) -> None:
        # Blocks of another thread come from a heap of its own, and large ones
        # from a mapping: neither is in the sealed C heap.
        self.run_case("""
            import threading
            made = []
            def run():
                class Local: pass
                made.extend([Local, bytes(5000), "x" * 3000, b"m" * (1 << 20)])
            thread = threading.Thread(target=run)
            thread.start(); thread.join()
            gc.seal()
            assert all(map(gc.is_sealed, made)), [gc.is_sealed(obj) for obj in made]
            assert not any(map(gc.is_sealed, [bytes(5000), str(made) * 50, bytes(1 << 20)]))
        """)

    def test_buffers_grow_and_shrink(self) -> None:
        self.run_case("""
            sizes = (10, 200, 5000, 100000, 2000000)
            lists = [list(range(n)) for n in sizes]
            arrays = [bytearray(b"ab" * n) for n in sizes]
            tables = [dict.fromkeys(range(n)) for n in sizes[:4]]
            sets = [set(range(n)) for n in sizes[:4]]
            gc.seal()
            for n, a_list, array in zip(sizes, lists, arrays):
                a_list.extend(range(n)); array.extend(b"cd" * n)
                assert a_list == [*range(n), *range(n)]
                assert array == b"ab" * n + b"cd" * n
                del a_list[5:], array[5:]
                assert a_list == [0, 1, 2, 3, 4] and array == b"ababa"
                a_list += range(3 * n); array += bytes(3 * n)
                assert len(a_list) == len(array) == 3 * n + 5
                a_list.sort(); a_list.clear(); array.clear()
            for n, table, members in zip(sizes, tables, sets):
                table.update((i, None) for i in range(3 * n))
                members |= set(range(3 * n))
                assert len(table) == len(members) == 3 * n
                for i in range(3 * n): del table[i]; members.remove(i)
                assert not table and not members
        """)


class DictTest(SealCase):
    """The keys of a dict have a reference count of their own."""

    def test_copies_of_a_sealed_dict_are_freed(self) -> None:
        # Immortal keys would be copied with their count: 20 copies of this
        # dict leaked 37 MB, and its size was reported as 64 bytes.
        self.run_case("""
            table = {i: i for i in range(50000)}
            size = sys.getsizeof(table)
            gc.seal()
            assert sys.getsizeof(table) == size
            table.copy()
            resident = resident_bytes()
            for _ in range(20):
                copy = table.copy()
                assert sys.getsizeof(copy) > 1 << 20
                copy[-1] = 0
            del copy
            assert SANITIZED or resident_bytes() - resident < 8 << 20
            assert -1 not in table and len(table) == 50000
        """)

    def test_shared_keys(self) -> None:
        self.run_case("""
            def make(**values):
                obj = Plain(); obj.__dict__.update(values); return obj
            class Point:
                def __init__(self): self.x, self.y = 1, 2
            points = [Point() for _ in range(10)]
            dicts = [vars(Point()) for _ in range(5)]
            gc.seal()
            for point in points:
                point.z = point.x + point.y
                point.w = vars(point).copy()
                assert vars(point) == {"x": 1, "y": 2, "z": 3, "w": point.w}
            for d in dicts:
                d.pop("x"); d["new"] = 1; d.copy(); d.clear(); d["x"] = 1
            new = [Point() for _ in range(1000)]
            assert all(vars(p) == {"x": 1, "y": 2} for p in new)
            Point.__init__ = lambda self: setattr(self, "other", 1)
            assert vars(Point()) == {"other": 1}
        """)


if __name__ == "__main__":
    unittest.main()
