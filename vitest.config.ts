import { defineConfig } from "vitest/config";

// Sorted by cost: unit runs in parallel without an engine; the others share one engine and so run one file at a time.
const engineProject = (name: string, testTimeout: number, more: object = {}) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    fileParallelism: false,
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
      engineProject("integration", 600_000),
      engineProject("engines", 3_600_000, { globalSetup: "test/e2e/install.ts" }),
      engineProject("e2e", 1_800_000, { globalSetup: "test/e2e/install.ts" }),
    ],
  },
});
