import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectEngine } from "../../src/docker/connect.js";
import { LABELS } from "../../src/docker/labels.js";
import type { Engine } from "../../src/docker/types.js";
import { dockerAssignments } from "../../src/render/quote.js";
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

describe("dockerAssignments", () => {
  it("reach the image as they were, on the real builder", async () => {
    const values = Object.fromEntries(VALUES.map((value, index) => [`org.majek-lab.test.${index}`, value]));
    const dockerfile = `FROM scratch\nENV HOME=/changed\nLABEL ${dockerAssignments(values)}\nCOPY Dockerfile /\n`;
    const context = packTar([{ type: "file", name: "Dockerfile", mode: 0o644, content: dockerfile }]);
    await engine.images.build({ context, tag: TAG, labels: { [LABELS.temporary]: "1" } });
    const labels = (await engine.images.inspect(TAG))?.labels ?? {};
    expect(labels).toMatchObject(values);
  });
});
