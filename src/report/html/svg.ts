import { parse, View } from "vega";
import { type Config, compile, type TopLevelSpec } from "vega-lite";

const INK = "var(--ink)";
const LINE = "var(--line)";

/** Drawn with the colours and the font of the page around it. */
const CONFIG: Config = {
  background: "transparent",
  font: "inherit",
  aria: false,
  view: { stroke: null },
  axis: {
    labelColor: INK,
    titleColor: INK,
    gridColor: LINE,
    domainColor: LINE,
    tickColor: LINE,
    titleFontWeight: "normal",
  },
  legend: { labelColor: INK, titleColor: INK, labelFontSize: 12 },
  header: { labelColor: INK, titleColor: INK, labelFontSize: 12, labelFontWeight: "bold" },
};

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}

/**
 * A plot as static SVG, without scripts.
 * @param alternative - what it shows, for who does not see it
 */
export async function toSvg(spec: TopLevelSpec, alternative: string): Promise<string> {
  const view = new View(parse(compile({ ...spec, config: CONFIG }).spec), { renderer: "none" });
  try {
    const svg = await view.toSVG();
    // One image with one text: its parts have no names of their own, which `aria: false` leaves them roles without.
    const silent = svg.replaceAll(/ (?:role="graphics-[a-z]+"|aria-roledescription="[a-z ]+")/g, "");
    return silent.replace("<svg ", `<svg role="img" aria-label="${escaped(alternative)}" `);
  } finally {
    view.finalize();
  }
}
