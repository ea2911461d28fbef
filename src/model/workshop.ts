/** A named condition of a step. */
export type StepCheck = {
  readonly name: string;
  /** What to tell who does not meet it. */
  readonly fail: string;
} & (
  | {
      /** An expression of the lab file's language, about the newest run of the step's lab. */
      readonly expect: string;
    }
  | {
      /** A program in the folder of the hand-out; exit code 0 is "met". */
      readonly script: string;
      readonly timeoutSeconds: number;
    }
);

/** One step of a hand-out. */
export interface HandoutStep {
  /** From the file's name, `03-freeze.md` is `freeze`. */
  readonly id: string;
  readonly title: string;
  /** How long it takes, for the plan of a class. */
  readonly minutes: number;
  /** The lab whose runs the checks look at. */
  readonly lab: string;
  readonly checks: readonly StepCheck[];
  readonly hints: readonly string[];
  /** Markdown; `null`: the step is for reading. */
  readonly solution: string | null;
  /** Markdown. */
  readonly text: string;
}

/** The steps of a lab, in the order of their files. */
export interface Handout {
  readonly lab: string;
  readonly title: string;
  /** Absolute folder. */
  readonly directory: string;
  readonly steps: readonly HandoutStep[];
}

/** What a check came to. */
export interface CheckOutcome {
  readonly name: string;
  readonly status: "met" | "not met" | "undecided";
  /** The numbers, or the last lines of a script. */
  readonly explanation: string;
  /** The author's message, where it is not met. */
  readonly advice: string | null;
}

/** How far somebody is with one step. */
export interface StepProgress {
  /** ISO 8601, UTC; `null`: not yet. */
  readonly passedAt: string | null;
  /** Id of the run that met the checks; `null` where no check looks at a run. */
  readonly run: string | null;
  /** sha256 of that run's run.json when it was checked. */
  readonly runDigest: string | null;
  readonly hintsShown: number;
  readonly solutionShown: boolean;
}

/** How far somebody is with a workshop. schemaVersion history: 1 - first format. */
export interface WorkshopProgress {
  readonly schemaVersion: 1;
  readonly lab: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Id of the step that is shown. */
  readonly current: string;
  readonly steps: Readonly<Record<string, StepProgress>>;
}
