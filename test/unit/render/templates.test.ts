import { describe, expect, it } from "vitest";
import { fill } from "../../../src/render/templates.js";

const FILES = {
  "one.hbs": "{{> head}}\n{{#if wanted}}yes {{value}}{{else}}no{{/if}}\n{{#each list}}\n- {{this}}\n{{/each}}\n",
  "partials/head.hbs": "# {{template}}\n",
  "lost.hbs": "{{> nowhere}}",
};

describe("fill", () => {
  it("fills a template and escapes nothing", () => {
    const values = { wanted: true, value: `a && "b" <c>`, list: ["x", "y"] };
    expect(fill(FILES, "one.hbs", values)).toBe('# one.hbs\nyes a && "b" <c>\n- x\n- y\n');
  });

  it.each([
    ["value", { wanted: true, list: [] }],
    ["wanted", { value: "", list: [] }],
    ["list", { wanted: false, value: "" }],
    ["wanted, value, list", {}],
  ])("refuses a template that uses %s without being given it", (names, values) => {
    expect(() => fill(FILES, "one.hbs", values)).toThrow(`templates/one.hbs uses ${names}, which it is not given`);
  });

  it.each(["none.hbs", "lost.hbs", "constructor"])("names a missing template: %s", (name) => {
    expect(() => fill(FILES, name, {})).toThrow(/the template .* is missing/);
  });
});
