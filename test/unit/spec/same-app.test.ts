import { resolve } from "node:path";
import { expect, it } from "vitest";
import { readTree } from "../../../src/system/trees.js";

const LABS = resolve(import.meta.dirname, "../../../labs");

it("seal-ladder measures the application of django-8workers", async () => {
  const contents = async (lab: string) =>
    (await readTree(`${LABS}/${lab}/app`)).map(({ path, sha256 }) => [path, sha256]);
  expect(await contents("seal-ladder")).toEqual(await contents("django-8workers"));
});
