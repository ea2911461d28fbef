import type { BlameResult, Subject } from "../model/blame.js";
import { savedWithout, sharesBy } from "../model/blame-shares.js";
import { type BlameView, chosenBy, matcher } from "./blame.js";

/** The result as if there were one worker: the numbers of processes stay what they are. */
function ofWorker(result: BlameResult, worker: number): BlameResult {
  const chosen = chosenBy(result, worker);
  const by = (nameOf: (subject: Subject) => string) => sharesBy(result, nameOf, chosen);
  const process = result.processes.find((_, index) => chosen(index));
  const [lost, named] = [process?.lost ?? 0, process?.named ?? 0];
  const pages = result.pages.flatMap((page) => {
    const verdicts = page.verdicts.flatMap(({ processes, subjects }) => {
      const left = processes.filter(chosen);
      return left.length === 0 ? [] : [{ processes: left, subjects }];
    });
    return verdicts.length === 0 ? [] : [{ ...page, verdicts }];
  });
  return {
    ...result,
    lostPages: lost,
    namedFraction: lost === 0 ? null : named / lost,
    causes: by(({ cause }) => cause),
    types: by(({ type }) => type),
    modules: by(({ module }) => module),
    pages,
  };
}

/** What fixing something would save: pages of 4 KiB, bytes. */
interface WhatIf {
  readonly schemaVersion: 1;
  readonly run: string;
  readonly lab: string;
  readonly variant: string;
  readonly whatIf: string;
  readonly lostPages: number;
  readonly savedPages: number;
  readonly savedBytes: number;
}

/**
 * What `--format json` prints of a variant: the stored result, that of one worker, or what fixing something would save.
 * @throws LabError "usage" where the view names what is not there
 */
export function blameJson(result: BlameResult, { worker, whatIf }: BlameView): BlameResult | WhatIf {
  const shown = worker === undefined ? result : ofWorker(result, worker);
  if (whatIf === undefined) return shown;
  const savedPages = savedWithout(result, matcher(whatIf), chosenBy(result, worker));
  const { run, lab, variant, lostPages, pageSize } = shown;
  return {
    schemaVersion: 1,
    run,
    lab,
    variant,
    whatIf,
    lostPages,
    savedPages,
    savedBytes: savedPages * pageSize,
  };
}
