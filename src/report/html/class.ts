import { readFile } from "node:fs/promises";
import { join } from "node:path";
import Handlebars from "handlebars";
import type { TopLevelSpec } from "vega-lite";
import type { Student, StudentMeasure } from "../../model/class.js";
import type { Handout } from "../../model/workshop.js";
import { count, MISSING, megabytes, percent } from "../numbers.js";
import { type Figure, figure } from "./figure.js";

interface Named extends StudentMeasure {
  readonly name: string;
}

/** A dot for each student, a row for each variant. */
function dots(rows: readonly Named[]): TopLevelSpec {
  const values = rows.map(({ variant, fleetBytes }) => ({ variant, mb: (fleetBytes ?? 0) / 1e6 }));
  const variants = [...new Set(values.map(({ variant }) => variant))];
  return {
    data: { values },
    width: 620,
    height: { step: 34 },
    mark: { type: "circle", size: 90, opacity: 0.55, color: "var(--shared)" },
    encoding: {
      x: { field: "mb", type: "quantitative", title: "fleet MB", scale: { zero: true } },
      y: { field: "variant", type: "nominal", title: null, sort: variants },
    },
  };
}

function spread(rows: readonly Named[], variant: string): string {
  const own = rows.filter((row) => row.variant === variant).flatMap(({ fleetBytes }) => fleetBytes ?? []);
  return `${variant} ${megabytes(Math.min(...own))} to ${megabytes(Math.max(...own))} MB`;
}

async function labFigure(lab: string, rows: readonly Named[]): Promise<Figure> {
  const words = [...new Set(rows.map(({ variant }) => variant))].map((variant) => spread(rows, variant));
  return figure(dots(rows), {
    caption: `${lab}: what each fleet costs, a dot for each student.`,
    alternative: `Dots of fleet bytes by variant of ${lab}: ${words.join(", ")}.`,
  });
}

function rowOf({ steps }: Handout, student: Student) {
  const last = student.measures.at(-1);
  return {
    ...student,
    marks: steps.map(({ id, title }) => ({ title, done: student.passed.includes(id) })),
    last: last === undefined ? MISSING : `${last.variant} ${percent(last.sharedFraction)}`,
    odd: student.flags.length > 0,
  };
}

/**
 * A class on one page: no script, nothing from elsewhere.
 * @param templates - folder of the templates
 */
export async function classPage(templates: string, handout: Handout, students: readonly Student[]): Promise<string> {
  const measures = students.flatMap(({ name, measures: own }) => own.map((one) => ({ ...one, name })));
  const labs = [...new Set(measures.map(({ lab }) => lab))];
  const figures: Figure[] = [];
  for (const lab of labs) {
    const rows = measures.filter((one) => one.lab === lab && one.fleetBytes !== null);
    if (rows.length > 0) figures.push(await labFigure(lab, rows));
  }
  const template = Handlebars.create().compile(await readFile(join(templates, "class.hbs"), "utf8"), { strict: true });
  return template({
    title: handout.title,
    steps: handout.steps.map(({ title }, index) => ({ number: index + 1, title })),
    students: students.map((student) => rowOf(handout, student)),
    summary: `${count(students.length)} students, ${count(students.filter(({ passed }) => passed.length === handout.steps.length).length)} of them through all ${count(handout.steps.length)} steps`,
    odd: students.filter(({ flags }) => flags.length > 0),
    figures,
  });
}
