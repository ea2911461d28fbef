import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeSeedHere } from "../../../src/lock/seed-host.js";
import { readEnvironment } from "../../../src/system/env.js";

it("does not begin a seed once Ctrl-C was pressed", async () => {
  const step = { update: () => undefined, done: () => undefined, fail: () => undefined };
  const making = makeSeedHere(readEnvironment(), join(tmpdir(), "never"), step, AbortSignal.abort());
  await expect(making).rejects.toMatchObject({ code: "interrupted" });
});
