import { describe, expect, it } from "vitest";
import { freezePatiently } from "../../../src/docker/freeze.js";

/** An attempt that fails so often, with these words. */
function failing(times: number, words: string) {
  const state = { attempts: 0 };
  const freeze = async (): Promise<void> => {
    state.attempts += 1;
    if (state.attempts <= times) throw new Error(words);
  };
  return { state, freeze };
}

const BUSY = "OCI runtime pause failed: unable to freeze: unknown";

describe("freezing a container", () => {
  it("is tried again where the machine was too busy", async () => {
    const { state, freeze } = failing(3, BUSY);
    await freezePatiently(freeze, 1);
    expect(state.attempts).toBe(4);
  });

  it("is given up in the end", async () => {
    const { state, freeze } = failing(1000, BUSY);
    await expect(freezePatiently(freeze, 1)).rejects.toThrow("unable to freeze");
    expect(state.attempts).toBe(10);
  });

  it("is not tried again where that cannot help", async () => {
    const { state, freeze } = failing(1, "container is not running");
    await expect(freezePatiently(freeze, 1)).rejects.toThrow("not running");
    expect(state.attempts).toBe(1);
  });
});
