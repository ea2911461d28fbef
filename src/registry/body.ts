import type { Dispatcher } from "undici";

type Answer = Pick<Dispatcher.ResponseData, "headers" | "body">;

/** Bytes that an answer says it has; `undefined` where it does not say. */
export function announcedBytes({ headers }: Answer): number | undefined {
  const length = headers["content-length"];
  return length === undefined ? undefined : Number(length);
}

/** Ends an answer that nobody wants to read, with its connection. */
export function discard({ body }: Answer): void {
  body.on("error", () => undefined).destroy();
}

/**
 * An answer that must be small, whole; it is not read further than to see that it is not.
 * @param limit - in bytes
 * @param tooLarge - makes the error for one that announces more, or has more
 */
export async function readSmall(answer: Answer, limit: number, tooLarge: () => Error): Promise<Buffer> {
  if ((announcedBytes(answer) ?? 0) > limit) {
    discard(answer);
    throw tooLarge();
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer.body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The beginning of an answer that may be of any length. @param limit - in bytes; one chunk more may be read */
export async function readBeginning({ body }: Answer, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    chunks.push(chunk);
    if (size >= limit) break;
  }
  return Buffer.concat(chunks).toString("utf8", 0, limit);
}
