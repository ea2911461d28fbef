import type { Student } from "../model/class.js";
import type { Handout } from "../model/workshop.js";
import { csvLine } from "./csv.js";

const HEADER = [
  "name",
  "steps_passed",
  "steps",
  "hints",
  "solutions_seen",
  "flags",
  "lab",
  "run",
  "variant",
  "requests_per_worker",
  "fleet_bytes",
  "lost_bytes",
  "shared_fraction",
];

/** One row for each variant that a student measured; one without measures where there is none. Memory in bytes. */
export function classCsv({ steps }: Handout, students: readonly Student[]): string {
  const rows = students.flatMap(({ name, passed, hints, solutions, flags, measures }) => {
    const who = [name, passed.length, steps.length, hints, solutions, flags.join("; ")];
    if (measures.length === 0) return [who];
    return measures.map((one) => [
      ...who,
      one.lab,
      one.run,
      one.variant,
      one.requestsPerWorker,
      one.fleetBytes,
      one.lostBytes,
      one.sharedFraction,
    ]);
  });
  return [HEADER, ...rows].map(csvLine).join("");
}
