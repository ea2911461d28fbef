/** One thing that takes time, as the user sees it. */
export interface Step {
  /** Replaces the detail, e.g. `412/1300 objects` or the current Dockerfile step. */
  update(detail: string): void;
  /** Ends the step well. */
  done(detail?: string): void;
  /** Ends the step badly; the error itself is thrown by the caller. */
  fail(detail?: string): void;
}

/** Where long work reports; implemented by cli/ for terminals, plain logs and JSON lines. */
export interface Progress {
  step(title: string): Step;
  /** A line the user should keep: a decision, a fallback, a re-resolved package. */
  note(text: string): void;
  warn(text: string): void;
}
