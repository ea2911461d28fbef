// What looking at fleets under load has cost, from the events of runs.
// Usage: node scripts/live-cost.mjs RUN_FOLDER...
import { pathToFileURL } from "node:url";
import { readEvents } from "../dist/results/events-file.js";

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/**
 * @param runs - the events of each run
 * @returns samples; medians of the probe's and the tool's milliseconds; processor time of all / time from the first
 *   sample of a leg to the last, of one core
 */
export function liveCost(runs, variant) {
  const all = runs.flatMap((events) => events.filter((event) => event.event === "sample" && event.variant === variant));
  let [spent, watched] = [0, 0];
  for (const events of runs) {
    let before;
    for (const event of events) {
      // The load stands still around a checkpoint, and nothing is looked at.
      if (event.event !== "sample" || event.variant !== variant) before = undefined;
      else {
        if (before !== undefined) {
          spent += before.cost.probe + event.cost.tool;
          watched += (Date.parse(event.time) - Date.parse(before.time)) / 1000;
        }
        before = event;
      }
    }
  }
  return {
    samples: all.length,
    milliseconds: median(all.map(({ cost }) => cost.probe)) * 1000,
    tool: median(all.map(({ cost }) => cost.tool)) * 1000,
    share: watched === 0 ? 0 : spent / watched,
  };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const runs = await Promise.all(process.argv.slice(2).map((folder) => readEvents(folder)));
  for (const variant of new Set(runs.flat().flatMap(({ variant: name }) => name ?? []))) console.log(variant, liveCost(runs, variant));
}
