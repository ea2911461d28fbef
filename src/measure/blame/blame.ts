import type { BlameResult } from "../../model/blame.js";
import { sharesBy } from "../../model/blame-shares.js";
import type { Freezable, ProbePort } from "../sample.js";
import { attribute } from "./attribute.js";
import { type Capture, type SavedMaster, takeCapture } from "./capture.js";

/** What only the run knows. */
export type BlameHeading = Pick<BlameResult, "run" | "lab" | "variant" | "requestsPerWorker">;

const elapsed = (since: number): number => Math.round(performance.now() - since) / 1000;

/** A fleet whose master was saved at the gate. */
export interface BlamedFleet {
  readonly container: Freezable;
  readonly probe: ProbePort;
}

/**
 * Names the causes of every lost page of a fleet, as it is now.
 * @param master - what was saved before the first fork, and how long that took
 * @returns also what it was found in
 * @throws LabError "fleet" when the probe fails, or what was saved does not fit its format
 */
export async function blameFleet(
  fleet: BlamedFleet,
  master: SavedMaster & { readonly seconds: number },
  heading: BlameHeading,
): Promise<{ readonly result: BlameResult; readonly capture: Capture }> {
  const started = performance.now();
  const capture = await takeCapture(fleet.container, fleet.probe, master);
  const reading = elapsed(started);
  const result = blameCapture(capture, heading, { saving: master.seconds, reading });
  return { result, capture };
}

/** The same for what was read of it. */
export function blameCapture(
  capture: Capture,
  heading: BlameHeading,
  seconds: { readonly saving: number; readonly reading: number },
): BlameResult {
  const started = performance.now();
  const blamed = attribute(capture);
  const workers = blamed.processes.filter(({ role }) => role === "worker");
  const lostPages = workers.reduce((sum, { lost }) => sum + lost, 0);
  const named = workers.reduce((sum, worker) => sum + worker.named, 0);
  return {
    schemaVersion: 1,
    ...heading,
    python: capture.map.python,
    pageSize: 4096,
    p0Pages: capture.snapshot.pages.length,
    lostPages,
    namedFraction: lostPages === 0 ? null : named / lostPages,
    causes: sharesBy(blamed, ({ cause }) => cause),
    types: sharesBy(blamed, ({ type }) => type),
    modules: sharesBy(blamed, ({ module }) => module),
    ...blamed,
    seconds: { ...seconds, analysing: elapsed(started) },
  };
}
