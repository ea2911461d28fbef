"""collections.OrderedDict after a seal."""

import unittest

from sealcase import SealCase


class OrderedDictTest(SealCase):
    """Keys keep their order where a seal has moved the nodes that hold it."""

    def test_order_of_use_is_kept_in_few_pages(self) -> None:
        self.run_case("""
            from collections import OrderedDict
            cache, padding = OrderedDict(), []
            for i in range(200):
                cache[i] = None
                padding += [i * 0.5 + j for j in range(200)]    # floats are as large as nodes
            gc.seal()
            before = {page: memory(page, 4096) for page in {id(number) & -4096 for number in padding}}
            assert len(before) > 100, len(before)
            for i in range(0, 200, 3): cache.move_to_end(i)
            changed = sum(memory(page, 4096) != image for page, image in before.items())
            assert changed < 4 or not PYMALLOC, changed
            assert list(cache) == [i for i in range(200) if i % 3] + list(range(0, 200, 3))
        """)

    def test_another_seal_does_not_copy_nodes_again(self) -> None:
        self.run_case("""
            import random
            from collections import OrderedDict
            cache, rng = OrderedDict(), random.Random(1)
            for i in range(10000): cache[str(i)] = [i + n * 1j for n in range(4)]  # numbers as large as nodes
            blocks = []
            for _ in range(5):
                gc.seal()
                blocks.append(gc.seal_stats()["small_blocks"])
                order = list(cache)
                for key in rng.sample(order, 3000): cache.move_to_end(key); order.remove(key); order.append(key)
                assert list(cache) == order and list(reversed(cache)) == order[::-1]
            assert blocks[1] - blocks[0] > 9000 and blocks[4] - blocks[1] < 9000 or not PYMALLOC, blocks
        """)

    def test_nodes_that_the_table_has_lost_stay(self) -> None:
        # Deleting a key behind the back of an OrderedDict is undefined, but no reason to crash.
        self.run_case("""
            from collections import OrderedDict
            cache = OrderedDict((i, [i * 1j, i * 2j]) for i in range(200))
            for i in range(0, 40, 2): dict.__delitem__(cache, i)
            cache.update((i, [i * 1j, i * 2j]) for i in range(200, 400))
            def last(): backward = reversed(cache); return [next(backward) for _ in range(300)]
            before = last()
            for _ in range(3): gc.seal(); assert last() == before
            cache.clear()
            cache.update(a=1, b=2)
            assert list(cache) == ["a", "b"]
        """)

    def test_against_the_implementation_in_python(self) -> None:
        self.run_case("""
            import collections, importlib.util, random
            rng = random.Random(1)
            text = importlib.util.find_spec("collections").loader.get_source("collections")
            pure = type(sys)("pure"); pure.__path__ = collections.__path__
            exec(text.replace("from _collections import OrderedDict", "raise ImportError"), vars(pure))
            assert pure.OrderedDict is not collections.OrderedDict
            class Sub(collections.OrderedDict): pass
            pairs = [(kind(), pure.OrderedDict()) for kind in (collections.OrderedDict, Sub) for _ in range(6)]
            def outcome(action, mapping):
                try: return action(mapping)
                except KeyError as error: return str(error)
            def work(steps):
                for _ in range(steps):
                    key, value, last = rng.choice("abcdefghijklmnop"), rng.random(), rng.random() < 0.5
                    action = rng.choice([
                        lambda d: d.move_to_end(key, last), lambda d: d.popitem(last), lambda d: d.pop(key),
                        lambda d: d.__setitem__(key, value), lambda d: d.setdefault(key, value),
                        lambda d: d.update({key + "x": value, key: value}), lambda d: d.__delitem__(key),
                        lambda d: list(reversed(d.copy())),
                    ])
                    c, py = rng.choice(pairs)
                    assert outcome(action, c) == outcome(action, py)
                    assert list(c.items()) == list(py.items()) and list(reversed(c)) == list(reversed(py))
                    if rng.random() < 0.003: c.clear(); py.clear()
            work(2000)
            gc.seal(); work(4000); gc.seal(); work(4000)
        """)

    def test_seal_while_keys_are_compared(self) -> None:
        self.run_case("""
            from collections import OrderedDict
            class Key:
                seal = False
                def __init__(self, n): self.n = n
                def __hash__(self): return 5
                def __eq__(self, other):
                    if Key.seal: Key.seal = False; gc.seal()
                    return self.n == other.n
            def make(): return OrderedDict((Key(n), n) for n in range(40))
            for action in (
                lambda d: d.move_to_end(Key(7)), lambda d: d.pop(Key(7)), lambda d: d.__delitem__(Key(7)),
                lambda d: d.__setitem__(Key(77), 1), lambda d: d.update({Key(7): 7}), lambda d: d.popitem(),
                lambda d: d.copy(), lambda d: d == make(),
            ):
                sealed, plain = make(), make()
                Key.seal = True
                action(sealed)
                Key.seal = False
                action(plain)
                assert list(sealed.values()) == list(plain.values())
                assert list(reversed(sealed.values())) == list(reversed(plain.values()))
                sealed.clear()
                assert not sealed and not list(sealed)
        """)

    def test_iterators_go_on(self) -> None:
        self.run_case("""
            from collections import OrderedDict
            mapping = OrderedDict.fromkeys(range(50))
            forward, backward = iter(mapping), reversed(mapping)
            seen = [next(forward) for _ in range(10)], [next(backward) for _ in range(10)]
            gc.seal()
            assert seen[0] + list(forward) == list(range(50))
            assert seen[1] + list(backward) == list(range(49, -1, -1))
        """)


if __name__ == "__main__":
    unittest.main()
