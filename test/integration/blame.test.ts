import { describe, expect, it } from "vitest";
import { attribute } from "../../src/measure/blame/attribute.js";
import { parseChanges } from "../../src/measure/blame/capture.js";
import { parseObjectMap } from "../../src/measure/blame/object-map.js";
import { Snapshot } from "../../src/measure/blame/snapshot.js";
import { openBench } from "../../src/pipeline/inputs.js";
import { runGuest, testWorkspace } from "./built.js";

const STOCK_IMAGE = "localhost/majek-lab/django-8workers:3.13";
const PATCHED_IMAGE = "localhost/majek-lab/django-8workers:3.13-majek";

interface Known {
  readonly map: unknown;
  readonly segments: readonly (readonly [number, number, number, string])[];
  readonly pages: readonly number[];
  readonly bytes: string;
  readonly changes: string;
}

/** Where each of the two programs finds the harness that writes its object map. */
const HARNESS = {
  "python3 test/fixtures/blame/known.py": "guest/harness",
  "python2 test/fixtures/blame/known2.py": "guest/harness2",
};

/** What is blamed for the known writes of a program, as `cause, class, path`. */
async function blamed(image: string, program: keyof typeof HARNESS, strategy: string): Promise<ReadonlySet<string>> {
  const harness = HARNESS[program];
  const { code, text } = await runGuest(await openBench(testWorkspace()), {
    image,
    folders: [harness, "test/fixtures/blame"],
    script: `PYTHONHASHSEED=0 PYTHONPATH=${harness} ${program} ${strategy}`,
    user: "0:0",
    capabilities: [],
    env: { PATH: "/opt/python/bin:/usr/bin:/bin" },
  });
  if (code !== 0) throw new Error(text.slice(-2000));
  const known = JSON.parse(text) as Known;
  const segments = known.segments.map(([start, end, offset, name]) => ({ start, end, offset, name }));
  const { subjects } = attribute({
    snapshot: new Snapshot(known.pages, Buffer.from(known.bytes, "base64"), segments),
    map: parseObjectMap(JSON.stringify(known.map)),
    processes: [
      { pid: 1, changes: [] },
      { pid: 2, changes: parseChanges(Buffer.from(known.changes, "base64")) },
    ],
  });
  return new Set(
    subjects
      .filter(({ module }) => module === "__main__")
      .map(({ cause, type, example }) => `${cause}, ${type}, ${example.replace(/\d+/, "n")}`),
  );
}

/** What known.py does to what is reached from its module. `n`: which one comes first is a matter of addresses. */
const WRITES = [
  'container storage, dict, TABLE["key n"]',
  "container storage, list, KEPT[n]",
  "object field, __main__:Slotted, SLOTTED.place",
  "object field, __main__:Thing, THING.colour",
];
const STOCK = [
  ...WRITES,
  "bytecode, code, main:n",
  "lazily filled field, bytes, UNHASHED.(hash)",
  "reference count, str, COUNTED[n]",
].sort();

/** As `WRITES` and `STOCK`; the program itself keeps frames and numbers at work. */
const PYTHON_2 = [
  'container storage, dict, TABLE["key n"]',
  "lazily filled field, code, cold.(frame kept for the next call)",
  "lazily filled field, str, UNHASHED.(hash)",
  "object field, __main__:Slotted, SLOTTED.place",
  "object field, __main__:Thing, THING.colour",
  "object field, instance, OLD.colour",
  "reference count, int, NUMBERS[n]",
  "reference count, str, COUNTED[n]",
];

describe("blame of known writes names exactly them", () => {
  it.each([
    ["in a heap as it is", STOCK_IMAGE, "", STOCK],
    ["in a frozen heap", STOCK_IMAGE, "freeze", STOCK],
    // Counts, bytecode and hashes of a sealed heap are not written.
    ["in a sealed heap", PATCHED_IMAGE, "seal", WRITES],
  ])("%s", async (_, image, strategy, expected) => {
    expect([...(await blamed(image, "python3 test/fixtures/blame/known.py", strategy))].sort()).toEqual(expected);
  });

  // The map of the patched one says where characters lie: names come from the string segment.
  it.each([
    ["in a heap of Python 2.7", "localhost/majek-lab/blog-2008:2.7", ""],
    ["in one with a string segment", "localhost/majek-lab/blog-2008:2.7-majek", "hack 2>/dev/null"],
  ])("%s", async (_, image, strategy) => {
    const found = await blamed(image, "python2 test/fixtures/blame/known2.py", strategy);
    expect([...found]).toEqual(expect.arrayContaining(PYTHON_2));
  });
});
