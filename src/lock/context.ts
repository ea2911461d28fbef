import type { Engine } from "../docker/types.js";
import type { Progress } from "../model/progress.js";
import type { Environment } from "../system/env.js";
import type { Store } from "../system/store.js";

/** What a seed container is started with. */
export interface SeedContext {
  readonly engine: Engine;
  readonly environment: Environment;
  /** Ends the work; containers are removed and LabError "interrupted" is thrown. */
  readonly signal?: AbortSignal;
}

/** What everything that resolves, downloads or makes root file systems works with. */
export interface LockContext extends SeedContext {
  readonly store: Store;
  readonly progress: Progress;
}
