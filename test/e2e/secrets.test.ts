import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readEnvironment } from "../../src/system/env.js";
import { type InstalledTool, installTool, labelled, type Outcome } from "./tool.js";

const execute = promisify(execFile);
const FIXTURE = resolve(import.meta.dirname, "../fixtures/labs/secrets");
const LAB = "secrets";

/** New ones each time: nothing that an earlier run left can be taken for what this one wrote. */
const canary = (what: string): string => `canary-${what}-${randomBytes(6).toString("hex")}`;
const KEY = canary("key");
const LINE = canary("line");
const PASSWORD = canary("password");
const PIN = "8613";
const ALL = [KEY, LINE, PASSWORD];
const SEARCH = ALL.flatMap((one) => ["-e", one]);

let tool: InstalledTool;
let marker = "";

/** An env file, with `FAIL` as its last variable. */
async function envFile(fail: string): Promise<string> {
  const file = join(tool.folder, `${fail || "none"}.env`);
  const database = `DATABASE_URL=postgres://shop:${PASSWORD}@db.invalid/shop`;
  const lines = [`API_KEY=${KEY}`, `CERTIFICATE="begin\\n${LINE}\\nend"`, database, `PIN=${PIN}`, `FAIL=${fail}`];
  await writeFile(file, `${lines.join("\n")}\n`);
  return file;
}

/** Lines with a secret, each with its file. */
async function found(...args: readonly string[]): Promise<string> {
  const { stdout } = await execute("grep", ["-raF", ...SEARCH, ...args]).catch((error) => {
    if (error.code !== 1) throw error; // 1: none
    return { stdout: "" };
  });
  return stdout;
}

async function bash(script: string): Promise<string> {
  return (await execute("bash", ["-ceu", script], { maxBuffer: 1 << 26 })).stdout;
}

const results = (): string => join(tool.folder, "results");
const said = ({ stdout, stderr }: Outcome): string => stdout + stderr;
const secretsIn = (text: string): string[] => text.split("\n").filter((line) => ALL.some((one) => line.includes(one)));

beforeAll(async () => {
  tool = await installTool();
  await cp(FIXTURE, join(tool.folder, "labs", LAB), { recursive: true });
  marker = join(tool.folder, "marker");
  await writeFile(marker, "");
  await tool.run(["down", LAB]);
});

afterAll(async () => {
  await tool.run(["down", LAB]);
  await tool.remove();
});

describe("values of --env-file", () => {
  it("reach the application, and nothing that the tool says or writes", async () => {
    const up = ["up", LAB, "--detach", "--env-file", await envFile(""), "--progress", "json", "--format", "json"];
    const outcome = await tool.run(up);
    expect(outcome.code, outcome.stderr).toBe(0);
    // Were they not there, this test would say nothing.
    const log = await tool.run(["logs", LAB]);
    expect(log.stdout).toContain(`stdout ${KEY}`);
    expect(secretsIn(said(outcome))).toEqual([]);
    expect(await found(results())).toBe("");
    expect(await readFile(join(results(), LAB, "latest/blame/preload.json"), "utf8")).toContain("BY_KEY");
  });

  it("are in no image, layer or label", async () => {
    const filter = `--filter label=org.majek-lab.lab=${LAB}`;
    const images = (await bash(`docker images --no-trunc -q ${filter} | sort -u`)).trim().split("\n").join(" ");
    expect(images).toMatch(/sha256/);
    const search = SEARCH.join(" ");
    expect(await bash(`docker save ${images} | grep -caF ${search} || true`)).toBe("0\n");
    expect(await bash(`docker image inspect ${images} | grep -cF ${search} || true`)).toBe("0\n");
    expect(
      await bash(
        `docker ps -aq ${filter} | xargs docker inspect -f '{{json .Config.Labels}}' | grep -cF ${search} || true`,
      ),
    ).toBe("0\n");
  });

  it("are in no file that was written to the content store", async () => {
    const { cacheDir } = readEnvironment();
    const written = await bash(
      `find ${cacheDir} -newer ${marker} -type f -print0 | xargs -0 -r grep -laF ${SEARCH.join(" ")} || true`,
    );
    expect(written).toBe("");
  });

  it("are not in reports, exports and bundles", async () => {
    for (const format of ["html", "markdown", "csv", "json"]) await tool.run(["report", "latest", "--format", format]);
    const shown = await Promise.all([
      tool.run(["blame", "latest", "--format", "json"]),
      tool.run(["status", "--format", "json"]),
      tool.run(["doctor", "--bundle", join(tool.folder, "out/help.tar")]),
    ]);
    expect(shown.flatMap((one) => secretsIn(said(one)))).toEqual([]);
    expect(await bash(`tar xOf ${tool.folder}/out/help.tar | grep -c 'stdout .API_KEY.'`)).not.toBe("0\n");
    expect(await found(results(), join(tool.folder, "out"))).toBe("");
  });

  it("are hidden where an answer is wrong", async () => {
    await tool.run(["down", LAB]);
    const wrong = await tool.run(["run", LAB, "--env-file", await envFile("lie"), "--progress", "json"]);
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringMatching(/wrong answer.*\[API_KEY\]/s)]);
    expect(secretsIn(said(wrong))).toEqual([]);
    expect(await found(results())).toBe("");
  });

  it("are hidden in the traceback of an application that does not start, and in its log", async () => {
    const failed = await tool.run(["run", LAB, "--env-file", await envFile("start"), "--progress", "json"]);
    expect([failed.code, failed.stderr]).toEqual([6, expect.stringMatching(/refused: .*\[API_KEY\]/s)]);
    expect(failed.stderr).toContain("PIN=[PIN]");
    expect(failed.stderr).toContain("the full log is");
    expect(secretsIn(said(failed))).toEqual([]);
    expect(await found(results())).toBe("");
  });

  it("cannot be kept by keeping pages, which are the fleet's memory", async () => {
    const kept = await tool.run(["run", LAB, "--env-file", await envFile(""), "--keep-pages"]);
    expect([kept.code, kept.stderr]).toEqual([2, expect.stringContaining("--keep-pages")]);
  });

  it("leave nothing on the engine", async () => {
    await mkdir(results(), { recursive: true });
    expect(await labelled(LAB)).toEqual([]);
  });
});
