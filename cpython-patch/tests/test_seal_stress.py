"""Everything at once: seal, fork many times, and mutate all that was sealed."""

import os
import unittest

from sealcase import SealCase

#: How often to fork; every child mutates everything. Under a sanitizer this is the test that looks for wild writes.
FORKS = 50

MUTATE = """
import array, collections, contextvars, datetime, decimal, functools, io, itertools, json, random, re, threading

class Node:
    shared = []
    def __init__(self, i): self.i, self.next, self.data = i, None, {str(i): [i]}
    def method(self, x): return self.i + x
class Slots:
    __slots__ = ("a", "b", "__weakref__")
    def __init__(self, i): self.a, self.b = i, str(i)

@functools.lru_cache(maxsize=64)
def cached(n): return "cached %d" % n

def build():
    nodes = [Node(i) for i in range(300)]
    for one, other in itertools.pairwise(nodes): one.next = other
    slots = [Slots(i) for i in range(300)]
    return {
        "nodes": nodes, "slots": slots, "refs": [weakref.ref(n) for n in nodes + slots],
        "lists": [list(range(n)) for n in range(0, 900, 7)],
        "dicts": [dict.fromkeys(map(str, range(n))) for n in range(0, 300, 5)],
        "sets": [set(map(str, range(n))) for n in range(0, 300, 5)],
        "arrays": [bytearray(n) for n in range(0, 9000, 97)],
        "deque": collections.deque(range(500)), "ordered": collections.OrderedDict.fromkeys(map(str, range(200))),
        "counter": collections.Counter("mississippi" * 9), "numbers": array.array("d", range(2000)),
        "file": io.StringIO("text" * 500), "bytes": io.BytesIO(b"x" * 5000), "lock": threading.RLock(),
        "variable": contextvars.ContextVar("v", default=0), "decimals": [decimal.Decimal(i) / 7 for i in range(99)],
        "dates": [datetime.datetime(2000, 1, 1) + datetime.timedelta(i) for i in range(99)],
        "generators": [(x for x in range(10)) for _ in range(50)], "default": collections.defaultdict(list),
        "texts": ["text %d " % i * (i % 50) for i in range(500)],
    }

def grow_and_shrink(container, rand):
    n = rand.randrange(400)
    if isinstance(container, (list, bytearray, collections.deque, array.array)):
        container.extend(range(min(n, 200))); container.reverse()
        while len(container) > n: container.pop()
    elif isinstance(container, set):
        container |= set(map(str, range(n))); container -= set(map(str, range(0, n, 2))); container ^= {"odd"}
    else:
        container.update((str(i), [i]) for i in range(n))
        for key in list(container)[::2]: del container[key]
        container.copy()

def mutate(world, rand):
    for name in ("lists", "dicts", "sets", "arrays"):
        for container in world[name]: grow_and_shrink(container, rand)
    for name in ("deque", "ordered", "numbers"): grow_and_shrink(world[name], rand)
    for node in world["nodes"]:
        node.next = rand.choice(world["nodes"]); node.data[rand.random()] = [node]; node.extra = Node(1)
        if rand.random() < 0.3: node.__dict__ = {"i": 1, "data": {}, "next": None}
        if rand.random() < 0.3: del node.next
        node.method(1); Node.shared.append(node)
    for slot in world["slots"]:
        slot.a = Node(slot.a if isinstance(slot.a, int) else 0)
        if rand.random() < 0.3: del slot.b
        slot.b = "".join(["new ", str(rand.random())])
    world["file"].write("more" * rand.randrange(99)); world["bytes"].write(b"y" * rand.randrange(99))
    world["counter"].update("miss"); world["default"][rand.random()].append(1)
    with world["lock"]: world["variable"].set(Node(3))
    for generator in world["generators"]: next(generator, None); rand.random() < 0.2 and generator.close()
    for text in world["texts"]:
        sys.intern(text); text.encode(); text += "x"; hash(text); text.split(); re.sub("t", "u", text)
    for i in range(200): cached(rand.randrange(500))
    [sum(world["decimals"]), max(world["dates"]) + datetime.timedelta(1), json.dumps([str(d) for d in world["dates"]])]
    setattr(Node, "added_%d" % rand.randrange(50), lambda self: self.i)
    Node.method = lambda self, x, old=Node.__init__: 5
    new = type("New", (Node,), {"own": 1}); new(1).own
    for name in list(world):
        if rand.random() < 0.1: world[name] = build()[name]
    exec(compile("def f(x):\\n  return [x + %d for _ in range(9)]\\nf(1)" % rand.randrange(99), "new", "exec"), {})
"""


class StressTest(SealCase):
    """Children that do everything at once to what they share."""

    def stress(self, arguments: str, forks: int) -> None:
        self.run_case(
            MUTATE
            + f"""
world = build()
mutate(world, random.Random(0))
gc.seal({arguments})
for child in range({forks}):
    pid = os.fork()
    if pid == 0:
        rand = random.Random(child)
        for _ in range(3): mutate(world, rand)
        assert set(world) == set(build())
        gc.collect()
        sys.exit(0)
    assert os.waitpid(pid, 0)[1] == 0, child
for _ in range(3): mutate(world, random.Random(1))
gc.seal()
mutate(world, random.Random(2))
gc.collect()
"""
        )

    def test_fifty_children_mutate_everything(self) -> None:
        self.stress("", int(os.environ.get("MAJEK_LAB_FORKS", FORKS)))

    def test_every_level(self) -> None:
        for arguments in ("level='counts'", "level='caches'", "level='arenas'", "adaptive='hot'"):
            with self.subTest(arguments):
                self.stress(arguments, 3)


if __name__ == "__main__":
    unittest.main()
