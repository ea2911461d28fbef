import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import type { UpOptions } from "../../../src/pipeline/options.js";
import { up } from "../../../src/pipeline/up.js";
import type { Workspace } from "../../../src/pipeline/workspace.js";
import { createReporter } from "../../../src/report/reporter.js";
import { readEnvironment } from "../../../src/system/env.js";

const ROOT = resolve(import.meta.dirname, "../../..");
const OPTIONS: UpOptions = { waitTimeout: 1, blame: true, results: "results", format: "table" };

/** How `up` asks for progress; without an engine it comes no further. */
async function askedStyle(options: Partial<UpOptions>): Promise<unknown> {
  const environment = readEnvironment({ DOCKER_HOST: "unix:///nonexistent/engine.sock" });
  let style: unknown;
  const workspace: Workspace = {
    environment,
    packageRoot: ROOT,
    workingDirectory: ROOT,
    interrupts: { signal: new AbortController().signal, onSecond: () => undefined, interrupt: () => undefined },
    argv: [],
    terminal: {},
    print: () => undefined,
    keys: () => undefined,
    drained: async () => undefined,
    progress: (asked) => {
      style = asked;
      return createReporter("quiet", environment);
    },
    exitCode: () => undefined,
  };
  const lab = resolve(ROOT, "test/fixtures/labs/minimal");
  await expect(up(workspace, lab, { ...OPTIONS, ...options })).rejects.toMatchObject({ code: "engine" });
  return style;
}

describe("up --detach", () => {
  it("never draws the live table; up alone does", async () => {
    expect([await askedStyle({ detach: true }), await askedStyle({})]).toEqual([{ live: false }, { live: true }]);
  });
});
