import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeLine, followStream, linesOf } from "../../../src/docker/build-stream.js";

async function* chunks(parts: readonly (Buffer | string)[]): AsyncGenerator<Buffer | string> {
  yield* parts;
}

/** Cuts bytes at the given places, wherever they fall in a character. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...ends, bytes.length].map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end));
}

async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const line of lines) all.push(line);
  return all;
}

describe("linesOf", () => {
  it("gives back the lines however the stream is cut", async () => {
    const line = fc.string({ unit: "binary" }).map((text) => text.replace(/\n/g, ""));
    await fc.assert(
      fc.asyncProperty(fc.array(line), fc.array(fc.nat()), async (lines, places) => {
        const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(""));
        expect(await collect(linesOf(chunks(cut(bytes, places))))).toEqual(
          lines.map((text) => Buffer.from(text).toString()),
        );
      }),
    );
  });
});

describe("decodeLine", () => {
  it("never throws", () => {
    fc.assert(fc.property(fc.string(), (text) => void decodeLine(text)));
  });

  it("shows a line that is no JSON as output", () => {
    expect(decodeLine("<html>502</html>")).toEqual({ stream: "<html>502</html>\n" });
  });
});

describe("followStream", () => {
  const id = `sha256:${"a".repeat(64)}`;

  it("shows whole lines and finds the image", async () => {
    const shown: string[] = [];
    const parts = [
      '{"stream":"Step 1/2 : FR"}\n{"stream":"OM x\\n"}\n{"aux":{"ID":"',
      `${id}"}}\n{"stream":"Successfully built aaaaaaaaaaaa\\n"}`,
    ];
    const outcome = await followStream(chunks(parts), "build x", (line) => shown.push(line));
    expect(shown).toEqual(["Step 1/2 : FROM x", "Successfully built aaaaaaaaaaaa"]);
    expect(outcome.id).toBeDefined();
  });

  it.each([
    ['{"errorDetail":{"message":"returned 1"},"error":"old text"}', "returned 1"],
    ['{"error":"old text"}', "old text"],
  ])("rejects at %s, with the end of the log", async (line, message) => {
    const following = followStream(chunks(['{"stream":"compiling\\n"}\n', line]), "build x");
    await expect(following).rejects.toMatchObject({
      code: "build",
      message: `build x: ${message}`,
      details: ["compiling"],
    });
  });

  it("calls a full disk by its name", async () => {
    const following = followStream(chunks(['{"error":"write /x: no space left on device"}']), "build x");
    await expect(following).rejects.toMatchObject({ code: "failed", next: expect.stringContaining("prune") });
  });

  it("has no id when the stream ends early", async () => {
    expect((await followStream(chunks(['{"stream":"Step 1/2"}\n']), "build x")).id).toBeUndefined();
  });
});
