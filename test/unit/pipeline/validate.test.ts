import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { validate } from "../../../src/pipeline/labs.js";
import type { Workspace } from "../../../src/pipeline/workspace.js";

const ROOT = resolve(import.meta.dirname, "../../..");
let folder = "";
let printed: string[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "majek-lab-validate-"));
  printed = [];
  await cp(join(ROOT, "test/fixtures/labs/minimal"), join(folder, "labs/minimal"), { recursive: true });
  await cp(join(ROOT, "cpython-patch"), join(folder, "package/cpython-patch"), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

async function broken(name: string, text: string): Promise<void> {
  await mkdir(join(folder, "labs", name), { recursive: true });
  await writeFile(join(folder, "labs", name, "lab.yaml"), text);
}

function validated(...names: readonly string[]): Promise<void> {
  const places = { workingDirectory: folder, packageRoot: join(folder, "package") };
  const workspace = { ...places, print: (text: string) => void printed.push(text) };
  return validate(workspace as unknown as Workspace, names);
}

describe("validate", () => {
  it("names the problems of every file, and what is valid as well", async () => {
    await broken("a", "name: a\nfleet: [");
    await broken("z", "apiVersion: majek-lab/v1\nname: Z\n");
    const error: unknown = await validated().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "lab", message: "2 of 3 labs are invalid" });
    const { details } = error as { details: readonly string[] };
    expect(details.join("\n")).toMatch(/labs\/a\/lab\.yaml:[\s\S]*labs\/z\/lab\.yaml:2:7 name: /);
    expect(printed).toEqual([expect.stringMatching(/^minimal: ok/)]);
  });

  it("names what is not there beside what is broken", async () => {
    await broken("a", "name: a\nfleet: [");
    await expect(validated("nowhere", "a", "minimal")).rejects.toMatchObject({
      code: "lab",
      details: expect.arrayContaining([expect.stringMatching(/there is no lab "nowhere"/)]),
    });
    await expect(validated("nowhere", "nothing")).rejects.toMatchObject({ code: "usage" });
  });

  it("keeps the position of the only broken one", async () => {
    await broken("a", "name: a\nfleet: [");
    await expect(validated()).rejects.toMatchObject({
      code: "lab",
      where: expect.stringMatching(/a\/lab\.yaml:\d+:\d+$/),
    });
  });

  it.each([
    "2.6",
    "3.14",
    "2.6+majek",
  ])("refuses Python %s, which nobody can build, and says what there is", async (python) => {
    const file = join(folder, "labs/minimal/lab.yaml");
    const text = (await readFile(file, "utf8")).replace(/python: .*?([,}]|$)/m, `python: "${python}"$1`);
    await writeFile(file, text);
    const line = text.split("\n").findIndex((one) => one.includes(python)) + 1;
    await expect(validated()).rejects.toMatchObject({
      code: "lab",
      where: expect.stringMatching(`minimal/lab.yaml:${line}:\\d+$`),
      details: expect.arrayContaining([
        expect.stringMatching(/python: there is no interpreter [\d.]+(?:\+majek)?; there are .*3\.13, 3\.13\+majek/),
      ]),
    });
  });
});
