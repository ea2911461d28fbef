import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectEngine } from "../../src/docker/connect.js";
import { LABELS } from "../../src/docker/labels.js";
import type { Engine } from "../../src/docker/types.js";
import { dockerValue } from "../../src/render/quote.js";
import { readEnvironment } from "../../src/system/env.js";
import { packTar } from "../../src/system/tar.js";

const TAG = "localhost/majek-lab/test-render-quoting:1";

/** Values that a builder would change if they were not quoted; ENV and LABEL are parsed alike. */
const VALUES = [
  `plain`,
  `two words`,
  `"quoted" and 'quoted'`,
  `$HOME \${HOME} $$ $(id)`,
  `back\\slash \\n \\" \\$HOME`,
  `ends with a backslash\\`,
  `# no comment`,
  `a=b c=d`,
  `[{"path":"/html/","weight":4,"status":200}]`,
  `zażółć 🐍`,
  ``,
];

let engine: Engine;
beforeAll(async () => {
  engine = await connectEngine(readEnvironment());
});
afterAll(() => engine.images.remove(TAG));

describe("dockerValue", () => {
  it("reaches the image as it was, on the real builder", async () => {
    const names = VALUES.map((_, index) => `org.majek-lab.test.${index}`);
    const lines = VALUES.map((value, index) => `LABEL ${names[index]}=${dockerValue(value, "value")}`);
    const dockerfile = ["FROM scratch", "ENV HOME=/changed", ...lines, "COPY Dockerfile /", ""].join("\n");
    const context = packTar([{ type: "file", name: "Dockerfile", mode: 0o644, content: dockerfile }]);
    await engine.images.build({ context, tag: TAG, labels: { [LABELS.temporary]: "1" } });
    const labels = (await engine.images.inspect(TAG))?.labels ?? {};
    expect(names.map((name) => labels[name])).toEqual(VALUES);
  });
});
