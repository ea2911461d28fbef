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

/** What a spreadsheet takes for a formula, and runs; these texts are whatever a student wrote. */
const FORMULA = /^[=+\-@\t\r]/;

/** A text that stays one: spreadsheets show what stands behind an apostrophe. */
const harmless = (text: string): string => (FORMULA.test(text) ? `'${text}` : text);

/** One row for each variant that a student measured; one without measures where there is none. Memory in bytes. */
export function classCsv({ steps }: Handout, students: readonly Student[]): string {
  const rows = students.flatMap(({ name, passed, hints, solutions, flags, measures }) => {
    const who = [harmless(name), passed.length, steps.length, hints, solutions, harmless(flags.join("; "))];
    if (measures.length === 0) return [who];
    return measures.map((one) => [
      ...who,
      harmless(one.lab),
      harmless(one.run),
      harmless(one.variant),
      one.requestsPerWorker,
      one.fleetBytes,
      one.lostBytes,
      one.sharedFraction,
    ]);
  });
  return [HEADER, ...rows].map(csvLine).join("");
}
