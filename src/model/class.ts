import type { WorkshopProgress } from "./workshop.js";

/** One student's file, as `workshop export` writes it. schemaVersion history: 1 - first format. */
export interface StudentExport {
  readonly schemaVersion: 1;
  /** As the student wrote it; it stays where the file goes. */
  readonly name: string;
  readonly toolVersion: string;
  readonly progress: WorkshopProgress;
  /** Text of each run.json that a passed step names, by run id. */
  readonly runs: Readonly<Record<string, string>>;
}

/** A variant of a student's run, at its last checkpoint. */
export interface StudentMeasure {
  readonly lab: string;
  readonly run: string;
  readonly variant: string;
  readonly requestsPerWorker: number;
  readonly fleetBytes: number | null;
  readonly lostBytes: number | null;
  readonly sharedFraction: number | null;
}

/** What a class table has of a student. */
export interface Student {
  readonly name: string;
  /** Ids of the passed steps. */
  readonly passed: readonly string[];
  readonly hints: number;
  readonly solutions: number;
  readonly measures: readonly StudentMeasure[];
  /** Why this file should be looked at; empty where nothing is odd. */
  readonly flags: readonly string[];
}
