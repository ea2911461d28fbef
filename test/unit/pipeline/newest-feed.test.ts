import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { RunEvent } from "../../../src/model/run-event.js";
import { NewestFeed } from "../../../src/pipeline/newest-feed.js";
import { openEvents } from "../../../src/results/events-file.js";
import { createRun } from "../../../src/results/store.js";
import { numbered, STARTED } from "../report/example-events.js";
import { exampleRun } from "../results/example-run.js";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "majek-feed-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** A run with its first event. @param variants - none: it has only just begun */
async function started(id: string, variants?: Record<string, never>): Promise<void> {
  const run = exampleRun({ id, ...(variants === undefined ? {} : { variants, status: "partial" }) });
  const writer = await createRun(folder, run);
  const file = openEvents(writer.directory);
  for (const event of numbered({ ...STARTED, run: id } as RunEvent)) file.add(event);
  await file.close();
  await writer.close();
}

it("shows a run from its first moment, though an older one is the latest that has a whole variant", async () => {
  const feed = new NewestFeed(folder);
  const runs = () => feed.history.flatMap((event) => (event.event === "run-started" ? [event.run] : []));
  await feed.look();
  expect(runs()).toEqual([]);
  await started("20261123T182000Z-a1b2");
  await feed.look();
  expect(runs()).toEqual(["20261123T182000Z-a1b2"]);
  await started("20261124T182000Z-a1b2", {});
  await feed.look();
  expect(runs()).toEqual(["20261124T182000Z-a1b2"]);
  expect(feed.history.map(({ id }) => id)).toEqual([2]);
});
