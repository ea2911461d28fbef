import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseEnvFile, redact, redactDeep, redactError } from "../../../src/model/env-file.js";
import { LabError } from "../../../src/model/errors.js";
import { lastTraceback } from "../../../src/model/traceback.js";

describe("an env file", () => {
  it("has names and values in the usual ways of writing them", () => {
    const text = "# x\nA=1\nexport B='two words'\nC=\"a\\nb # c\"\nD=x # y\n\nE=\n";
    expect(parseEnvFile(text, ".env")).toEqual({ A: "1", B: "two words", C: "a\nb # c", D: "x", E: "" });
  });

  it.each([
    "MAJEK_LAB_APP=x",
    "LD_PRELOAD=x",
    "PATH=x",
    "no value here",
  ])("refuses %s without showing a value", (line) => {
    expect(() => parseEnvFile(`A=1\n${line}`, ".env")).toThrow(
      expect.objectContaining({ code: "usage", where: ".env:2", message: expect.not.stringContaining("=x") }),
    );
  });

  it("keeps its values out of every text", () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9]{8,20}$/);
    fc.assert(
      fc.property(fc.string(), secret, fc.string(), (before, value, after) => {
        expect(redact(before + value + after, { TOKEN: value })).not.toContain(value);
      }),
    );
  });

  it.each([
    ["KEY", "-----BEGIN\nc2VjcmV0\n-----END", "line c2VjcmV0 alone", "line [KEY] alone"],
    ["KEY", 'one\ntwo "3"', 'KEY is "one\\ntwo \\"3\\""', 'KEY is "[KEY]"'],
    ["TOKEN", "a b/c+d", "GET /?t=a%20b%2Fc%2Bd", "GET /?t=[TOKEN]"],
    ["URL", "postgres://user:hun%40ter2@db/shop", "password hun@ter2 refused", "password [URL] refused"],
    ["PIN", "1234", "PIN=1234 'PIN': '1234' 1234 PIN=12345", "PIN=[PIN] 'PIN': '[PIN]' 1234 PIN=12345"],
    ["PRICE", "$&$1 costs", "it $&$1 costs", "it [PRICE]"],
    ["EMPTY", "", "EMPTY=", "EMPTY="],
    ["KEY", "it's <a> & b", "<p>it&#x27;s &lt;a&gt; &amp; b", "<p>[KEY]"],
    ["KEY", "0123456789".repeat(5), `BY[${"0123456789".repeat(4)}]`, "BY[[KEY]]"],
    ["KEY", `a"${"0123456789".repeat(5)}`, `BY["a\\"${"0123456789".repeat(4).slice(0, 38)}"]`, 'BY["[KEY]"]'],
    // urllib.parse.quote, as Django's urlencode and get_full_path; quote_plus, as its QueryDict.
    ["KEY", "k!y(abc)*d/e'f", "GET /?k=k%21y%28abc%29%2Ad/e%27f", "GET /?k=[KEY]"],
    ["KEY", "k!y(abc)*d e/f", "GET /?k=k%21y%28abc%29%2Ad+e%2Ff", "GET /?k=[KEY]"],
    // json.dumps.
    ["KEY", "p\u00e4ssword", '{"a": "p\\u00e4ssword"}', '{"a": "[KEY]"}'],
    // repr: the second where both quotes are in it.
    ["KEY", 'a\\b"cdef', `KeyError: 'a\\\\b"cdef'`, "KeyError: '[KEY]'"],
    ["KEY", `it's "so" long`, `KeyError: 'it\\'s "so" long'`, "KeyError: '[KEY]'"],
    ["KEY", `it's "so" long`, "<td>&#x27;it\\&#x27;s &quot;so&quot; long&#x27;</td>", "<td>&#x27;[KEY]&#x27;</td>"],
  ])("hides %s in the shape in which programs show it", (name, value, shown, hidden) => {
    expect(redact(shown, { [name]: value })).toBe(hidden);
  });
});

it("hides secrets in every string of data, and in errors", () => {
  const data = { "tok-123": ["a tok-123", 5, null], n: { deep: "tok-123" } };
  expect(redactDeep(data, { T: "tok-123" })).toEqual({ "[T]": ["a [T]", 5, null], n: { deep: "[T]" } });
  const error = new LabError("fleet", "no tok-123", { details: ["tok-123"], where: "x", next: "do tok-123" });
  expect(redactError(error, { T: "tok-123" })).toMatchObject({
    code: "fleet",
    message: "no [T]",
    details: ["[T]"],
    where: "x",
    next: "do [T]",
  });
  expect(redactError(error, { T: "other-thing" })).toBe(error);
});

it("hides them in as much as blame writes of a large heap, within moments", () => {
  const secrets = Object.fromEntries(
    Array.from({ length: 20 }, (_, n) => [`N${n}`, `value-${n}-a!b/c+d${"x".repeat(20)}`]),
  );
  const data = Array.from({ length: 20_000 }, (_, n) => ({
    cause: "object field",
    type: `app:Thing${n}`,
    field: `.f${n}`,
  }));
  const started = performance.now();
  redactDeep(data, secrets);
  // Shapes that are made anew for each string take more than ten times as long.
  expect(performance.now() - started).toBeLessThan(3000);
});

describe("the last traceback", () => {
  it("is its last calls and the error", () => {
    const log = [
      "x",
      "Traceback (most recent call last):",
      '  File "a", line 1',
      "    import b",
      "ModuleNotFoundError: b",
    ];
    expect(lastTraceback([...log, "The command '/bin/sh' returned a non-zero code: 1"])).toEqual(log.slice(2));
    expect(lastTraceback(["nothing"])).toEqual([]);
    expect(lastTraceback([...log.slice(0, 2), ...Array(30).fill("  y"), "E: z"], 3)).toEqual(["  y", "  y", "E: z"]);
  });
});
