import { join } from "node:path";
import { z } from "zod";
import type { BlameSummary } from "../model/blame-summary.js";
import { readTextIfPresent } from "../system/files.js";

const share = z.object({ name: z.string(), pages: z.int().min(0), only: z.int().min(0) });

/** Other keys of the file are left out: a report shows sums. */
const summary: z.ZodType<BlameSummary> = z.object({
  variant: z.string(),
  requestsPerWorker: z.int().min(0),
  lostPages: z.int().min(0),
  namedFraction: z.number().min(0).max(1).nullable(),
  causes: z.array(share),
  types: z.array(share),
  processes: z.array(z.object({ role: z.enum(["master", "worker"]) })),
  pages: z.array(
    z.object({
      address: z.string().regex(/^0x[0-9a-f]+$/),
      verdicts: z.array(z.object({ processes: z.array(z.int().min(0)) })),
    }),
  ),
});

function parsed(text: string): BlameSummary | undefined {
  try {
    return summary.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/**
 * What is known of why pages were lost; variants without a readable `blame/<variant>.json` are left out.
 * @param directory - folder of the run
 */
export async function readBlame(directory: string, variants: readonly string[]): Promise<readonly BlameSummary[]> {
  const texts = await Promise.all(variants.map((name) => readTextIfPresent(join(directory, "blame", `${name}.json`))));
  return texts.flatMap((text) => (text === undefined ? [] : (parsed(text) ?? [])));
}
