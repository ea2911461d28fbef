import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkRequirements, normalName, parseDistribution } from "../../../src/lock/python.js";

const project = fc.stringMatching(/^[A-Za-z0-9]([A-Za-z0-9_.]{0,12}[A-Za-z0-9])?$/);
const version = fc.stringMatching(/^[0-9]{1,3}(\.[0-9]{1,3}){0,3}((a|b|rc)[0-9]|\.post[0-9])?$/);

describe("parseDistribution", () => {
  it("takes any wheel name apart", () => {
    fc.assert(
      fc.property(project, version, fc.constantFrom("", "1-", "2build-"), (name, number, build) => {
        const file = `${name}-${number}-${build}cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64.whl`;
        expect(parseDistribution(file)).toEqual({ name: normalName(name), version: number, kind: "wheel" });
      }),
    );
  });

  it("takes any source distribution apart, with dashes in old names", () => {
    fc.assert(
      fc.property(project, project, version, fc.constantFrom("tar.gz", "zip", "tar.bz2"), (a, b, number, ending) => {
        const name = normalName(`${a}-${b}`);
        expect(parseDistribution(`${a}-${b}-${number}.${ending}`)).toEqual({ name, version: number, kind: "sdist" });
      }),
    );
  });

  it.each(["Django.exe", "django.whl", "readme.txt"])("refuses %s", (file) => {
    expect(() => parseDistribution(file)).toThrow(file);
  });
});

describe("checkRequirements", () => {
  it.each([
    ["Django==5.2.*"],
    ["uvicorn[standard]>=0.30,<1; python_version >= '3.9'"],
    ["sqlparse"],
  ])("takes %s", (one) => {
    expect(() => checkRequirements([one])).not.toThrow();
  });

  it.each([
    ["-r other.txt"],
    ["--index-url=x"],
    ["pkg @ https://example.invalid/x.whl"],
    ["./local"],
    ["a\n-r b"],
    [""],
  ])("refuses %j", (one) => {
    expect(() => checkRequirements(["Django", one])).toThrow("is not a requirement");
  });
});
