import { appendFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openEvents, readEvents } from "../../../src/results/events-file.js";
import { exampleSample, numbered, STARTED } from "../report/example-events.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "majek-events-"));
});
afterEach(() => rm(folder, { recursive: true }));

const EVENTS = numbered(
  STARTED,
  { event: "progress", variant: "seal", requests: { mean: 1, min: 1, max: 1 }, rate: null, failed: 0 },
  { event: "sample", variant: "seal", ...exampleSample(10) },
);

describe("events.ndjson", () => {
  it("holds what happened, without what is only of the moment", async () => {
    const file = openEvents(folder);
    for (const event of EVENTS) file.add(event);
    await file.close();
    expect(await readEvents(folder)).toEqual([EVENTS[0], EVENTS[2]]);
  });

  it("is read up to a line that a kill cut off, and is empty for older runs", async () => {
    expect(await readEvents(folder)).toEqual([]);
    const file = openEvents(folder);
    for (const event of EVENTS) file.add(event);
    await file.close();
    const path = join(folder, "events.ndjson");
    await appendFile(path, (await readFile(path, "utf8")).slice(0, 40));
    expect((await readEvents(folder)).length).toBe(2);
  });

  it("does not stop a run that cannot write it", async () => {
    const file = openEvents(join(folder, "gone"));
    for (const event of EVENTS) file.add(event);
    await expect(file.close()).resolves.toBeUndefined();
  });
});
