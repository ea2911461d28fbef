import type { RunResult } from "../model/run.js";

/** What must be equal before numbers of two runs stand beside each other, by the name it has for people. */
const MUST_AGREE: Readonly<Record<string, (run: RunResult) => string>> = {
  lab: ({ lab }) => lab,
  "lab hash": ({ provenance }) => provenance.labHash.slice(0, 12),
  workers: ({ spec }) => String(spec.fleet.workers),
  kernel: ({ provenance }) => provenance.host.kernel,
  CPU: ({ provenance: { host } }) => `${host.cpu}, ${host.cpus} of them`,
  architecture: ({ provenance }) => provenance.host.architecture,
  "transparent huge pages": ({ provenance }) => provenance.host.thp,
  KSM: ({ provenance }) => provenance.host.ksm,
};

/**
 * How a run differs from another in what must be equal, a line for each; empty for runs that may be compared.
 * Interpreters, patches and engines may differ: those are what one compares.
 */
export function differences(reference: RunResult, other: RunResult): readonly string[] {
  return Object.entries(MUST_AGREE).flatMap(([what, read]) => {
    const [its, mine] = [read(reference), read(other)];
    return its === mine ? [] : [`${what}: ${its} (${reference.id}), ${mine} (${other.id})`];
  });
}
