import { describe, expect, it } from "vitest";
import { compileMasks, References } from "../../../src/fleet/load/references.js";

const PATH = { path: "/form/", weight: 1, status: 200 };
const answer = (body: string, status = 200) => ({ status, body: Buffer.from(body) });

describe("masks", () => {
  it("blank every match of every pattern", () => {
    const mask = compileMasks(['token" value="[^"]*', "id=\\d+"]);
    expect(mask('<a token" value="abc"> id=1 id=23')).toBe('<a [masked]"> [masked] [masked]');
  });

  it("that do not compile are a fault of the lab", () => {
    expect(() => compileMasks(["("])).toThrow(expect.objectContaining({ code: "lab" }));
  });
});

describe("references", () => {
  it("take the first good answer, of whichever variant, as the right one", () => {
    const references = new References(compileMasks(["t=\\w+"]));
    expect(references.check(PATH, "preload", answer("page t=abc"))).toBeUndefined();
    expect(references.check(PATH, "seal", answer("page t=xyz"))).toBeUndefined();
    expect(references.check(PATH, "seal", answer("Page t=xyz"))?.[0]).toMatch(/the body that preload gave first/);
  });

  it("do not take an error page as reference", () => {
    const references = new References(compileMasks([]));
    expect(references.check(PATH, "preload", answer("oops", 500))?.[0]).toBe("expected status 200, got 500");
    expect(references.check(PATH, "preload", answer("right"))).toBeUndefined();
  });

  it("show where a body begins to differ", () => {
    const references = new References(compileMasks([]));
    references.check(PATH, "a", answer(`${"x".repeat(100)}one`));
    expect(references.check(PATH, "b", answer(`${"x".repeat(100)}two`))?.slice(1)).toEqual([
      "first difference at character 100",
      'expected "xxxxxxxxxxxxxxxxxxxxone"',
      'got      "xxxxxxxxxxxxxxxxxxxxtwo"',
    ]);
  });

  it("show no secret, whole or cut", () => {
    const references = new References(compileMasks([]), (body) => body.replaceAll(/s3cret\d/g, "[KEY]"));
    const before = "x".repeat(55);
    references.check(PATH, "a", answer(`${before}s3cret1 one`));
    expect(references.check(PATH, "b", answer(`${before}s3cret1 two`))?.join()).not.toContain("s3c");
    expect(references.check(PATH, "b", answer(`${before}s3cret2 one`))?.[1]).toMatch(/in values of --env-file only/);
    expect(references.check(PATH, "b", answer(`${"x".repeat(238)}s3cret1`, 500))?.join()).not.toContain("s3c");
  });

  it("notice a body that only ends too early", () => {
    const references = new References(compileMasks([]));
    references.check(PATH, "a", answer("complete"));
    expect(references.check(PATH, "a", answer("comp"))?.[1]).toBe("first difference at character 4");
  });
});
