"""Processes that are forked after a seal, and those that they fork."""

import unittest

from sealcase import SealCase

# Pages of `objects` that work() writes to in a child.
WATCH = """
def written_by_child(objects, work):
    pages = {id(obj) & -4096 for obj in objects}
    before = {page: memory(page, 4096) for page in pages}
    source, sink = os.pipe()
    pid = os.fork()
    if pid == 0:
        work()
        gc.collect()
        written = sum(memory(page, 4096) != before[page] for page in pages)
        os.write(sink, b"%d" % written)
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
    return int(os.read(source, 20)), len(pages)
"""


class GenerationsTest(SealCase):
    """Workers that fork workers."""

    def test_fork_in_fork(self) -> None:
        out = self.run_case("""
            import json, threading
            data = {"list": [1, 2, {"a": "b"}], "text": "text" * 10}
            gc.seal()
            def work(depth):
                for i in range(200):
                    assert json.loads(json.dumps(data)) == data
                    data["list"].append([i]); data["list"].pop()
                pid = depth and os.fork()
                if depth and not pid:
                    work(depth - 1)
                    print(depth, flush=True)
                    sys.exit(depth)
                if pid:
                    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == depth
            work(5)
        """)
        self.assertEqual(out.split(), ["1", "2", "3", "4", "5"])

    def test_a_promoted_worker_seals_again(self) -> None:
        # As a server does that forks from a worker once that is warm.
        out = self.run_case(
            WATCH
            + """
old = [{"old %d" % i: [str(i), float(i)]} for i in range(5000)]
names = ["computed_%d" % i for i in range(500)]
def walk(data):
    total = 0
    for entry in data:
        for key, values in entry.items():
            total += len(key) + len(values)
            Plain().attribute = [key, values]
    for name in names: hasattr(Plain, name); sys.intern(name + "x")
    return total
gc.seal()
def generation(depth, data):
    pid = os.fork()
    if pid:
        assert os.waitpid(pid, 0)[1] == 0
        return
    fresh = [{"new %d of %d" % (i, depth): [str(i), float(i)]} for i in range(5000)]
    everything = data + fresh
    walk(everything)
    stats = gc.seal()
    assert stats["seals"] == depth + 1
    assert all(map(gc.is_sealed, everything)) and not gc.is_sealed(object())
    objects = [obj for entry in everything for key, values in entry.items() for obj in (entry, key, values)]
    written, total = written_by_child(objects, lambda: walk(everything))
    print(written, total, flush=True)
    if depth < 3:
        generation(depth + 1, everything)
    sys.exit(0)
generation(1, old)
"""
        )
        lines = [tuple(map(int, line.split())) for line in out.splitlines()]
        self.assertEqual(len(lines), 3)
        for written, total in lines:
            self.assertGreater(total, 300)
            self.assertLess(written, total / 100)

    def test_threads_after_the_fork(self) -> None:
        self.run_case("""
            import concurrent.futures, queue, threading
            lock, local, pool = threading.RLock(), threading.local(), None
            counts, jobs = {"n": 0}, queue.SimpleQueue()
            local.x = 1
            def work(i):
                with lock:
                    counts["n"] += 1
                local.x = [i]
                jobs.put((i, sys.intern("thread %d" % i), Plain()))
                return {str(j): [j] for j in range(50)}
            gc.seal()
            children = []
            for _ in range(3):
                pid = os.fork()
                if pid == 0:
                    with concurrent.futures.ThreadPoolExecutor(8) as pool:
                        results = list(pool.map(work, range(500)))
                    assert counts["n"] == len(results) == jobs.qsize() == 500 and local.x == 1
                    daemon = threading.Thread(target=threading.Event().wait, daemon=True)
                    daemon.start()
                    sys.exit(0)
                children.append(pid)
            for pid in children: assert os.waitpid(pid, 0)[1] == 0
            assert counts["n"] == 0
        """)


class DictTest(SealCase):
    """Sealed dicts under the load of a long life."""

    def test_copies_and_resizes_cost_nothing_that_lasts(self) -> None:
        self.run_case("""
            class Point:
                def __init__(self): self.x, self.y = 1, 2
            tables = [{i: i for i in range(50)}, {str(i): i for i in range(50)}, vars(Point()), {}]
            point, many = Point(), [Point() for _ in range(50)]
            gc.seal()
            sizes = [sys.getsizeof(table) for table in tables]
            def churn(n):
                for i in range(n):
                    for table in tables:
                        copy = table.copy(); copy[i] = i
                        dict(table); {**table}; table | {i: i}
                    for table in tables[:2]:
                        table.update(dict.fromkeys(range(100, 130), i))
                        for key in range(100, 130): del table[key]
                    point.z = i; del point.z
            churn(1000)
            resident, sizes_then = resident_bytes(), [sys.getsizeof(table) for table in tables]
            churn(25000)                            # 100,000 copies
            assert SANITIZED or resident_bytes() - resident < 1 << 20, resident_bytes() - resident
            assert [sys.getsizeof(table) for table in tables] == sizes_then
            assert sizes[2:] == sizes_then[2:], "those that never grew"
            assert tables[2] == vars(Point()) and tables[3] == {}
            assert list(tables[0]) == list(range(50)) and vars(point) == {"x": 1, "y": 2}
        """)

    def test_sizes_are_those_from_before(self) -> None:
        self.run_case("""
            class Point:
                def __init__(self): self.x, self.y = 1, 2
            # Room for attributes that instances do not have shrinks with each instance that is made; the seal
            # takes away what many would.
            many = [Point() for _ in range(50)]
            kept = [{i: i for i in range(n)} for n in (0, 1, 5, 100, 50000)] + [vars(Point()), Point(), [1, 2], "text"]
            sizes = [sys.getsizeof(obj) for obj in kept]
            gc.seal()
            assert [sys.getsizeof(obj) for obj in kept] == sizes
            assert [sys.getsizeof(obj.copy()) for obj in kept[1:5]] == sizes[1:5]
        """)


class ToolsTest(SealCase):
    """Tools that look at memory."""

    def test_tracemalloc(self) -> None:
        self.run_case("""
            import tracemalloc
            tracemalloc.start()
            early = [bytes(1000) for _ in range(100)]
            gc.seal()
            assert tracemalloc.get_object_traceback(early[0]) is not None
            def traced(): return tracemalloc.get_traced_memory()[0]
            before = traced()
            late = [bytes(1000) for _ in range(100)]
            assert 100000 < traced() - before < 130000, traced() - before
            assert tracemalloc.get_object_traceback(late[0]) is not None
            del late
            assert abs(traced() - before) < 10000
            pid = os.fork()
            if not pid:
                tracemalloc.stop(); tracemalloc.start(5)
                late = [[i] for i in range(1000)]
                assert traced() > 1000 * 56
                early.clear()
                assert tracemalloc.take_snapshot().statistics("lineno")
                sys.exit(0)
            assert os.waitpid(pid, 0)[1] == 0
            tracemalloc.stop()
        """)

    def test_tracemalloc_that_starts_after_the_seal(self) -> None:
        self.run_case("""
            import tracemalloc
            early = [[bytes(1000)] for _ in range(100)]
            gc.seal()
            tracemalloc.start()
            early[0].append(1); early[1][0] = None; early.clear()
            late = [bytes(1000) for _ in range(100)]
            assert tracemalloc.get_traced_memory()[0] > 100000
            del late
            # among that the attribute cache of 24 KiB in front of the sealed one
            assert tracemalloc.get_traced_memory()[0] < 30000
        """)

    def test_monitoring_of_sealed_code_in_a_worker(self) -> None:
        self.run_case("""
            def work(n):
                total = 0
                for i in range(n):
                    total += i if i % 2 else -i
                return total
            expected = work(50)
            gc.seal()
            pid = os.fork()
            if not pid:
                tool, events = sys.monitoring.PROFILER_ID, sys.monitoring.events
                seen = []
                sys.monitoring.use_tool_id(tool, "test")
                for event in (events.LINE, events.BRANCH, events.PY_RETURN):
                    sys.monitoring.register_callback(tool, event, lambda *args: seen.append(args))
                sys.monitoring.set_local_events(tool, work.__code__, events.LINE | events.BRANCH | events.PY_RETURN)
                assert work(50) == expected and len(seen) > 150
                sys.monitoring.set_local_events(tool, work.__code__, 0)
                del seen[:]
                assert work(50) == expected and not seen
                sys.settrace(lambda frame, event, arg: seen.append(event) or None)
                assert work(50) == expected
                sys.settrace(None)
                assert "call" in seen
                sys.exit(0)
            assert os.waitpid(pid, 0)[1] == 0
            assert work(50) == expected
        """)


if __name__ == "__main__":
    unittest.main()
