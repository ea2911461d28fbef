import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";

const ROOT = resolve(import.meta.dirname, "../../..");
const HELPERS = ["typescript-loader.mjs", "loaded-modules.mjs"].map((name) => resolve(ROOT, "test/helpers", name));

interface Start {
  readonly stdout: string;
  /** Names of the packages that were loaded. */
  readonly packages: readonly string[];
  /** Paths below src/. */
  readonly own: readonly string[];
}

/** Runs the command line from its sources, without an engine, and looks at what Node loads. */
async function start(...args: readonly string[]): Promise<Start> {
  const options = HELPERS.flatMap((helper) => ["--import", helper]);
  const child = spawn(process.execPath, [...options, resolve(ROOT, "src/cli/main.ts"), ...args], {
    cwd: ROOT,
    env: { ...process.env, DOCKER_HOST: "unix:///nonexistent/engine.sock" },
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const [stdout, stderr, loaded] = await Promise.all(
    [child.stdout, child.stderr, child.stdio[3]].map((stream) => text(stream as NodeJS.ReadableStream)),
  );
  if (stderr) throw new Error(stderr);
  const urls = (loaded ?? "").split("\n").filter(Boolean);
  const named = urls.flatMap((url) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1] ?? []);
  // The compiler is the test's own: it makes JavaScript of the sources.
  const packages = named.filter((name) => name !== "typescript");
  const own = urls.flatMap((url) => /\/src\/(.+)\.ts$/.exec(url)?.[1] ?? []);
  return { stdout: stdout ?? "", packages: [...new Set(packages)].sort(), own };
}

describe("starting up", () => {
  it.each([
    "--help",
    "up --help",
    "cache ls --help",
  ])("for %s loads the parser of the command line and no other package", async (words) => {
    const { stdout, packages, own } = await start(...words.split(" "));
    expect(stdout).toContain("Usage: majek-lab");
    expect(packages).toEqual(["commander"]);
    // What a verb needs is loaded when it runs, not when it is described.
    expect(own.filter((path) => path.startsWith("pipeline/"))).toEqual([]);
  });

  it("for version loads what checks nothing, draws nothing and needs no engine's client", async () => {
    const { stdout, packages } = await start("version");
    expect(stdout).toMatch(/^majek-lab \d/);
    expect(packages).toEqual(["commander"]);
  });

  it("sees the packages of a command that needs some", async () => {
    expect((await start("schema")).packages).toContain("zod");
  });
});
