import { describe, expect, it } from "vitest";
import { collectionMarks } from "../../../src/results/collection-marks.js";
import { exampleSample, exampleWorker, numbered } from "../report/example-events.js";
import { exampleCheckpoint, exampleRun, exampleVariant } from "./example-run.js";

const sample = (requests: number, counts: readonly number[]) => ({
  event: "sample" as const,
  variant: "seal",
  ...exampleSample(requests),
  workers: counts.map((fullCollections, index) => ({ ...exampleWorker(12 + index), fullCollections })),
});

const run = (fullCollections?: readonly number[]) =>
  exampleRun({
    variants: {
      seal: exampleVariant("seal", [
        exampleCheckpoint(0),
        exampleCheckpoint(2000, fullCollections === undefined ? {} : { fullCollections }),
      ]),
    },
  });

describe("marks of full collections", () => {
  it("stand where half of the workers have made one more", () => {
    const events = numbered(sample(100, [0, 0, 0, 1]), sample(400, [0, 0, 1, 1]), sample(800, [1, 1, 1, 1]));
    expect(collectionMarks(run([2, 2, 2, 1]), events)).toEqual([
      { variant: "seal", requestsPerWorker: 400, fleetBytes: 70_100_000 },
      { variant: "seal", requestsPerWorker: 2000, fleetBytes: 71_000_000 },
    ]);
  });

  it("are at checkpoints where there are no events, and nowhere for older runs", () => {
    expect(collectionMarks(run([1, 1]), [])).toMatchObject([{ requestsPerWorker: 2000 }]);
    expect(collectionMarks(run(), [])).toEqual([]);
  });
});
