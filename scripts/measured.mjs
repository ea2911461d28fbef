// Writes labs/measured.json: what the newest short run of each lab took, for `majek-lab list` where nobody has run it yet.
// Usage: node scripts/measured.mjs RESULTS
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { listRuns } from "../dist/results/locate.js";
import { measuredOf, readMeasured } from "../dist/results/measured.js";
import { readRun } from "../dist/results/read.js";

const root = resolve(import.meta.dirname, "..");
const [results] = process.argv.slice(2);
if (results === undefined) throw new Error("usage: node scripts/measured.mjs RESULTS");

// What was measured before stays for labs that were not run again.
const labs = await readMeasured(root);
for (const { lab, directory } of await listRuns(resolve(results))) {
  const run = await readRun(directory);
  const measured = measuredOf(run);
  if (run.mode === "short" && measured !== undefined) labs[lab] = measured;
}
const known = readdirSync(join(root, "labs")).filter((name) => existsSync(join(root, "labs", name, "lab.yaml")));
const entries = Object.entries(labs).filter(([name]) => known.includes(name));
entries.sort(([a], [b]) => (a < b ? -1 : 1));
const text = JSON.stringify({ schemaVersion: 1, labs: Object.fromEntries(entries) }, null, 2);
writeFileSync(join(root, "labs/measured.json"), `${text}\n`);
console.log(`${entries.length} of ${known.length} labs are in labs/measured.json`);
