import { randomBytes } from "node:crypto";

/** Shape of a run id: UTC time to the second, then four random hex digits. */
export const RUN_ID = /^\d{8}T\d{6}Z-[0-9a-f]{4}$/;

/**
 * A run id that sorts by start time, e.g. `20261123T182000Z-a1b2`.
 * @param now - when the run started
 * @param random - four hex digits; tests give their own
 */
export function newRunId(now: Date, random: string = randomBytes(2).toString("hex")): string {
  const time = now
    .toISOString()
    .replace(/\.\d+Z$/, "Z")
    .replace(/[-:]/g, "");
  return `${time}-${random}`;
}
