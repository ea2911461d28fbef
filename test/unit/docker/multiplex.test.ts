import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { demultiplex, FrameReader } from "../../../src/docker/multiplex.js";

interface Frame {
  readonly stream: 0 | 1 | 2;
  readonly payload: Uint8Array;
}

function encode({ stream, payload }: Frame): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

const frame = fc.record({ stream: fc.constantFrom(0 as const, 1 as const, 2 as const), payload: fc.uint8Array() });

describe("FrameReader", () => {
  it("gives every stream its bytes, however they are cut", () => {
    fc.assert(
      fc.property(fc.array(frame), fc.integer({ min: 1, max: 40 }), (frames, size) => {
        const bytes = Buffer.concat(frames.map(encode));
        const found = new Map<number, Buffer>();
        const reader = new FrameReader((stream, part) => {
          found.set(stream, Buffer.concat([found.get(stream) ?? Buffer.alloc(0), part]));
        });
        for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
        for (const stream of [0, 1, 2]) {
          const expected = Buffer.concat(frames.filter((one) => one.stream === stream).map(({ payload }) => payload));
          expect(found.get(stream) ?? Buffer.alloc(0)).toEqual(expected);
        }
      }),
    );
  });

  it("hands on a frame before it is complete", () => {
    const parts: string[] = [];
    const reader = new FrameReader((_stream, part) => parts.push(part.toString()));
    reader.push(encode({ stream: 1, payload: Buffer.from("hello") }).subarray(0, 10));
    expect(parts).toEqual(["he"]);
  });

  it("refuses bytes that are no frames", () => {
    expect(() => new FrameReader(() => undefined).push(Buffer.from("plain terminal output"))).toThrow("frame headers");
  });
});

describe("demultiplex", () => {
  it("ends both streams when the connection is lost, and keeps what came", async () => {
    const source = new PassThrough();
    const { stdout, stderr } = demultiplex(source);
    source.write(encode({ stream: 1, payload: Buffer.from("out") }));
    source.write(encode({ stream: 2, payload: Buffer.from("err") }).subarray(0, 10));
    setImmediate(() => source.destroy(new Error("reset")));
    expect(await text(stdout)).toBe("out");
    expect(await text(stderr)).toBe("er");
  });

  const kilobyte = encode({ stream: 1, payload: Buffer.alloc(1024, "x") });

  it("waits for a slow reader, and loses nothing", async () => {
    let made = 0;
    const source = Readable.from(
      (function* () {
        for (; made < 1000; made += 1) yield kilobyte;
      })(),
      { objectMode: false },
    );
    const { stdout } = demultiplex(source);
    const reader = stdout[Symbol.asyncIterator]();
    let read = (await reader.next()).value.length;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(made).toBeLessThan(300);
    for await (const chunk of reader) read += chunk.length;
    expect(read).toBe(1000 * 1024);
  });

  it("keeps what nobody reads, so that the other goes on", async () => {
    const unread = encode({ stream: 2, payload: Buffer.alloc(1024, "e") });
    const { stdout, stderr } = demultiplex(Readable.from(Array(500).fill(Buffer.concat([unread, kilobyte]))));
    expect((await text(stdout)).length).toBe(500 * 1024);
    expect((await text(stderr)).length).toBe(500 * 1024);
  });
});
