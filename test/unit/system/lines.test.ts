import { PassThrough, Readable } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eachLine, LineSplitter, linesOf, Tail } from "../../../src/system/lines.js";

/** Cuts bytes at the given places, inside characters too. */
function chunked(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...places, bytes.length].map((end, index) => bytes.subarray(places[index - 1] ?? 0, end));
}

async function all(lines: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = [];
  for await (const line of lines) found.push(line);
  return found;
}

async function called(stream: Readable): Promise<string[]> {
  const found: string[] = [];
  await eachLine(stream, (line) => void found.push(line));
  return found;
}

describe("lines", () => {
  it("are the same however the bytes are cut", async () => {
    const text = fc.array(fc.string({ unit: "binary" }).map((line) => line.replaceAll("\n", "")));
    const cuts = fc.array(fc.nat(), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(text, cuts, async (lines, at) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
        const expected = bytes.toString().split(/\r?\n/).slice(0, -1);
        expect(await all(linesOf(Readable.from(chunked(bytes, at))))).toEqual(expected);
        expect(await called(Readable.from(chunked(bytes, at)))).toEqual(expected);
      }),
    );
  });

  it("may lack the last newline, be text already, and hold other line ends of Unicode", async () => {
    expect(await all(linesOf(Readable.from(["a\nb"])))).toEqual(["a", "b"]);
    expect(await called(Readable.from(['{"a":"\u2028"}\r\n', "é"]))).toEqual(['{"a":"\u2028"}', "é"]);
  });

  it("end with a stream that breaks", async () => {
    const stream = new PassThrough();
    const found = called(stream);
    stream.write("a\nb");
    await new Promise(setImmediate);
    stream.destroy(new Error("lost"));
    expect(await found).toEqual(["a", "b"]);
  });

  it("end with a carriage return where that is asked for", () => {
    const lines = new LineSplitter(/[\r\n]/);
    expect([lines.push("1 %\r2"), lines.push(" %\rdone\n"), lines.end()]).toEqual([["1 %"], ["2 %", "done"], []]);
  });

  it("are kept to a number by a tail", () => {
    const tail = new Tail(2);
    for (const line of ["a", "b", "c"]) tail.add(line);
    expect(tail.lines).toEqual(["b", "c"]);
  });
});
