import { execFile, spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, open, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Faults, LAB, prepareFaults, SMALL } from "./faults.js";
import type { Outcome } from "./tool.js";

const execute = promisify(execFile);

const STEP = `---
title: Count
checks:
  - name: it was measured
    expect: preload-cold.fleetBytes > 0
    fail: Run it first.
  - name: a program agrees
    script: checks/here.sh
    fail: Look for the results.
---
Run it.
`;
const PROGRAM = '#!/bin/sh\ntest -d "$MAJEK_LAB_RESULTS"\n';

let faults: Faults;
let folder: string;
let archive: string;
let packed: Outcome;
/** What a student has unpacked. */
let stick: string;

/** Nothing of the machine that packed it: no home, no content store, no labs, no inputs. */
const studentEnv = (): NodeJS.ProcessEnv => {
  const { DOCKER_HOST } = faults.usual.env ?? {};
  return { PATH: process.env["PATH"], HOME: join(folder, "home"), DOCKER_HOST, NO_COLOR: "1" };
};

/** A command line of the student, in the private engine's network, which leads nowhere. */
function typed(...words: readonly string[]) {
  const [program = "", ...args] = [...(faults.usual.through ?? []), ...words];
  const child = spawn(program, args, { cwd: stick, env: studentEnv(), stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Outcome>((done, failed) => {
    child.on("error", failed);
    child.on("close", (code, signal) => done({ code, signal, stdout, stderr }));
  });
  /** Resolves with what stdout has that matches. */
  const printed = (pattern: RegExp): Promise<string> =>
    new Promise((done, failed) => {
      child.stdout.on("data", () => {
        const [found] = pattern.exec(stdout) ?? [];
        if (found !== undefined) done(found);
      });
      ended.then(({ code }) => failed(new Error(`ended with ${code}:\n${stdout}\n${stderr}`)), failed);
    });
  return { ended, printed, kill: (signal: NodeJS.Signals) => void child.kill(signal) };
}

async function imageIds(): Promise<string[]> {
  const list = await faults.engine.docker("images", "--all", "--quiet", "--no-trunc");
  return [...new Set(list.split("\n").filter(Boolean))];
}

/** A lab with one step of its own, so that no other lab comes along. */
async function oneStep(): Promise<void> {
  const handout = join(faults.tool.folder, "labs", LAB, "handout");
  await rm(handout, { recursive: true });
  await mkdir(join(handout, "checks"), { recursive: true });
  await writeFile(join(handout, "01-count.md"), STEP);
  await writeFile(join(handout, "checks/here.sh"), PROGRAM);
  await chmod(join(handout, "checks/here.sh"), 0o755);
}

beforeAll(async () => {
  faults = await prepareFaults();
  folder = await mkdtemp(join(tmpdir(), "majek-lab-stick-"));
  archive = join(folder, "stick.tar");
  await oneStep();
  packed = await faults.tool.run(["workshop", "pack", LAB, "--offline", "-o", archive], faults.usual);
  await mkdir(join(folder, "home"));
  await mkdir(join(folder, "desk"));
});

afterAll(async () => {
  await faults.close();
  await rm(folder, { recursive: true, force: true });
});

describe("workshop pack", () => {
  it("writes one file, and the same bytes again in another time zone and with another mask", async () => {
    expect(packed.code, packed.stderr).toBe(0);
    const through = [...(faults.usual.through ?? []), "sh", "-c", 'umask 077; exec "$@"', "sh"];
    const other = { env: { ...faults.usual.env, TZ: "Asia/Tokyo", LC_ALL: "C" }, through };
    const file = join(folder, "again.tar");
    const again = await faults.tool.run(["workshop", "pack", LAB, "--offline", "-o", file], other);
    expect(again.code, again.stderr).toBe(0);
    expect(again.stdout.split("sha256:")[1]).toBe(packed.stdout.split("sha256:")[1]);
    await rm(file);
  });

  it("leaves nothing where it fails", async () => {
    const file = join(folder, "none/stick.tar");
    const { code, stderr } = await faults.tool.run(["workshop", "pack", "slow-build", "-o", file], faults.usual);
    expect([code, stderr]).toEqual([2, expect.stringContaining("none of these labs has steps")]);
    expect(await stat(file).catch(() => undefined)).toBeUndefined();
  });
});

describe("a student's machine, which has nothing but Node and an engine", () => {
  beforeAll(async () => {
    await execute("tar", ["-xf", archive, "-C", join(folder, "desk")]);
    stick = join(folder, "desk/majek-lab-workshop");
    await faults.engine.docker("rmi", "--force", ...(await imageIds()));
  });

  it("refuses a stick of which a byte has changed, and imports nothing", async () => {
    const share = join(stick, "share", `${LAB}.tar`);
    const handle = await open(share, "r+");
    const at = Math.floor((await handle.stat()).size / 2);
    const byte = Buffer.alloc(1);
    await handle.read(byte, 0, 1, at);
    const write = (value: number) => handle.write(Buffer.of(value), 0, 1, at);
    await write((byte[0] ?? 0) ^ 1);
    for (const program of ["./check", "./start"]) {
      const { code, stderr } = await typed(program).ended;
      expect([code, stderr]).toEqual([9, expect.stringContaining(`share/${LAB}.tar: cut or altered`)]);
    }
    await write(byte[0] ?? 0);
    await handle.close();
    expect(await imageIds()).toEqual([]);
    expect(await readdir(join(folder, "home"))).toEqual([]);
    expect(await readdir(stick)).not.toContain("labs");
  });

  it("is checked before anything is loaded", async () => {
    const { code, stdout, stderr } = await typed("./check").ended;
    expect(code, stderr + stdout).toBe(0);
    expect(stdout).toMatch(new RegExp(`warn +images of ${LAB} +not on the engine +\\./start loads them`));
    expect(await imageIds()).toEqual([]);
  });

  it("is led through the steps in a browser, and measures, without a network", async () => {
    // What connects to anywhere else must fail at once.
    const routes = await execute("nsenter", [...(faults.usual.through ?? []).slice(1, 2), "--", "ip", "route"]);
    expect(routes.stdout).not.toContain("default");
    const start = typed("./start");
    const address = await start.printed(/http:\/\/127\.0\.0\.1:\d+\/\S+/);
    const wrapper = join(folder, "chromium");
    await writeFile(wrapper, `#!/bin/sh\nexec ${(faults.usual.through ?? []).join(" ")} /usr/bin/chromium "$@"\n`);
    await chmod(wrapper, 0o755);
    const browser = await chromium.launch({ executablePath: wrapper, args: ["--no-sandbox"] });
    try {
      const page = await browser.newPage();
      await page.goto(address);
      await page.waitForSelector('#title:text-is("Count")');
      await page.click("#check");
      await page.waitForSelector("#checks .unmet");
      expect(await page.locator("#checks").innerText()).toContain("Run it first.");
      const measured = await typed("./majek-lab", "run", LAB, ...SMALL, "--requests", "20", "--no-blame").ended;
      expect(measured.code, measured.stderr).toBe(0);
      await page.click("#check");
      await page.waitForSelector('#said:has-text("Done")');
      expect(await page.locator("#checks .unmet").count()).toBe(0);
    } finally {
      await browser.close();
      start.kill("SIGINT");
    }
    expect((await start.ended).stderr).toContain("In a second terminal");
    expect(JSON.parse(await readFile(join(stick, ".majek-lab/workshop.json"), "utf8"))).toMatchObject({ lab: LAB });
    expect(await readdir(join(folder, "home/.cache/majek-lab/sha256")).catch(() => [])).toEqual([]);
  });

  it("is whole and ready afterwards, too", async () => {
    const { code, stdout, stderr } = await typed("./check").ended;
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(new RegExp(`ok +images of ${LAB} +3 on the engine`));
    expect(await faults.engine.leftovers()).toEqual([]);
  });
});
