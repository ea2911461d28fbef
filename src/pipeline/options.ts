import type { ReportFormat } from "../report/exporters.js";
import type { InputOptions } from "./inputs.js";
import type { Overrides } from "./select.js";

/** The options that up and run share, as the command line gives them. */
export interface MeasureOptions extends InputOptions, Overrides {
  /** Seconds until every worker must have booted. */
  readonly waitTimeout: number;
  /** Name the causes of lost pages at the last checkpoint; off with --no-blame. */
  readonly blame: boolean;
  /** Keep the pages that causes were found on. */
  readonly keepPages?: boolean;
  /** Folder of results, absolute or relative to the working directory. */
  readonly results: string;
  readonly format: ReportFormat;
  /** File of variables for the fleets. */
  readonly envFile?: string;
  /** Bytes: how many workers fit into so much is printed below the table. */
  readonly budget?: number;
}

export interface UpOptions extends MeasureOptions {
  readonly detach?: boolean;
  readonly dryRun?: boolean;
  readonly recreate?: boolean;
  /** Serve what happens to a browser, too, and stay until told to end. */
  readonly dashboard?: boolean;
}

export interface RunOptions extends MeasureOptions {
  readonly all?: boolean;
  readonly short?: boolean;
  readonly repeats: number;
}
