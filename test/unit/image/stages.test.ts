import { describe, expect, it } from "vitest";
import { labelStages } from "../../../src/image/stages.js";

describe("labelStages", () => {
  it("labels every stage right after its FROM", () => {
    const dockerfile = "# FROM here\nFROM scratch AS builder\nADD a.tar /\nfrom scratch\nCOPY --from=builder /x /x\n";
    expect(labelStages(dockerfile, { a: "1", b: "two" })).toBe(
      '# FROM here\nFROM scratch AS builder\nLABEL a="1" b="two"\nADD a.tar /\n' +
        'from scratch\nLABEL a="1" b="two"\nCOPY --from=builder /x /x\n',
    );
  });

  it("writes values so that nothing in them is expanded", () => {
    expect(labelStages("FROM scratch", { owner: 'a "$HOME" $& \\' })).toBe(
      'FROM scratch\nLABEL owner="a \\"\\$HOME\\" \\$& \\\\"',
    );
  });
});
