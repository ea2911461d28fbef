import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { PidLine } from "../../../src/fleet/pid-line.js";

async function passed(...chunks: readonly string[]): Promise<[number | undefined, string]> {
  const line = new PidLine();
  Readable.from(chunks.map((chunk) => Buffer.from(chunk))).pipe(line);
  return [await line.pid, await text(line)];
}

describe("the process number before an output", () => {
  it.each<readonly [readonly string[], readonly [number | undefined, string]]>([
    [["17\n"], [17, ""]],
    [["17\nhello\n"], [17, "hello\n"]],
    [
      ["1", "7", "\n", "hel", "lo"],
      [17, "hello"],
    ],
    [["17\r\n$ "], [17, "$ "]],
    [["17\n18\n"], [17, "18\n"]],
    [["1234567890\nrest"], [1234567890, "rest"]],
  ])("is taken away from %j", async (chunks, expected) => {
    expect(await passed(...chunks)).toEqual(expected);
  });

  it.each([
    [["sh: not found\n"]],
    [["\n17\n"]],
    [["17 apples\n"]],
    [["12345678901\n"]],
    [["x".repeat(100_000)]],
    [["17"]],
    [[]],
  ])("is not seen where there is none: %j", async (chunks) => {
    expect(await passed(...chunks)).toEqual([undefined, chunks.join("")]);
  });
});
