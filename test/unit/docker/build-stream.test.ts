import { Readable } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeLine, followStream } from "../../../src/docker/build-stream.js";

/** Cuts bytes at the given places, inside characters too. */
function chunked(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...places, bytes.length].map((end, index) => bytes.subarray(places[index - 1] ?? 0, end));
}

const cuts = fc.array(fc.nat(), { maxLength: 20 });
const wire = (...messages: readonly unknown[]): string =>
  messages.map((message) => `${typeof message === "string" ? message : JSON.stringify(message)}\r\n`).join("");

async function follow(text: string, at: readonly number[] = []) {
  const shown: string[] = [];
  const outcome = await followStream(Readable.from(chunked(Buffer.from(text), at)), "build x", (line) =>
    shown.push(line),
  );
  return { ...outcome, shown };
}

describe("decodeLine", () => {
  it("takes any line without failing", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.json()), (line) => {
        decodeLine(line);
      }),
    );
  });

  it("reads errorDetail, and error where that is missing", () => {
    expect(decodeLine('{"errorDetail":{"message":"a"},"error":"b"}')).toEqual({ failure: "a" });
    expect(decodeLine('{"error":"b"}')).toEqual({ failure: "b" });
  });

  it("shows a line that is no message", () => {
    expect(decodeLine("<html>busy</html>\r")).toEqual({ text: "<html>busy</html>\n" });
  });
});

describe("followStream", () => {
  it("puts output together, wherever the stream was cut", async () => {
    const text = wire(
      { stream: "Step 1/2 : RUN häl" },
      { stream: "lo ✓\n" },
      "noise",
      { stream: "\n" },
      { aux: { ID: "sha256:12" } },
    );
    await fc.assert(
      fc.asyncProperty(cuts, async (at) => {
        const { id, shown } = await follow(text, at);
        expect(shown).toEqual(["Step 1/2 : RUN hällo ✓", "noise"]);
        expect(id).toBe("sha256:12");
      }),
    );
  });

  it("rejects on an error inside a stream, with the end of the log", async () => {
    const steps = Array.from({ length: 100 }, (_, index) => ({ stream: `line ${index}\n` }));
    const failure = follow(wire(...steps, { errorDetail: { code: 1, message: "returned 1" }, error: "returned 1" }));
    await expect(failure).rejects.toMatchObject({ code: "build", message: "build x: returned 1" });
    const details = await failure.then(
      () => [],
      (error: { details: string[] }) => error.details,
    );
    expect(details).toHaveLength(40);
    expect(details.at(-1)).toBe("line 99");
  });

  it("shows no terminal codes, in which the classic builder wraps what a step writes to stderr", async () => {
    expect((await follow(wire({ stream: "\u001b[91mwarning: x\n\u001b[0m" }))).shown).toEqual(["warning: x"]);
  });

  it("recognises a full disk of the engine", async () => {
    const failure = follow(wire({ error: "write /var/lib/x: no space left on device" }));
    await expect(failure).rejects.toMatchObject({
      code: "failed",
      next: expect.stringContaining("majek-lab prune --images"),
    });
  });

  it("rejects when the connection breaks", async () => {
    const broken = Readable.from(
      (async function* () {
        yield '{"stream":"a\\n"}\n';
        throw Object.assign(new Error("aborted"), { code: "ECONNRESET" });
      })(),
    );
    await expect(followStream(broken, "build x")).rejects.toThrow("aborted");
  });

  it("takes the id from the text only when no message has it, and never from what a step printed", async () => {
    const done = { stream: "Successfully built 0123456789ab\n" };
    expect((await follow(wire(done))).id).toBe("0123456789ab");
    expect((await follow(wire({ aux: { ID: "sha256:ff" } }, done))).id).toBe("sha256:ff");
    expect((await follow(wire({ stream: "0123456789ab\n" }, { stream: " ---> 0123456789ab\n" }))).id).toBeUndefined();
  });
});
