import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const SRC = resolve(import.meta.dirname, "../../src");

const PURE = ["model"];
const EFFECTS = [...PURE, "system"];
const ENGINE = [...EFFECTS, "docker"];
const STAGES = [
  "spec",
  "project",
  "lock",
  "plan",
  "render",
  "image",
  "fleet",
  "measure",
  "results",
  "report",
  "workshop",
  "share",
  "registry",
];

/** The direction of imports; a new edge is a reviewed change of ARCHITECTURE.md. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  model: [],
  system: PURE,
  docker: EFFECTS,
  spec: EFFECTS,
  project: PURE,
  lock: ENGINE,
  plan: PURE,
  render: PURE,
  image: ENGINE,
  fleet: ENGINE,
  measure: ENGINE,
  results: EFFECTS,
  report: EFFECTS,
  workshop: EFFECTS,
  share: EFFECTS,
  registry: EFFECTS,
  pipeline: [...ENGINE, ...STAGES],
  cli: [...EFFECTS, "pipeline", "report"],
};

/** Libraries with one home, so that each can be replaced in one place. */
const ONLY_IN: Readonly<Record<string, readonly string[]>> = {
  dockerode: ["docker"],
  // Build files are never escaped, a page always is.
  handlebars: ["render", "report"],
  commander: ["cli"],
  yaml: ["spec"],
  undici: ["registry"],
  "markdown-it": ["report"],
  "smol-toml": ["project"],
  vega: ["report"],
  "vega-lite": ["report"],
};

interface Source {
  readonly file: string;
  readonly text: string;
}

function sources(): Source[] {
  return readdirSync(SRC, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => ({ file, text: readFileSync(join(SRC, file), "utf8") }));
}

function importsOf({ file, text }: Source): string[] {
  return ts
    .preProcessFile(text)
    .importedFiles.map(({ fileName }) =>
      fileName.startsWith(".") ? relative(SRC, resolve(SRC, dirname(file), fileName)) : fileName,
    );
}

function violations(all: readonly Source[]): string[] {
  return all.flatMap((source) => {
    const from = source.file.split("/")[0] ?? "";
    return importsOf(source).flatMap((name) => {
      const to = name.split("/")[0] ?? "";
      const homes = ONLY_IN[to];
      if (homes) return homes.includes(from) ? [] : [`${source.file}: only ${homes.join("/, ")}/ may import ${to}`];
      if (!(to in MAY_IMPORT) || to === from) return [];
      return MAY_IMPORT[from]?.includes(to) ? [] : [`${source.file}: ${from}/ may not import ${to}/`];
    });
  });
}

describe("architecture", () => {
  it("imports only in the direction of the flow", () => {
    expect(violations(sources())).toEqual([]);
  });

  it("finds a planted violation", () => {
    const planted = [
      { file: "plan/bad.ts", text: 'import { x } from "../docker/types.js";' },
      { file: "report/bad.ts", text: 'import Docker from "dockerode";' },
    ];
    expect(violations(planted)).toEqual([
      "plan/bad.ts: plan/ may not import docker/",
      "report/bad.ts: only docker/ may import dockerode",
    ]);
  });

  it("reads the environment in one file only", () => {
    const readers = sources()
      .filter(({ text }) => text.includes("process.env"))
      .map(({ file }) => file);
    expect(readers.filter((file) => file !== "system/env.ts")).toEqual([]);
  });

  it("keeps files small", () => {
    const long = sources()
      .filter(({ text }) => text.split("\n").length > 400)
      .map(({ file }) => file);
    expect(long).toEqual([]);
  });
});
