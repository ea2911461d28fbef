import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { CheckOutcome, Handout, HandoutStep } from "../model/workshop.js";
import { dashboardFiles } from "../report/html/dashboard.js";
import { markdownHtml } from "../report/html/markdown.js";
import { serveWorkshop, type WorkshopAct } from "../report/workshop-server.js";
import { findStep, progressOf } from "../workshop/progress.js";
import { NewestFeed } from "./newest-feed.js";
import { showInBrowser } from "./report.js";
import { begin, checkStep, goTo, nextHint, type Started, solveStep, started } from "./workshop.js";
import type { Workspace } from "./workspace.js";

/** A step as the page shows it: what was not asked for yet is not in it. */
function stepView(step: HandoutStep, { progress }: Started) {
  const { hintsShown, solutionShown, passedAt } = progressOf(progress, step.id);
  return {
    id: step.id,
    title: step.title,
    minutes: step.minutes,
    html: markdownHtml(step.text),
    checks: step.checks.map(({ name }) => name),
    hints: step.hints.slice(0, hintsShown).map(markdownHtml),
    hintsLeft: step.hints.length - hintsShown,
    solution: solutionShown && step.solution !== null ? markdownHtml(step.solution) : null,
    solvable: step.solution !== null,
    passed: passedAt !== null,
  };
}

function view(state: Started, checked?: { readonly step: string; readonly outcomes: readonly CheckOutcome[] }) {
  const { handout, progress }: { handout: Handout; progress: Started["progress"] } = state;
  return {
    title: handout.title,
    steps: handout.steps.map(({ id, title, minutes }) => ({
      id,
      title,
      minutes,
      passed: progressOf(progress, id).passedAt !== null,
    })),
    // What was just checked stays in sight, with its numbers, though the next step is the current one.
    step: stepView(findStep(handout, progress, checked?.step), state),
    next: progress.current,
    outcomes: checked?.outcomes ?? null,
  };
}

async function act(workspace: Workspace, resultsDir: string, { verb, step }: WorkshopAct) {
  if (verb === "check") {
    const { outcomes } = await checkStep(workspace, step, resultsDir);
    return view(await started(workspace), { step, outcomes });
  }
  if (verb === "show") return view(await goTo(workspace, step));
  await (verb === "hint" ? nextHint(workspace, step) : solveStep(workspace, step));
  return view(await started(workspace), { step, outcomes: [] });
}

/**
 * `workshop serve`: the steps of a lab in a browser, with the newest run beside them, until Ctrl-C. Progress is the same
 * that the other verbs use.
 * @param options.open - show it in the desktop's browser
 */
export async function workshopServe(
  workspace: Workspace,
  name: string,
  options: { readonly results: string; readonly open?: boolean },
): Promise<void> {
  const { handout } = await begin(workspace, name);
  const resultsDir = resolve(workspace.workingDirectory, options.results);
  const templates = join(workspace.packageRoot, "templates");
  const text = (file: string): Promise<string> => readFile(join(templates, file), "utf8");
  const feed = new NewestFeed(resultsDir);
  const { signal } = workspace.interrupts;
  const pages = {
    page: await text("workshop.html"),
    script: await text("workshop.js"),
    style: await text("workshop.css"),
    dashboard: await dashboardFiles(templates, handout.lab),
    state: async () => view(await started(workspace)),
    act: (asked: WorkshopAct) => act(workspace, resultsDir, asked),
  };
  const server = await serveWorkshop(pages, feed);
  workspace.print(server.address);
  if (options.open) showInBrowser(server.address);
  const following = feed.follow(signal);
  // Something has to keep the command alive.
  const alive = setInterval(() => undefined, 60_000);
  try {
    await new Promise<void>((done) => signal.addEventListener("abort", () => done(), { once: true }));
    await following;
  } finally {
    clearInterval(alive);
    await server.close();
  }
}
