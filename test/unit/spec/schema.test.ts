import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { readableJson } from "../../../src/model/json.js";
import { labJsonSchema } from "../../../src/spec/schema.js";

const ROOT = resolve(import.meta.dirname, "../../..");

describe("lab.schema.json", () => {
  it("is what the schema gives; otherwise: make generate", () => {
    expect(readFileSync(resolve(ROOT, "labs/lab.schema.json"), "utf8")).toBe(readableJson(labJsonSchema()));
  });

  it("accepts the flagship and refuses a typing error", () => {
    const check = new Ajv({ allErrors: true, strict: false }).compile(labJsonSchema());
    const lab = parse(readFileSync(resolve(ROOT, "labs/django-8workers/lab.yaml"), "utf8"));
    expect([check(lab), check.errors]).toEqual([true, null]);
    expect(check({ ...lab, waarmup: 1 })).toBe(false);
    expect(check({ ...lab, fleet: { workers: 0 } })).toBe(false);
  });
});
