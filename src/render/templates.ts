import Handlebars from "handlebars";
import { LabError } from "../model/errors.js";

/** Texts of templates/, by path below it, e.g. `partials/banner.hbs`. */
export type Templates = Readonly<Record<string, string>>;

/** What a template may be given. Nested objects are left out on purpose: a template stays readable. */
export type TemplateValues = Readonly<Record<string, string | number | boolean | readonly string[]>>;

const PARTIALS = /^partials\/(.+)\.hbs$/;

function load(templates: Templates, name: string): string {
  const text = Object.hasOwn(templates, name) ? templates[name] : undefined;
  if (text !== undefined) return text;
  throw new LabError("failed", `the template ${name} is missing`, {
    where: "templates/",
    next: "install majek-lab again",
  });
}

/**
 * Names of the values that a template and its partials use. Strict mode refuses `{{x}}` without x, but `{{#if x}}`
 * would quietly take the other branch: so every name is checked before rendering.
 */
function namesIn(text: string, templates: Templates): Set<string> {
  const names = new Set<string>();
  class Collector extends Handlebars.Visitor {
    override PathExpression(path: hbs.AST.PathExpression): void {
      const [first] = path.parts;
      if (!path.data && first !== undefined) names.add(first);
    }
    override BlockStatement(block: hbs.AST.BlockStatement): void {
      // The helper's own name is a path too.
      for (const parameter of block.params) this.accept(parameter);
      this.accept(block.program);
      if (block.inverse) this.accept(block.inverse);
    }
    override PartialStatement(partial: hbs.AST.PartialStatement): void {
      const name = (partial.name as hbs.AST.PathExpression).original;
      for (const inner of namesIn(load(templates, `partials/${name}.hbs`), templates)) names.add(inner);
    }
  }
  new Collector().accept(Handlebars.parse(text));
  return names;
}

function checkValues(name: string, text: string, templates: Templates, values: TemplateValues): void {
  const missing = [...namesIn(text, templates)].filter((used) => !Object.hasOwn(values, used));
  if (missing.length === 0) return;
  throw new LabError("failed", `templates/${name} uses ${missing.join(", ")}, which it is not given`, {
    where: `templates/${name}`,
    next: "a template and the code that fills it differ: install majek-lab again",
  });
}

/**
 * Fills a template. Nothing is escaped: values that need quoting are quoted by `quote.ts` before.
 * @throws LabError "failed" for a template that is missing or uses a name it is not given
 */
export function fill(templates: Templates, name: string, values: TemplateValues): string {
  const handlebars = Handlebars.create();
  const text = load(templates, name);
  const all: TemplateValues = { ...values, template: name };
  checkValues(name, text, templates, all);
  for (const [path, partial] of Object.entries(templates)) {
    const partialName = PARTIALS.exec(path)?.[1];
    if (partialName !== undefined) handlebars.registerPartial(partialName, partial);
  }
  return handlebars.compile(text, { noEscape: true, strict: true, preventIndent: true })(all);
}
