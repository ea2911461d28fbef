import { resolve } from "node:path";
import { expect } from "vitest";
import type { FetchedInputs, PythonEntry } from "../../../src/model/lock.js";
import type { PlanRequest } from "../../../src/plan/plan.js";
import { loadLab } from "../../../src/spec/load.js";

const ROOT = resolve(import.meta.dirname, "../../..");

function deb(name: string) {
  const path = `pool/main/${name}_1_amd64.deb`;
  return {
    name,
    version: "1",
    architecture: "amd64",
    archive: "debian",
    suite: "trixie",
    path,
    sha256: hash(name),
    size: 1,
  } as const;
}

/** A made-up sha256 that differs by name. */
export function hash(name: string): string {
  return Buffer.from(name.padEnd(32, ".")).toString("hex").slice(0, 64);
}

export function python(file: string, kind: PythonEntry["kind"] = "wheel"): PythonEntry {
  const [name = "", version = ""] = file.split("-");
  return { name: name.toLowerCase(), version, file, kind, sha256: hash(file), size: 1 };
}

/** What fetching would give, with one package in each list. */
export function inputs(): FetchedInputs {
  const source = { archive: "debian", suite: "trixie", size: 1, name: "cpython-3.13", version: "3.13.5" } as const;
  const file = "python3.13_3.13.5.orig.tar.xz";
  const lock = {
    suite: "trixie",
    base: [deb("libc6")],
    builder: [deb("gcc"), deb("libc6")],
    sources: [{ ...source, file, path: `pool/main/p/python3.13/${file}`, sha256: hash("source") }],
    python: [python("django-5.2.8-py3-none-any.whl"), python("gunicorn-26.0.0-py3-none-any.whl")],
    pythonBuild: [python("pip-25.3-py3-none-any.whl")],
  };
  return { platform: "linux/amd64", lock, reResolved: [] };
}

export const SERIES = {
  "3.13": {
    version: "3.13.5",
    regenerate: ["regen-cases"],
    patches: [
      { name: "0001-first.patch", sha256: hash("first"), text: "first\n" },
      { name: "0002-second.patch", sha256: hash("second"), text: "second\n" },
    ],
  },
};

/** A request to plan a lab of the repository, with made-up inputs. */
export async function request(lab = "labs/django-8workers"): Promise<PlanRequest> {
  const loaded = await loadLab(resolve(ROOT, lab));
  expect(loaded.hash).toMatch(/^[0-9a-f]{64}$/);
  // A fixed hash, so that golden files do not change with the lab's application.
  return {
    lab: { ...loaded, hash: hash("lab") },
    inputs: inputs(),
    lockHash: hash("lock"),
    series: SERIES,
    rootfsRecipe: "make it\n",
  };
}
