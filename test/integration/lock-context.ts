import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectEngine } from "../../src/docker/connect.js";
import { LABELS } from "../../src/docker/labels.js";
import type { LockContext } from "../../src/lock/context.js";
import type { Progress } from "../../src/model/progress.js";
import { readEnvironment } from "../../src/system/env.js";
import { openStore } from "../../src/system/store.js";

export interface TestContext extends LockContext {
  /** Notes and titles of steps, in order. */
  readonly said: string[];
  /** Seed containers of this test that still exist. */
  leftContainers(): Promise<number>;
  clean(): void;
}

function recorder(said: string[]): Progress {
  const nothing = { update: () => undefined, done: () => undefined, fail: () => undefined };
  return {
    step: (title) => {
      said.push(title);
      return nothing;
    },
    note: (text) => void said.push(text),
    warn: (text) => void said.push(text),
  };
}

/** The real engine, with a store and an owner of its own. */
export async function testContext(): Promise<TestContext> {
  const cacheDir = mkdtempSync(join(tmpdir(), "lock-test-"));
  const owner = `test-${cacheDir.slice(-6)}`;
  const environment = { ...readEnvironment(), cacheDir, inputs: [], owner };
  const engine = await connectEngine(environment);
  const said: string[] = [];
  return {
    engine,
    environment,
    store: openStore(environment),
    progress: recorder(said),
    said,
    leftContainers: async () => (await engine.containers.list({ [LABELS.owner]: owner })).length,
    clean: () => rmSync(cacheDir, { recursive: true, force: true }),
  };
}
