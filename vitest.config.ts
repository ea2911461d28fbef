import { totalmem } from "node:os";
import { defineConfig } from "vitest/config";

// The long runs measure, and compile on all cores. Two engines whose disks are memory need some.
const alone = process.env["MAJEK_LAB_TEST_FULL"] === "1" || totalmem() < 8e9;

// Two files of integration tests run side by side, as much of a test is waiting for one process; side by side, e2e tests
// took as long as one by one. So what a file makes on the engine has a name that no other file uses, and whoever works on a
// lab of this checkout keeps it (test/integration/built.ts).
const oneByOne = { fileParallelism: false };
const sideBySide = alone ? oneByOne : { maxWorkers: 2 };

// Sorted by cost: unit runs in parallel without an engine; the others share one, and run one project after the other.
const engineProject = (name: string, groupOrder: number, testTimeout: number, more: object = {}) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    sequence: { groupOrder },
    testTimeout,
    hookTimeout: testTimeout,
    // An engine under load is not always in time. Whoever needs this is named at the end of `make test`.
    retry: 1,
    ...more,
  },
});

export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["test/unit/**/*.test.ts"], testTimeout: 20_000 } },
      engineProject("integration", 1, 600_000, sideBySide),
      engineProject("engines", 2, 3_600_000, { ...oneByOne, globalSetup: "test/e2e/install.ts" }),
      engineProject("e2e", 3, 1_800_000, { ...oneByOne, globalSetup: "test/e2e/install.ts" }),
    ],
  },
});
