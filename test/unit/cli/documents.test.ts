import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { labJsonSchema } from "../../../src/spec/schema.js";
import { commandsIn, deadLinks, markdown, problemOf, ROOT, read } from "../documents.js";

const LABS = readdirSync(join(ROOT, "labs"), { withFileTypes: true }).filter((one) => one.isDirectory());
/** Those of the reader. */
const THEIRS = ["shop", "mylab"];

const DOCUMENTS = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", ...markdown("docs"), ...markdown("labs")];

describe.each(DOCUMENTS)("%s", (file) => {
  const commands = commandsIn(read(file));

  it("has commands that the program takes", async () => {
    const problems = await Promise.all(commands.map(async (line) => [line, await problemOf(line)]));
    expect(problems.filter(([, problem]) => problem !== undefined)).toEqual([]);
  });

  it("names labs that exist", () => {
    const labs = [...LABS.map(({ name }) => name), ...THEIRS];
    const named = commands.flatMap((line) => /^majek-lab (?:up|run|save|build) ([a-z][\w-]*)/.exec(line)?.[1] ?? []);
    expect(named.filter((name) => !labs.includes(name))).toEqual([]);
  });

  it("has links that lead somewhere", () => {
    expect(deadLinks(file)).toEqual([]);
  });
});

it.each([
  ["majek-lab upp lab", "unknown command 'upp'"],
  ["majek-lab up lab --wrong", "unknown option '--wrong'"],
  ["majek-lab up --dry-run", "missing required argument 'lab'"],
  ["majek-lab down a b", "too many arguments"],
  ["majek-lab report latest --format pdf", "Allowed choices"],
  ["majek-lab workshop begin", "unknown command 'begin'"],
  ["majek-lab cache prune --all", undefined],
  ["majek-lab workshop", undefined],
  ["majek-lab up", undefined],
  ['majek-lab blame --what-if "gc header"', undefined],
])("judges %s by the program itself", async (line, problem) => {
  const found = await problemOf(line);
  if (problem === undefined) expect(found).toBeUndefined();
  else expect(found).toContain(problem);
});

it("finds links and anchors that lead nowhere", () => {
  const text =
    "[a](faq.md) [b](none.md) [c](workshop.md#plan) [d](workshop.md#plans) [e](#here) [f](https://x.invalid)\n# Here";
  expect(deadLinks("docs/any.md", text)).toEqual(["none.md", "workshop.md#plans"]);
});

describe("docs", () => {
  it("say of every lab what it shows, and of nothing else", () => {
    const rows = [...read("docs/labs.md").matchAll(/^\| \[([a-z0-9-]+)\]/gm)].map(([, name]) => name);
    expect(rows.sort()).toEqual(LABS.map(({ name }) => name).sort());
  });

  it("explain every key of a lab file, and none that does not exist", () => {
    interface Node {
      readonly properties?: Readonly<Record<string, Node>>;
      readonly additionalProperties?: Node | boolean;
    }
    const keys = (node: Node | undefined): string[] => Object.keys(node?.properties ?? {});
    const schema = labJsonSchema() as Node;
    const { app, fleet, load, variants } = schema.properties ?? {};
    const variant = variants?.additionalProperties as Node;
    const text = read("docs/writing-a-lab.md");
    const rows = (section: string): string[] =>
      [...section.matchAll(/^\| (`[^|]*) \|/gm)].flatMap(([, cell = ""]) =>
        [...cell.matchAll(/`([\w.]+)`/g)].map(([, key = ""]) => key),
      );
    const [, top = "", ofApp = "", ofVariants = ""] = text.split(/^##+ (?:Keys|`app`|`variants`)$/m);
    const groups = ["fleet", "load"];
    const expected = [
      ...keys(schema).filter((key) => !groups.includes(key)),
      ...keys(fleet).map((key) => `fleet.${key}`),
      ...keys(load).map((key) => `load.${key}`),
    ];
    expect(rows(top).sort()).toEqual(expected.sort());
    expect(rows(ofApp).sort()).toEqual(keys(app).sort());
    expect(rows(ofVariants.split(/^## /m)[0] ?? "").sort()).toEqual(keys(variant).sort());
  });

  it("are linked from the README, each of them", () => {
    const linked = read("README.md");
    expect(markdown("docs").filter((file) => !linked.includes(`](${file})`))).toEqual([]);
  });
});
