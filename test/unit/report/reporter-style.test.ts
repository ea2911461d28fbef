import type { WriteStream } from "node:tty";
import { describe, expect, it } from "vitest";
import type { ProgressStyle } from "../../../src/report/formats.js";
import { createReporter } from "../../../src/report/reporter.js";
import { readEnvironment } from "../../../src/system/env.js";
import { numbered, STARTED } from "./example-events.js";

const ESCAPE = "\u001b";

/** What a terminal is sent while a fleet starts. */
function shown(style: ProgressStyle, live?: boolean): string {
  let text = "";
  const write = (part: string): boolean => {
    text += part;
    return true;
  };
  const terminal = {
    isTTY: true,
    columns: 100,
    rows: 30,
    write,
    on: () => undefined,
    off: () => undefined,
    cork: () => undefined,
    uncork: () => undefined,
  };
  const reporter = createReporter(style, readEnvironment({}), terminal as unknown as WriteStream, live);
  const table = reporter.liveTable();
  for (const event of numbered(STARTED, { event: "variant-started", variant: "preload" })) table.take(event);
  table.close();
  reporter.close();
  return text;
}

describe("progress on a terminal", () => {
  it.each<ProgressStyle>(["auto", "tty"])("is a table that redraws itself for %s", (style) => {
    expect(shown(style)).toContain(ESCAPE);
  });

  it.each<ProgressStyle>(["auto", "tty", "plain"])("is plain lines for %s where nothing may be live", (style) => {
    expect(shown(style, false)).toBe("preload: starting\n");
  });

  it("stays JSON, or nothing, where nothing may be live", () => {
    expect(JSON.parse(shown("json", false).split("\n")[0] ?? "")).toMatchObject({ event: "run-started" });
    expect(shown("quiet", false)).toBe("");
  });
});
