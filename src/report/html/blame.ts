import type { BlameShare, BlameSummary } from "../../model/blame-summary.js";
import { count, percent } from "../numbers.js";
import { type Figure, figure } from "./figure.js";
import { barsPlot } from "./plots.js";

/** As many bars as a reader takes in; the file of the run has all. */
const MOST = 12;

async function bars(shares: readonly BlameShare[], by: string, variant: string): Promise<readonly Figure[]> {
  const shown = shares.slice(0, MOST).map((share) => ({ ...share, name: share.name || "(none)" }));
  if (shown.length === 0) return [];
  const more = shares.length > MOST ? `, the ${MOST} largest of ${count(shares.length)}` : "";
  const told = shown.slice(0, 3).map(({ name, pages }) => `${name} ${count(pages)}`);
  return [
    await figure(barsPlot(shown), {
      caption: `${variant}: lost pages by ${by}${more}. A page with several causes counts for each.`,
      alternative: `Bars of lost pages by ${by} in ${variant}, most first: ${told.join(", ")}.`,
    }),
  ];
}

async function section(blame: BlameSummary): Promise<BlameSection> {
  const { variant, requestsPerWorker, lostPages, namedFraction, causes, types } = blame;
  return {
    variant,
    lead: `${count(lostPages)} lost pages after ${count(requestsPerWorker)} requests per worker, over all workers; a cause is named for ${percent(namedFraction)} of them.`,
    figures: [...(await bars(causes, "cause", variant)), ...(await bars(types, "type", variant))],
  };
}

/** The section on why pages were lost: empty where the run holds no blame. */
export async function renderBlame(blame: readonly BlameSummary[] | undefined): Promise<readonly BlameSection[]> {
  return Promise.all((blame ?? []).map(section));
}

/** One variant's part. */
export interface BlameSection {
  readonly variant: string;
  readonly lead: string;
  readonly figures: readonly Figure[];
}
