import { expect, it } from "vitest";
import { renderRepeats } from "../../../src/report/repeats.js";

it("repeated runs are shown with their intervals", () => {
  const estimate = { ratio: 0.2994, low: 0.2981, high: 0.3007, pairs: 5 };
  const text = renderRepeats([{ variant: "seal", fleetBytes: estimate, throughput: null }], "preload", 5);
  expect(text.split("\n").map((line) => line.trimEnd())).toEqual([
    "Over 5 runs, as a multiple of preload (95 % interval)",
    "",
    "variant  fleet bytes             requests/s",
    "seal     0.299 (0.298 to 0.301)  -",
  ]);
});
