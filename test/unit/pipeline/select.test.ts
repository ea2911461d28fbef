import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { workersOf } from "../../../src/model/spec.js";
import { checkpointsUpTo, selectLab, upLimit, verdictFirst } from "../../../src/pipeline/select.js";
import { loadLab } from "../../../src/spec/load.js";

const lab = await loadLab(resolve(import.meta.dirname, "../../../labs/django-8workers"));

describe("selectLab", () => {
  it("cuts the checkpoints at the limit, which is always the last", () => {
    expect(checkpointsUpTo([0, 100, 1000, 2000], 500)).toEqual([0, 100, 500]);
    expect(checkpointsUpTo([0, 100], 100)).toEqual([0, 100]);
  });

  it("drives a long lab as far as a first verdict needs, and a short one as far as it says", () => {
    const { spec } = lab;
    expect(upLimit(spec)).toBe(2000);
    expect(upLimit({ ...spec, load: { ...spec.load, requestsPerWorker: 300 } })).toBe(300);
  });

  it("keeps the order of the file, whatever the order of the flags", () => {
    const { variants } = selectLab(lab, { variant: ["seal", "preload"] }, 10).spec;
    expect(variants.map(({ name }) => name)).toEqual(["preload", "seal"]);
  });

  it("gives every variant the number of workers that was asked for", () => {
    const own = { ...lab, spec: { ...lab.spec, variants: lab.spec.variants.map((one) => ({ ...one, workers: 3 })) } };
    const counts = (of: typeof lab.spec) => new Set(of.variants.map((one) => workersOf(of, one)));
    expect(counts(selectLab(own, {}, 10).spec)).toEqual(new Set([3]));
    expect(counts(selectLab(own, { workers: 2 }, 10).spec)).toEqual(new Set([2]));
  });

  it("refuses an unknown variant with a suggestion", () => {
    expect(() => selectLab(lab, { variant: ["seel"] }, 10)).toThrow(
      expect.objectContaining({ code: "usage", message: expect.stringContaining("seal") }),
    );
  });
});

describe("verdictFirst", () => {
  it("starts with the baseline and the last variant", () => {
    expect(verdictFirst(lab.spec)).toEqual(["preload", "seal", "no-preload", "preload-cold", "freeze", "majekhack"]);
  });

  it("does without a baseline that was not asked for", () => {
    expect(verdictFirst(selectLab(lab, { variant: ["freeze", "seal"] }, 10).spec)).toEqual(["seal", "freeze"]);
  });
});
