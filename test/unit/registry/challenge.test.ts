import fc from "fast-check";
import { expect, it } from "vitest";
import { parseChallenges } from "../../../src/registry/challenge.js";

it.each([
  ['Basic realm="Registry"', [{ scheme: "basic", parameters: { realm: "Registry" } }]],
  [
    'Bearer realm="https://auth.example/token",service="r.example",scope="repository:a/b:pull,push"',
    [
      {
        scheme: "bearer",
        parameters: { realm: "https://auth.example/token", service: "r.example", scope: "repository:a/b:pull,push" },
      },
    ],
  ],
  [
    'Negotiate, Basic realm="a, \\"b\\"", Bearer realm=x',
    [
      { scheme: "negotiate", parameters: {} },
      { scheme: "basic", parameters: { realm: 'a, "b"' } },
      { scheme: "bearer", parameters: { realm: "x" } },
    ],
  ],
  ["", []],
  ["   ", []],
  ['="', []],
])("%s", (header, expected) => {
  expect(parseChallenges(header)).toEqual(expected);
});

it("reads values of any kind as they were written", () => {
  const name = fc.stringMatching(/^[a-z]{1,6}$/);
  fc.assert(
    fc.property(fc.dictionary(name, fc.string(), { maxKeys: 4, noNullPrototype: true }), (parameters) => {
      const quoted = Object.entries(parameters).map(([key, text]) => `${key}="${text.replace(/["\\]/g, "\\$&")}"`);
      expect(parseChallenges(`Bearer ${quoted.join(", ")}`)).toEqual([{ scheme: "bearer", parameters }]);
    }),
  );
});

it("ends on any text, in time that grows with its length", () => {
  fc.assert(fc.property(fc.string({ maxLength: 2000 }), (header) => void parseChallenges(header)));
});
