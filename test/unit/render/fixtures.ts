import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { TreeFile } from "../../../src/model/context.js";
import type { LabTrees } from "../../../src/render/lab.js";
import type { Templates } from "../../../src/render/templates.js";
import { hash } from "../plan/fixtures.js";

export const ROOT = resolve(import.meta.dirname, "../../..");

/** The templates of the repository. */
export function templates(): Templates {
  const folder = join(ROOT, "templates");
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".hbs"));
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}

export function treeFile(path: string): TreeFile {
  return { path, file: `/nonexistent/${path}`, sha256: hash(path) };
}

export const TREES: LabTrees = {
  app: [treeFile("manage.py"), treeFile("mysite/wsgi.py")],
  harness: [treeFile("README.md"), treeFile("majek_harness/__main__.py"), treeFile("tests/test_config.py")],
};

/** Path of a golden file. */
export const golden = (name: string): string => join(ROOT, "test/golden", name);
