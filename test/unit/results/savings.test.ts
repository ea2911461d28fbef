import { describe, expect, it } from "vitest";
import type { Checkpoint, RunResult } from "../../../src/model/run.js";
import { renderSavings } from "../../../src/report/savings.js";
import { savings } from "../../../src/results/savings.js";

/** Four workers, each with so many pages of its own, beside a fixed part of 1,000 pages. */
function variant(own: number): { readonly checkpoints: readonly Checkpoint[] } {
  const worker = { lost: own, replaced: 0, newBytes: 0, pageTableBytes: 0 };
  const fleetBytes = (1000 + 4 * own) * 4096;
  const point = {
    requestsPerWorker: 50,
    pageSize: 4096,
    fleetBytes,
    pageTableBytes: 0,
    workers: Array(4).fill(worker),
  };
  return { checkpoints: [point as unknown as Checkpoint] };
}

function run(variants: Record<string, ReturnType<typeof variant>>): Pick<RunResult, "spec" | "variants"> {
  const specs = Object.keys(variants).map((name) => ({ name, workers: null }));
  return { spec: { baseline: "a", fleet: { workers: 4 }, variants: specs }, variants } as unknown as RunResult;
}

describe("savings", () => {
  it("split a fleet into a fixed part and its workers", () => {
    const [found] = savings(run({ a: variant(1000), b: variant(100) }), 5000 * 4096);
    expect(found).toMatchObject({ fit: 40, baselineFit: 4, perWorker: 100 * 4096, baselinePerWorker: 1000 * 4096 });
    expect(renderSavings([found].flatMap((one) => one ?? []))).toMatch(
      /too few to rely on[\s\S]*b saves 14\.7 MB with 4 workers/,
    );
  });

  it("say that nothing fits, or that there is nothing to compare", () => {
    expect(savings(run({ a: variant(1000), b: variant(100) }), 4096)[0]).toMatchObject({ fit: 0, baselineFit: 0 });
    expect(renderSavings(savings(run({ b: variant(1) }), 1e9))).toMatch(/nothing to compare/);
  });
});
