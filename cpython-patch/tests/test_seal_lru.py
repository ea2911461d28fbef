"""functools.lru_cache() after a seal."""

import unittest

from sealcase import SealCase


class LruCacheTest(SealCase):
    """Calls count and keep their order where a seal has moved them."""

    def test_hits_do_not_write(self) -> None:
        self.run_case("""
            import functools
            wrappers, padding = [], []
            for i in range(100):
                wrappers.append(functools.lru_cache(maxsize=8 if i % 2 else None)(lambda n: [n]))
                for n in range(4): wrappers[-1](n)
                padding.append([object() for _ in range(200)])
            sealed = {id(wrapper): wrapper for wrapper in wrappers}
            def ask():
                for wrapper in wrappers:
                    for n in (2, 0, 3): assert wrapper(n) == [n]
            gc.seal()
            before = {page: memory(page, 4096) for page in {id(obj) & -4096 for obj in gc.get_sealed_objects()}}
            ask(); ask()
            changed = sum(memory(page, 4096) != image for page, image in before.items())
            assert changed < 10, changed
            assert all(wrapper.cache_info()[:2] == (6, 4) for wrapper in wrappers)
        """)

    def test_order_is_that_of_use(self) -> None:
        # Against the implementation in Python, which no seal knows.
        self.run_case("""
            import functools, random
            rng = random.Random(1)
            def make(decorate, size):
                calls = []
                @decorate(lambda n: (calls.append(n), n * n)[1])
                def cached(n): raise AssertionError
                return cached, calls
            def pair(size):
                def c(function): return lambda _: functools.lru_cache(maxsize=size)(function)
                def py(function):
                    return lambda _: functools._lru_cache_wrapper_py(function, size, False, functools._CacheInfo)
                return make(c, size), make(py, size)
            import importlib.util
            spec = importlib.util.find_spec("functools")
            source = spec.loader.get_source("functools").replace(
                "from _functools import _lru_cache_wrapper", "raise ImportError")
            pure = type(sys)("pure"); exec(source, vars(pure))
            functools._lru_cache_wrapper_py = pure._lru_cache_wrapper
            assert pure._lru_cache_wrapper is not functools._lru_cache_wrapper
            pairs = [pair(size) for size in (0, 1, 2, 3, 7, 20, None) for _ in range(3)]
            def work(steps):
                for _ in range(steps):
                    (c, c_calls), (py, py_calls) = rng.choice(pairs)
                    n = min(int(rng.expovariate(0.3)), 30)
                    assert c(n) == py(n) == n * n
                    assert c_calls == py_calls
                    assert tuple(c.cache_info()) == tuple(py.cache_info())
                    if rng.random() < 0.002: c.cache_clear(); py.cache_clear()
            work(3000)
            gc.seal()
            work(6000)
            gc.seal()
            work(6000)
        """)

    def test_seal_inside_a_cached_call(self) -> None:
        self.run_case("""
            import functools
            @functools.lru_cache(maxsize=3)
            def cached(n):
                if n == "seal": gc.seal()
                if n == "deep": cached("seal")
                return [n]
            cached(1), cached(2)
            for n in ("deep", 1, "seal", 2, 3, 4, "deep", 5, 4):
                assert cached(n) == [n]
                assert cached.cache_info().currsize <= 3
            cached.cache_clear()
            assert cached.cache_info()[:2] == (0, 0) and cached.cache_info().currsize == 0
            assert cached(1) is cached(1)
        """)

    def test_bound_holds_after_a_seal_inside_a_call(self) -> None:
        # What such a call adds belongs to the ring that later calls evict from.
        self.run_case("""
            import functools
            def seal_in_call(maxsize, before):
                @functools.lru_cache(maxsize=maxsize)
                def cached(n):
                    if n == "seal": gc.seal()
                    return [n]
                for n in before: cached(n)
                cached("seal")
                for n in range(10): cached(n)
                info = cached.cache_info()
                assert info.currsize == maxsize, info
                cached(9)
                assert cached.cache_info().hits == info.hits + 1
            seal_in_call(1, ())
            seal_in_call(3, (17,))
            seal_in_call(3, (17, 18, 19))
        """)

    def test_seal_inside_a_comparison(self) -> None:
        # A lookup compares, and what it counts must not stay behind.
        self.run_case("""
            import functools
            class Key:
                def __init__(self, n): self.n = n
                def __hash__(self): return 1
                def __eq__(self, other):
                    gc.seal()
                    return self.n == other.n
            for maxsize in (4, None):
                cached = functools.lru_cache(maxsize=maxsize)(lambda key: key.n)
                for n in (1, 2, 1): cached(Key(n))
                assert cached.cache_info()[:2] == (1, 2), cached.cache_info()
                for n in range(12): cached(Key(n))
                assert cached.cache_info().currsize == min(12, maxsize or 12), cached.cache_info()
        """)

    def test_seal_while_a_link_is_in_no_ring(self) -> None:
        # Removing the oldest key compares it in Python.  A link whose key was added again while it was added itself
        # makes up for it in the ring.
        self.run_case("""
            import functools
            actions = []
            class Key:
                def __init__(self, n, hash): self.n, self.hash = n, hash
                def __hash__(self): return self.hash
                def __eq__(self, other):
                    action = actions.pop(0) if actions else None
                    if action: action()
                    return self.n == other.n
            def stop(): gc.seal(); raise ZeroDivisionError
            for during in gc.seal, stop:
                cached = functools.lru_cache(maxsize=3)(lambda key: [key.n])
                first, second = Key(0, 7), Key(1, 7)
                cached(first), cached(second)
                actions[:] = [None] * 4 + [lambda: cached(Key(2, 7))]
                cached(Key(2, 7))
                actions.clear()
                cached(first)
                actions[:] = [during]
                try: cached(Key(4, 9))
                except ZeroDivisionError: assert during is stop
                assert not actions
                for key in (first, second, Key(2, 7), Key(4, 9), second):
                    assert cached(key) == [key.n]
                    assert cached.cache_info().currsize <= 3
                gc.seal()
                for n in range(9): assert cached(Key(n % 4, 7)) == [n % 4]
                cached.cache_clear(); gc.collect()
                assert cached(first) is cached(first)
        """)

    def test_keys_with_python_equality(self) -> None:
        self.run_case("""
            import functools
            class Key:
                def __init__(self, n): self.n = n
                def __hash__(self): return 1
                def __eq__(self, other):
                    assert not sealing
                    return self.n == other.n
            sealing = False
            @functools.lru_cache(maxsize=4)
            def cached(key): return [key.n]
            keep = [cached(Key(n)) for n in range(4)]
            sealing = True
            gc.seal()
            sealing = False
            for n in range(4): assert cached(Key(n)) is keep[n]
            assert cached.cache_info().hits == 4
            assert cached(Key(9)) == [9] and cached(Key(3)) is keep[3] and cached(Key(0)) is not keep[0]
        """)

    def test_methods_and_attributes(self) -> None:
        self.run_case("""
            import functools, copy
            class Thing:
                @functools.lru_cache(maxsize=2)
                def method(self, n): return [n]
            own = functools.lru_cache(maxsize=2)(lambda text: len(text))
            thing = Thing(); first = thing.method(1); own("abc")
            gc.seal()
            assert thing.method(1) is first and own("abc") == 3 and own.cache_info().hits == 1
            Thing.method.note = "text"
            own.note = "text"
            ref = weakref.ref(own)
            assert own.note == Thing.method.note == "text" and ref() is own and copy.copy(own) is own
            new = functools.lru_cache(maxsize=1)(lambda: [])
            assert new() is new()
            assert first in gc.get_referents(Thing.method)
        """)


if __name__ == "__main__":
    unittest.main()
