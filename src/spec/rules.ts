import { parseExpression, referencesOf } from "../model/expression.js";
import { isPython2 } from "../model/guest.js";
import { METRICS } from "../model/metrics.js";
import { didYouMean } from "../model/suggest.js";
import { maskProblem } from "./masks.js";
import { MEMORY_LIMITS, memoryBytes } from "./memory.js";
import type { Locator, Path } from "./positions.js";
import { dotted, type Problem } from "./problems.js";
import type { LabFile } from "./schema.js";

/** What a rule finds: where, what, and for text values the column inside it (from 1). */
interface Finding {
  readonly path: Path;
  readonly message: string;
  readonly column?: number;
}

type Rule = (lab: LabFile) => readonly Finding[];

/** Names that something else has already. */
const TAKEN: ReadonlyMap<string, string> = new Map([
  ["latest", "results/latest is the newest run"],
  ["constructor", "every JavaScript object has it"],
]);

const names: Rule = ({ name, variants: all }) =>
  [["name"] as const, ...Object.keys(all).map((variant) => ["variants", variant] as const)].flatMap((path) => {
    const chosen = path[1] ?? name;
    const why = TAKEN.get(chosen);
    return why === undefined ? [] : [{ path, message: `cannot be called ${chosen}: ${why}; choose another name` }];
  });

const memory: Rule = ({ fleet }) => {
  const bytes = memoryBytes(fleet.memory);
  if (bytes >= MEMORY_LIMITS.least && bytes <= MEMORY_LIMITS.most) return [];
  return [{ path: ["fleet", "memory"], message: `must be from 64m to 1024g, got ${fleet.memory}` }];
};

const application: Rule = ({ name, app, appFrom }) => {
  if (app === undefined && appFrom === null) return [{ path: [], message: "needs app, or appFrom: NAME" }];
  if (app !== undefined && appFrom !== null) return [{ path: ["appFrom"], message: "cannot stand beside app" }];
  return appFrom === name ? [{ path: ["appFrom"], message: "is this lab itself" }] : [];
};

/** Normalised names of what is required. */
function requiredNames({ requirements }: NonNullable<LabFile["app"]>): (string | undefined)[] {
  return requirements.map((text) => /^[A-Za-z0-9._-]+/.exec(text)?.[0].toLowerCase().replace(/[._]/g, "-"));
}

const server: Rule = ({ app }) => {
  if (app === undefined) return [];
  const names = requiredNames(app);
  const findings: Finding[] = names.flatMap((name, index) =>
    names.indexOf(name) === index ? [] : [{ path: ["app", "requirements", index], message: `names ${name} again` }],
  );
  if (names.includes("gunicorn")) return findings;
  return [...findings, { path: ["app", "requirements"], message: "must name gunicorn, the server of the fleet" }];
};

/** Debian's packages of the server; clients and libraries have other names. */
const POSTGRES_SERVER = /^postgresql(-\d+)?$/;

const postgres: Rule = ({ app, variants: all }) => {
  if (app?.database !== "postgres") return [];
  const findings: Finding[] = [];
  const add = (path: Path, message: string): void => void findings.push({ path, message });
  if (app.fixture === null) add(["app", "database"], "postgres needs app.fixture, the SQL that app.prepare makes");
  if (!app.apt.some((name) => POSTGRES_SERVER.test(name))) {
    add(["app", "apt"], "must name postgresql-17, the server of app.database: postgres");
  }
  if (app.steps.length > 0) add(["app", "steps"], "have no PostgreSQL while the image is built; use app.prepare");
  if (Object.values(all).some(({ python }) => isPython2(python))) {
    add(["app", "database"], "postgres needs Python 3");
  }
  return findings;
};

const database: Rule = ({ app }) => {
  if (app === undefined) return [];
  if (app.database === "sqlite" && app.fixture === null) {
    const message = "sqlite needs app.fixture, the file that app.prepare or app.steps make";
    return [{ path: ["app", "database"], message }];
  }
  if (app.database === "none" && app.fixture !== null) {
    return [{ path: ["app", "fixture"], message: "needs app.database: sqlite or postgres" }];
  }
  if (app.steps.length > 0 && app.settings === null) {
    return [{ path: ["app", "steps"], message: "need app.settings, the settings module they run with" }];
  }
  return [];
};

const requests: Rule = ({ load, short }) => {
  const findings: Finding[] = [];
  if (Object.keys(load.paths).length === 0) findings.push({ path: ["load", "paths"], message: "must have an address" });
  const checkpoints = load.checkpoints ?? [];
  checkpoints.forEach((value, index) => {
    const path = ["load", "checkpoints", index];
    const previous = checkpoints[index - 1];
    if (previous !== undefined && value <= previous) findings.push({ path, message: `must be above ${previous}` });
    else if (value > load.requestsPerWorker) {
      findings.push({ path, message: `is above load.requestsPerWorker, ${load.requestsPerWorker}` });
    }
  });
  if (short !== null && short.requestsPerWorker > load.requestsPerWorker) {
    const message = `is above load.requestsPerWorker, ${load.requestsPerWorker}`;
    findings.push({ path: ["short", "requestsPerWorker"], message });
  }
  return findings;
};

const masks: Rule = ({ load }) =>
  load.mask.flatMap((pattern, index) => {
    const message = maskProblem(pattern);
    return message === undefined ? [] : [{ path: ["load", "mask", index], message }];
  });

const variants: Rule = (lab) => {
  const all = Object.entries(lab.variants);
  const findings: Finding[] = all.flatMap(([name, variant]) => variantFindings(["variants", name], variant));
  if (all.length === 0) findings.push({ path: ["variants"], message: "must have a variant" });
  if (new Set(all.map(([, { python }]) => isPython2(python))).size > 1) {
    findings.push({
      path: ["variants"],
      message: "mixes Python 2 and 3: packages are installed once for all variants",
    });
  }
  if (all.length > MAX_VARIANTS) findings.push({ path: ["variants"], message: `must have at most ${MAX_VARIANTS}` });
  if ((lab.app?.steps.length ?? 0) > 0 && all.some(([, { python }]) => isPython2(python))) {
    findings.push({ path: ["app", "steps"], message: "need Python 3; use app.prepare" });
  }
  const { baseline } = lab;
  if (baseline !== undefined && !Object.hasOwn(lab.variants, baseline)) {
    const message = `there is no variant ${JSON.stringify(baseline)}${didYouMean(baseline, Object.keys(lab.variants))}`;
    findings.push({ path: ["baseline"], message });
  }
  return findings;
};

const MAX_VARIANTS = 50;

const isSeal = (step: string): boolean => /^seal(-|$)/.test(step);

function variantFindings(path: Path, variant: LabFile["variants"][string]): Finding[] {
  const findings: Finding[] = [];
  if (!variant.preload && variant.beforeFork.length > 0) {
    findings.push({ path: [...path, "beforeFork"], message: "needs preload: nothing is loaded before the fork" });
  }
  if (!variant.preload && (variant.warmup ?? 0) > 0) {
    findings.push({ path: [...path, "warmup"], message: "needs preload: the master has nothing to warm up" });
  }
  variant.beforeFork.forEach((step, index) => {
    const at = [...path, "beforeFork", index];
    if (step !== "string-segment" && isPython2(variant.python)) {
      findings.push({ path: at, message: `${step} needs Python 3: 2.7 has string-segment only` });
    } else if (step !== "freeze" && !variant.python.endsWith("+majek")) {
      findings.push({ path: at, message: `${step} needs the patched interpreter: python: "${variant.python}+majek"` });
    }
    const first = variant.beforeFork.find((other) => other === step || (isSeal(other) && isSeal(step)));
    if (first === step && variant.beforeFork.indexOf(step) === index) return;
    findings.push({ path: at, message: first === step ? `names ${step} again` : `a heap is sealed once: by ${first}` });
  });
  return findings;
}

const workerClasses: Rule = ({ app, warmup: served, variants: all }) =>
  Object.entries(all).flatMap(([name, { workerClass, threads, preload, python, warmup = served }]) => {
    const path = ["variants", name];
    const findings: Finding[] = [];
    const add = (key: string, message: string): void => void findings.push({ path: [...path, key], message });
    if (threads > 1 && workerClass !== "gthread") add("threads", "needs workerClass: gthread");
    if (workerClass !== "sync" && isPython2(python)) add("workerClass", "needs Python 3");
    if (workerClass !== "uvicorn") return findings;
    if (preload && warmup > 0)
      add("workerClass", "uvicorn needs warmup: 0, or preload: false: the warm-up speaks WSGI");
    if (app === undefined) return findings;
    if (app.asgi === undefined) add("workerClass", "uvicorn needs app.asgi");
    for (const needed of ["uvicorn", "uvicorn-worker"]) {
      if (!requiredNames(app).includes(needed)) add("workerClass", `uvicorn needs ${needed} in app.requirements`);
    }
    return findings;
  });

function pointFindings({ load, short }: LabFile, at: number, path: Path, column: number): Finding[] {
  const { checkpoints = [0], requestsPerWorker } = load;
  const last = path[0] === "short" ? (short?.requestsPerWorker ?? 0) : requestsPerWorker;
  if (at === last || (at < last && checkpoints.includes(at))) return [];
  const all = [...checkpoints.filter((point) => point < last), last].join(", ");
  return [{ path, column, message: `there is no checkpoint ${at}; there are ${all}` }];
}

function expressionFindings(lab: LabFile, texts: readonly string[], base: Path): Finding[] {
  return texts.flatMap((text, index): Finding[] => {
    const path = [...base, index];
    const { expression, problem } = parseExpression(text);
    if (expression === undefined) return [{ path, ...problem }];
    const references = [...referencesOf(expression.left), ...referencesOf(expression.right)];
    if (references.length === 0) return [{ path, message: "names no variant: it would always come to the same" }];
    return references.flatMap(({ variant, metric, at, column }): Finding[] => {
      if (!Object.hasOwn(lab.variants, variant)) {
        const hint = didYouMean(variant, Object.keys(lab.variants));
        return [{ path, column, message: `there is no variant ${JSON.stringify(variant)}${hint}` }];
      }
      if (METRICS.has(metric)) return at === null ? [] : pointFindings(lab, at, path, column);
      const message = `there is no metric ${JSON.stringify(metric)}${didYouMean(metric, METRICS.keys())}`;
      return [{ path, column: column + variant.length + 1, message }];
    });
  });
}

const expectations: Rule = (lab) => [
  ...expressionFindings(lab, lab.expect, ["expect"]),
  ...expressionFindings(lab, lab.short?.expect ?? [], ["short", "expect"]),
];

const RULES: readonly Rule[] = [
  names,
  memory,
  application,
  server,
  database,
  postgres,
  requests,
  masks,
  variants,
  workerClasses,
  expectations,
];

/** Checks what spans several keys, or needs more than a type. */
export function checkRules(lab: LabFile, locate: Locator): Problem[] {
  return RULES.flatMap((rule) => rule(lab)).map(({ path, message, column }) => ({
    ...(column === undefined ? locate.value(path) : locate.within(path, column)),
    path: dotted(path),
    message,
  }));
}
