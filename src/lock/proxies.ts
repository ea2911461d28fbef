import { localProxies } from "../system/env.js";
import type { LockContext } from "./context.js";

/** Says before a download which proxy a seed cannot reach: it would only look like a network that does not answer. */
export function warnOfLocalProxies({ environment, progress }: Pick<LockContext, "environment" | "progress">): void {
  const names = localProxies(environment);
  if (names.length === 0) return;
  // The value is not shown: it may hold a password.
  const text = "on 127.0.0.1, which is not this machine in a container: name it by another address of this machine";
  progress.warn(`${names.join(", ")}: a proxy ${text}`);
}
