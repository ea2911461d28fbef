import { describe, expect, it } from "vitest";
import { draw, requestSequence } from "../../../src/fleet/load/sequence.js";

const PATHS = [
  { path: "/html/", weight: 4, status: 200 },
  { path: "/json/", weight: 4, status: 200 },
  { path: "/admin/login/", weight: 1, status: 200 },
  { path: "/missing/", weight: 1, status: 404 },
];

const first = (seed: number, client: number, count: number) =>
  Array.from({ length: count }, (_, k) => requestSequence(PATHS, seed)(client, k).path);

describe("the request sequence", () => {
  it("is pinned: results of different releases compare only while it stays as it is", () => {
    expect(first(1, 0, 8).join(" ")).toMatchInlineSnapshot(
      `"/json/ /html/ /html/ /json/ /missing/ /missing/ /json/ /admin/login/"`,
    );
    expect(first(1, 1, 8).join(" ")).toMatchInlineSnapshot(
      `"/html/ /html/ /missing/ /json/ /html/ /html/ /json/ /html/"`,
    );
  });

  it("depends on seed, client and number alone", () => {
    expect(draw(1, 2, 3)).toBe(draw(1, 2, 3));
    expect(new Set([draw(1, 2, 3), draw(2, 2, 3), draw(1, 3, 3), draw(1, 2, 4)]).size).toBe(4);
  });

  it("follows the weights", () => {
    const sequence = requestSequence(PATHS, 7);
    const counts = new Map<string, number>();
    for (let client = 0; client < 16; client += 1) {
      for (let k = 0; k < 2000; k += 1) {
        const { path } = sequence(client, k);
        counts.set(path, (counts.get(path) ?? 0) + 1);
      }
    }
    for (const { path, weight } of PATHS) expect((counts.get(path) ?? 0) / 32_000).toBeCloseTo(weight / 10, 1.5);
  });

  it("asks for a single path always", () => {
    const [only] = PATHS;
    expect(only && requestSequence([only], 1)(3, 5).path).toBe("/html/");
    expect(() => requestSequence([], 1)).toThrow(RangeError);
  });
});
