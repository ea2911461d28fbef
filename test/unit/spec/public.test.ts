import { expect, it } from "vitest";
import { publicLabFile } from "../../../src/spec/public.js";

it("leaves out values of variables, comments and anchors, and says which values", () => {
  const text = `# was s3cret-1
app: {env: &all {API_KEY: s3cret-2}, steps: [migrate]}
variants:
  one: {env: *all}
  two: {env: {API_KEY: s3cret-3}}
  odd: {env: s3cret-4}
`;
  const shown = publicLabFile(text);
  expect(shown?.text).not.toContain("s3cret");
  expect(shown?.text).toContain("API_KEY: (left out)");
  expect(shown?.text).toContain("migrate");
  const all = ["API_KEY", "s3cret-2"];
  expect(shown?.variables).toEqual([all, all, ["API_KEY", "s3cret-3"]]);
});

it("shows nothing of what is no YAML", () => {
  expect(publicLabFile("app: {env: {A: s3cret")).toBeUndefined();
});
