import { cp, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type InstalledTool, installTool } from "./tool.js";

const FIXTURE = resolve(import.meta.dirname, "../fixtures/labs/slow-build");
/** Whoever looks at a broken lab needs no engine, and does not come as far as asking for one. */
const NO_ENGINE = { env: { DOCKER_HOST: "unix:///nonexistent/engine.sock" } };
let tool: InstalledTool;
let text = "";

beforeAll(async () => {
  tool = await installTool();
  text = await readFile(join(FIXTURE, "lab.yaml"), "utf8");
});

afterAll(() => tool.remove());

it.each([
  ["malformed YAML", "requirements: [gunicorn==26.*]", "requirements: [gunicorn==26.*", /lab\.yaml:\d+:\d+ /],
  ["an unknown key", "workers: 2", "wrokers: 2", /fleet\.wrokers: unknown key \(did you mean "workers"\?\)/],
  ["a wrong type", "workers: 2", "workers: two", /fleet\.workers: expected a number, got "two"/],
  ["no worker", "workers: 2", "workers: 0", /fleet\.workers: must be at least 1/],
  ["a billion workers", "workers: 2", "workers: 1000000000", /fleet\.workers: must be at most 512/],
  ["negative memory", "memory: 256m", "memory: -256m", /fleet\.memory: expected a size/],
  ["no app folder", "path: app", "path: other", /app\.path: there is no folder other/],
  ["a way out of its folder", "path: app", "path: ../../etc", /app\.path: expected a relative path/],
  ["an absolute path", "path: app", "path: /etc", /app\.path: expected a relative path/],
  [
    "a line end in a value",
    "prepare: prepare.py",
    'prepare: "a.py\\nUSER root\\n.py"',
    /app\.prepare: expected a Python/,
  ],
  ["a quote in a value", "prepare: prepare.py", "prepare: 'a\".py'", /app\.prepare: expected a Python file/],
  ["a line end in the title", "title: A", 'title: "A\\nRUN false" #', /title: expected one line of printable text/],
])("refuses a lab with %s", async (name, from, to, message) => {
  const folder = join(tool.folder, "labs", name.replaceAll(" ", "-"));
  await cp(FIXTURE, folder, { recursive: true });
  expect(text).toContain(from);
  await writeFile(join(folder, "lab.yaml"), text.replace(from, to));
  const { code, stdout, stderr } = await tool.run(["up", folder], NO_ENGINE);
  expect([code, stdout, stderr]).toEqual([3, "", expect.stringMatching(message)]);
  expect(stderr).toMatch(/\n {2}next: correct the file, then: majek-lab validate \S+\n$/);
});
