import type { TopLevelSpec } from "vega-lite";
import { toSvg } from "./svg.js";

/** A drawing with its words. */
export interface Figure {
  readonly svg: string;
  readonly caption: string;
}

/** @param words - what everybody reads below it, and what somebody reads in its place */
export async function figure(
  spec: TopLevelSpec,
  words: { readonly caption: string; readonly alternative: string },
): Promise<Figure> {
  return { svg: await toSvg(spec, words.alternative), caption: words.caption };
}
