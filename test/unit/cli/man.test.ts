import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Command } from "commander";
import { expect, it } from "vitest";
import { manPage } from "../../../src/cli/man.js";
import { buildProgram } from "../../../src/cli/program.js";
import type { Workspace } from "../../../src/pipeline/workspace.js";
import { readEnvironment } from "../../../src/system/env.js";

const ROOT = resolve(import.meta.dirname, "../../..");

it("is committed as it is generated; otherwise: make generate", () => {
  const context = {
    environment: readEnvironment({}),
    interrupts: { signal: new AbortController().signal },
  } as unknown as Workspace;
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  expect(readFileSync(join(ROOT, "docs/majek-lab.1"), "utf8")).toBe(manPage(buildProgram(context), version));
});

it("has verbs of verbs, choices, defaults, variables and examples, and nothing that roff takes for its own", () => {
  const program = new Command("tool").description("does\n.things with \\n").addHelpText("after", "Codes:\n  'a");
  const group = program.command("group").description("Verbs of one kind");
  group
    .command("one")
    .description("First")
    .argument("<lab>", "which")
    .option("--wait-time <s>", "seconds", "5")
    .addHelpText("after", "Example:\n  tool group one");
  const text = manPage(program, "1.0-a");
  expect(text).toContain("does\n\\&.things with \\en\n");
  expect(text).toContain("Codes:\n  'a\n.fi");
  expect(text).toContain(".SS \\fBgroup one\\fR \\fIlab\\fR\nFirst.\n");
  expect(text).toContain("\\fB\\-\\-wait\\-time <s>\\fR\nseconds (default: 5); MAJEK_LAB_WAIT_TIME\n");
  expect(text).toContain(".nf\nExample:\n  tool group one\n.fi");
  expect(text.match(/^[.'](?!TH|SH|SS|PP|TP|nf|fi|\\")/gm)).toBeNull();
});
