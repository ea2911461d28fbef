import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LabError } from "../../../src/model/errors.js";
import { formatReference, isLoopback, looksLikeReference, parseReference } from "../../../src/registry/reference.js";

const DIGEST = `sha256:${"a1".repeat(32)}`;

describe("a registry reference", () => {
  it.each([
    ["localhost:5000/lab", { host: "localhost:5000", repository: "lab", version: "latest" }],
    ["localhost/lab:v1", { host: "localhost", repository: "lab", version: "v1" }],
    ["r.example.org/a/b-c/d_e:1.0", { host: "r.example.org", repository: "a/b-c/d_e", version: "1.0" }],
    ["[::1]:5000/lab:v1", { host: "[::1]:5000", repository: "lab", version: "v1" }],
    [`r.example.org/lab@${DIGEST}`, { host: "r.example.org", repository: "lab", version: DIGEST }],
    [`r.example.org/lab:v1@${DIGEST}`, { host: "r.example.org", repository: "lab", version: DIGEST }],
  ])("%s", (text, expected) => {
    expect(parseReference(text)).toEqual(expected);
  });

  it.each([
    ["lab", "begin with the host"],
    ["course/lab:v1", "begin with the host"],
    ["/lab", "begin with the host"],
    ["localhost:5000/", "lower-case"],
    ["localhost:5000/Lab", "lower-case"],
    ["localhost:5000/lab/../etc", "lower-case"],
    ["localhost:5000/lab:", "a tag has"],
    ["localhost:5000/lab:v 1", "a tag has"],
    ["localhost:5000/lab@sha256:12", "64 hexadecimal"],
    ["user@localhost:5000/lab", "begin with the host"],
    ["localhost:5000/lab?x=1", "lower-case"],
  ])("is not %s", (text, why) => {
    expect(() => parseReference(text)).toThrow(LabError);
    expect(() => parseReference(text)).toThrow(why);
  });

  it("is read as it was written", () => {
    const part = fc.stringMatching(/^[a-z0-9]{1,8}$/);
    const host = fc.constantFrom("localhost", "localhost:5000", "a.example", "127.0.0.1:80", "[::1]:5000");
    const version = fc.oneof(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/), fc.constant(DIGEST));
    fc.assert(
      fc.property(host, fc.array(part, { minLength: 1, maxLength: 4 }), version, (where, parts, which) => {
        const reference = { host: where, repository: parts.join("/"), version: which };
        expect(parseReference(formatReference(reference))).toEqual(reference);
      }),
    );
  });

  it("never takes text apart that it then reads otherwise", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          const reference = parseReference(text);
          expect(parseReference(formatReference(reference))).toEqual(reference);
        } catch (error) {
          expect(error).toBeInstanceOf(LabError);
        }
      }),
    );
  });
});

it.each([
  ["localhost:5000/lab", true],
  ["r.example.org/lab:v1", true],
  ["django-8workers", false],
  ["labs/django-8workers", false],
  ["./lab.tar", false],
  ["/tmp/lab.tar", false],
  ["../x/lab.tar", false],
])("%s is taken for a reference: %s", (text, expected) => {
  expect(looksLikeReference(text)).toBe(expected);
});

it.each([
  ["localhost", true],
  ["LOCALHOST:80", true],
  ["127.0.0.53:5000", true],
  ["[::1]:5000", true],
  ["localhost.example.org", false],
  ["127.example.org", false],
  ["10.0.0.1:5000", false],
])("%s is this machine: %s", (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});
