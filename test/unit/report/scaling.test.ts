import { describe, expect, it } from "vitest";
import type { VariantResult } from "../../../src/model/run.js";
import { families, scalingFigure } from "../../../src/report/html/scaling.js";
import { exampleCheckpoint, exampleRun, exampleVariant } from "../results/example-run.js";

function sized(name: string, workers: number, megabytes: number): VariantResult {
  const result = exampleVariant(name, [exampleCheckpoint(2000, { fleetBytes: megabytes * 1e6 })]);
  return { ...result, variant: { ...result.variant, name: `${name}-${workers}`, workers } };
}

function sweep() {
  const results = [sized("preload", 1, 50), sized("seal", 4, 60), sized("preload", 4, 110), sized("seal", 16, 84)];
  const run = exampleRun();
  return {
    ...run,
    spec: { ...run.spec, variants: results.map(({ variant }) => variant) },
    variants: Object.fromEntries(results.map((result) => [result.variant.name, result])),
  };
}

describe("scaling", () => {
  it("groups variants that differ in their workers alone, and says what one more costs", () => {
    expect(families(sweep())).toMatchObject([
      { name: "preload", points: [{ workers: 1 }, { workers: 4 }], marginal: 20e6 },
      { name: "seal", marginal: 2e6 },
    ]);
  });

  it("is drawn only where there is something to draw", async () => {
    expect(await scalingFigure(exampleRun())).toEqual([]);
    const [drawn] = await scalingFigure(sweep());
    expect(drawn?.caption).toContain("preload 20.0 MB, seal 2.0 MB");
    expect(drawn?.svg).toContain("<svg");
  });
});
