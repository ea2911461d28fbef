import { beforeAll, describe, expect, it } from "vitest";
import type { BuiltLab } from "../../src/pipeline/images.js";
import type { Bench } from "../../src/pipeline/inputs.js";
import { builtLab, runGuest } from "./built.js";

let bench: Bench;
let built: BuiltLab;

beforeAll(async () => {
  ({ bench, built } = await builtLab());
});

const PATCHED = "localhost/majek-lab/django-8workers:3.13-majek";
const USER = { user: "1000:1000", capabilities: [] };

/** unittest's last lines: how many ran, and the verdict. */
function verdict(text: string): string {
  return text.trim().split("\n").slice(-40).join("\n");
}

describe("in the images of the flagship lab", () => {
  it("the harness passes its tests on the patched interpreter, with nothing skipped for lack of it", async () => {
    const folders = ["guest/harness", "labs/django-8workers/app"];
    const script = "cd guest/harness && python3 -m unittest discover -t . -s tests 2>&1";
    const { code, text } = await runGuest(bench, { image: PATCHED, folders, script, ...USER });
    expect(code, verdict(text)).toBe(0);
    expect(text).toMatch(/Ran [1-9]\d* tests/);
  });

  it("the Django site passes its tests", async () => {
    const folders = ["guest/harness", "labs/django-8workers/app"];
    const script = "cd labs/django-8workers/app && python3 -m unittest discover -t . -s tests 2>&1";
    const { code, text } = await runGuest(bench, { image: PATCHED, folders, script, ...USER });
    expect(code, verdict(text)).toBe(0);
    expect(text).toMatch(/Ran [1-9]\d* tests/);
  });

  it("the patched interpreter passes the patches' tests", async () => {
    const script = "cd cpython-patch && python3 -m unittest discover -s tests 2>&1";
    const { code, text } = await runGuest(bench, { image: PATCHED, folders: ["cpython-patch/tests"], script, ...USER });
    expect(code, verdict(text)).toBe(0);
    expect(text).toMatch(/Ran [1-9]\d* tests/);
  });

  it("no compiler, shell tool or pip is in the runtime image that the builder needed", async () => {
    const script = "for tool in gcc cc make patch pip; do if command -v $tool; then exit 1; fi; done";
    expect((await runGuest(bench, { image: PATCHED, folders: [], script, ...USER })).code).toBe(0);
  });

  it("stock and patched interpreters differ in the patch and in nothing that a wheel could see", async () => {
    const script = `python3 -c "import sys, sysconfig; print(sys.version_info[:3], sysconfig.get_config_var('SOABI'), hasattr(str, 'setmajekhack'))"`;
    const lines = await Promise.all(
      built.plan.images.map(async ({ tag }) =>
        (await runGuest(bench, { image: tag, folders: [], script, ...USER })).text.trim(),
      ),
    );
    const soabi = built.plan.platform === "linux/arm64" ? "aarch64" : "x86_64";
    const common = `(3, 13, 5) cpython-313-${soabi}-linux-gnu`;
    expect(lines.sort()).toEqual([`${common} False`, `${common} True`]);
  });
});
