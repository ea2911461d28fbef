import { randomBytes } from "node:crypto";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { LABELS } from "../../src/docker/labels.js";
import { fleetLab } from "../../src/pipeline/fleet-names.js";
import { down, logs, status } from "../../src/pipeline/fleets.js";
import type { Workspace } from "../../src/pipeline/workspace.js";
import { ROOT, testWorkspace } from "./built.js";
import { type Ground, prepareGround } from "./docker-setup.js";

let ground: Ground;
let folder = "";
let workspace: Workspace;
/** No other lab has this name, so that these tests find and remove nothing but their own. */
let lab = "";
beforeAll(async () => {
  ground = await prepareGround();
});
afterAll(() => ground.clean());

beforeEach(async () => {
  lab = `names-${randomBytes(4).toString("hex")}`;
  folder = await mkdtemp(join(tmpdir(), "majek-lab-names-"));
  workspace = { ...testWorkspace(), workingDirectory: folder };
});
afterEach(async () => {
  await ground.engine.containers
    .list({ [LABELS.lab]: lab })
    .then((left) => Promise.all(left.map(({ id }) => ground.engine.containers.get(id).remove())));
  await rm(folder, { recursive: true });
});

/** A container that is labelled like a fleet of the lab; never started. */
async function fleet(): Promise<void> {
  await ground.engine.containers.create({
    image: ground.image,
    command: ["sleep", "600"],
    network: "none",
    labels: {
      ...ground.labels,
      [LABELS.lab]: lab,
      [LABELS.role]: "fleet",
      [LABELS.variant]: "seal",
      [LABELS.run]: "r",
    },
  });
}

/** A lab folder below the working directory, whose file names the lab. */
async function labFolder(path: string): Promise<string> {
  const directory = join(folder, path);
  await mkdir(directory, { recursive: true });
  await cp(join(ROOT, "test/fixtures/labs/minimal"), directory, { recursive: true });
  const file = join(directory, "lab.yaml");
  await writeFile(file, (await readFile(file, "utf8")).replace("name: minimal", `name: ${lab}`));
  return directory;
}

const meant = (word: string): Promise<string> => fleetLab(workspace, ground.engine, word);

describe("the lab that a command about fleets means", () => {
  it("is that of a path, a folder in labs/, or the package, whether it has fleets or not", async () => {
    const directory = await labFolder("elsewhere");
    await labFolder("labs/short");
    for (const word of ["./elsewhere", directory, "elsewhere/lab.yaml", "short"]) expect(await meant(word)).toBe(lab);
    expect(await meant("django-8workers")).toBe("django-8workers");
    await fleet();
    for (const word of ["./elsewhere", "short", lab]) expect(await meant(word)).toBe(lab);
  });

  it("is found by its fleets when its folder is gone, by name and by path", async () => {
    await fleet();
    for (const word of [lab, `./labs/${lab}`, `labs/${lab}/`, `/nowhere/${lab}/lab.yaml`]) {
      expect(await meant(word)).toBe(lab);
    }
  });

  it("is found by its fleets when its file is damaged or names another lab by now", async () => {
    await fleet();
    const directory = await labFolder(`labs/${lab}`);
    await writeFile(join(directory, "lab.yaml"), `name: ${lab}\nfleet: [`);
    expect(await meant(lab)).toBe(lab);
    await writeFile(join(directory, "lab.yaml"), "");
    expect(await meant(`./labs/${lab}`)).toBe(lab);
    await writeFile(join(directory, "lab.yaml"), "name: renamed\n");
    expect(await meant(`./labs/${lab}`)).toBe(lab);
  });

  it("must be one that there is", async () => {
    await fleet();
    await expect(meant("no-such-lab")).rejects.toMatchObject({
      code: "usage",
      next: "majek-lab status",
      details: expect.arrayContaining([expect.stringContaining(lab)]),
    });
  });

  it("is none for an empty word, which would be every lab there is", async () => {
    await fleet();
    await expect(down(workspace, "", {})).rejects.toMatchObject({ code: "usage" });
    expect(await ground.engine.containers.list({ [LABELS.lab]: lab })).toHaveLength(1);
  });
});

describe("status, logs and down", () => {
  it("take a path, also one that is gone", async () => {
    await fleet();
    const directory = await labFolder("mine");
    expect(JSON.parse(await status(workspace, "./mine", "json")).fleets).toMatchObject([{ lab, variant: "seal" }]);
    await logs(workspace, directory, {});
    await rm(directory, { recursive: true });
    expect(await down(workspace, `labs/${lab}`, {})).toBe("removed 1 containers");
    expect(await ground.engine.containers.list({ [LABELS.lab]: lab })).toEqual([]);
  });

  it("have nothing to do for a lab without fleets, and refuse what is no lab", async () => {
    await labFolder("mine");
    expect([await down(workspace, "./mine", {}), await status(workspace, "./mine", "table")]).toEqual([
      "nothing to remove",
      "no fleets",
    ]);
    await expect(logs(workspace, "./mine", {})).rejects.toMatchObject({ code: "usage" });
    await expect(down(workspace, "no-such-lab", {})).rejects.toMatchObject({ code: "usage" });
    await expect(status(workspace, "no-such-lab", "table")).rejects.toMatchObject({ code: "usage" });
  });
});
