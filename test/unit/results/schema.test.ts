import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { readableJson } from "../../../src/model/json.js";
import { runJsonSchema, runSchema, sampleRecordSchema } from "../../../src/results/schema.js";
import { exampleRecord, exampleRun } from "./example-run.js";

const COMMITTED = resolve(import.meta.dirname, "../../../labs/run.schema.json");

function validator() {
  return new Ajv({ allErrors: true, validateFormats: false }).compile(runJsonSchema());
}

describe("the schema of run.json", () => {
  it("is committed as it is generated (`majek-lab generate` writes it)", () => {
    expect(readFileSync(COMMITTED, "utf8")).toBe(readableJson(runJsonSchema()));
  });

  it("accepts a run, both as zod and as JSON schema", () => {
    const validate = validator();
    expect(validate(exampleRun()), JSON.stringify(validate.errors)).toBe(true);
    expect(runSchema.parse(exampleRun())).toEqual(exampleRun());
  });

  it.each([
    ["an unknown key", { ...exampleRun(), extra: 1 }],
    ["another version", { ...exampleRun(), schemaVersion: 2 }],
    ["a missing key", { ...exampleRun(), variants: undefined }],
    ["half a byte", { ...exampleRun(), provenance: { ...exampleRun().provenance, host: { swapBytes: 0.5 } } }],
  ])("refuses %s, both as zod and as JSON schema", (_, run) => {
    expect(validator()(JSON.parse(JSON.stringify(run)))).toBe(false);
    expect(runSchema.safeParse(run).success).toBe(false);
  });

  it("accepts a sample record", () => {
    expect(sampleRecordSchema.parse(exampleRecord(2000))).toEqual(exampleRecord(2000));
  });
});
