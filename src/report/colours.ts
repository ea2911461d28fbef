import { styleText } from "node:util";

type Paint = (text: string) => string;

/** The few meanings that colour carries here; without colour the words and columns say the same. */
export interface Colours {
  readonly good: Paint;
  readonly bad: Paint;
  readonly warning: Paint;
  readonly strong: Paint;
  readonly faint: Paint;
  readonly accent: Paint;
}

const asIs: Paint = (text) => text;

/** No colour: for files, pipes, NO_COLOR and TERM=dumb. */
export const PLAIN: Colours = { good: asIs, bad: asIs, warning: asIs, strong: asIs, faint: asIs, accent: asIs };

type Format = Parameters<typeof styleText>[0];

/** Whether to colour was decided by the caller, so the stream that Node would look at by itself does not matter. */
const paint =
  (format: Format): Paint =>
  (text) =>
    text === "" ? text : styleText(format, text, { validateStream: false });

const COLOURED: Colours = {
  good: paint("green"),
  bad: paint("red"),
  warning: paint("yellow"),
  strong: paint("bold"),
  faint: paint("dim"),
  accent: paint("cyan"),
};

/** @param coloured - true for a terminal whose user did not ask for plain text */
export function colours(coloured: boolean): Colours {
  return coloured ? COLOURED : PLAIN;
}
