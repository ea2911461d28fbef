import type { CheckOutcome, Handout, HandoutStep, WorkshopProgress } from "../model/workshop.js";
import { type Colours, colours } from "./colours.js";
import { alignColumns } from "./columns.js";
import type { Terminal } from "./exporters.js";

const paints = ({ coloured }: Terminal): Colours => colours(coloured ?? false);

/** Where a step stands among the others, `2 of 6`. */
function placeOf({ steps }: Handout, { id }: HandoutStep): string {
  return `${steps.findIndex((step) => step.id === id) + 1} of ${steps.length}`;
}

/** Markdown for a terminal: headings stand out, everything else is readable as it is. */
function readable(text: string, paint: Colours): string {
  return text.replace(/^#+ +(.*)$/gm, (_, heading: string) => paint.strong(heading));
}

/** A step's text, and what to do when it is done. */
export function showStep(handout: Handout, step: HandoutStep, terminal: Terminal): string {
  const paint = paints(terminal);
  const checks = step.checks.map(({ name }) => `  - ${name}`);
  const title = `Step ${placeOf(handout, step)}: ${step.title}`;
  return [
    paint.strong(paint.accent(title)),
    paint.faint(`about ${step.minutes} minutes`),
    "",
    readable(step.text, paint),
    "",
    ...(checks.length > 0 ? [paint.strong("When you are done"), ...checks] : []),
    paint.faint("majek-lab workshop check"),
  ].join("\n");
}

/** Every step in a line, the current one marked. */
export function showStatus(handout: Handout, progress: WorkshopProgress, terminal: Terminal): string {
  const paint = paints(terminal);
  const columns = ["", "step", "", "minutes", ""].map((title, index) => ({
    title,
    align: index === 3 ? ("right" as const) : ("left" as const),
  }));
  const rows = handout.steps.map(({ id, title, minutes }, index) => {
    const { passedAt, solutionShown } = progress.steps[id] ?? { passedAt: null, solutionShown: false };
    const mark = passedAt !== null ? paint.good("ok") : id === progress.current ? paint.accent("->") : "";
    return [mark, String(index + 1), title, String(minutes), solutionShown ? paint.faint("solution seen") : ""];
  });
  const all = handout.steps.reduce((sum, { minutes }) => sum + minutes, 0);
  return [paint.strong(`${handout.title} (${all} minutes)`), ...alignColumns(columns, rows).slice(1), ""].join("\n");
}

const WORDS = { met: "ok", "not met": "not yet", undecided: "not yet" } as const;

/** Each condition with its numbers; where all are met, what comes next. */
export function showOutcomes(
  handout: Handout,
  step: HandoutStep,
  outcomes: readonly CheckOutcome[],
  terminal: Terminal,
): string {
  const paint = paints(terminal);
  const lines = outcomes.flatMap(({ name, status, explanation, advice }) => {
    const word = status === "met" ? paint.good(WORDS[status].padEnd(8)) : paint.bad(WORDS[status].padEnd(8));
    const more = [...explanation.split("\n"), ...(advice === null ? [] : [advice])];
    return [`${word} ${name}`, ...more.map((text) => `         ${text}`)];
  });
  if (!outcomes.every(({ status }) => status === "met")) return lines.join("\n");
  const next = handout.steps[handout.steps.findIndex(({ id }) => id === step.id) + 1];
  const then = next === undefined ? "That was the last step." : `Next: majek-lab workshop show (${next.title})`;
  return [...lines, paint.strong(`Step ${placeOf(handout, step)} is done. `) + then].join("\n");
}
