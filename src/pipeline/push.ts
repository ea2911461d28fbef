import { LabError } from "../model/errors.js";
import { pushBundle } from "../registry/push.js";
import { formatReference, parseReference, type RegistryReference } from "../registry/reference.js";
import { RegistrySession } from "../registry/session.js";
import { count, megabytes } from "../report/numbers.js";
import { bundleOf } from "./bundle.js";
import { type BuiltLab, buildImages } from "./images.js";
import { type Bench, type InputOptions, openBench, openLab, planWithInputs, withLabLock } from "./inputs.js";
import type { Workspace } from "./workspace.js";

/** A digest names what is there already: nothing can be put under it. */
function requireTag(text: string): RegistryReference {
  const reference = parseReference(text);
  if (!reference.version.startsWith("sha256:")) return reference;
  throw new LabError("usage", "a lab is pushed under a tag, not under a digest", {
    where: text,
    next: "end the reference in :TAG",
  });
}

async function pushBuilt(bench: Bench, built: BuiltLab, session: RegistrySession): Promise<string> {
  const { reference } = session;
  const step = bench.progress.step(`Push to ${formatReference(reference)}`);
  try {
    const { bundle, images } = await bundleOf(bench, built);
    await pushBundle(session, bundle, (done, total) => step.update(`${megabytes(done)} of ${megabytes(total)} MB`));
    step.done(`${count(images.length)} images`);
    const { digest } = bundle.index;
    return `pushed ${formatReference(reference)}\n${formatReference({ ...reference, version: digest })}`;
  } catch (error) {
    step.fail();
    throw error;
  }
}

/**
 * `push`: builds what is missing, then puts images, lab, lock, sources and bill of materials into a registry, byte for
 * byte, as one OCI index.
 * @returns the reference, and the one by digest, which names these bytes for good
 * @throws LabError "usage" for a reference that is none, "failed" where the registry refuses, and what `save` throws
 */
export async function push(workspace: Workspace, name: string, text: string, options: InputOptions): Promise<string> {
  const reference = requireTag(text);
  const lab = await openLab(workspace, name);
  const bench = await openBench(workspace);
  // Who is not let in should not have to wait for a build to learn it.
  const session = await RegistrySession.open(reference, "pull,push", bench.environment, bench.signal);
  try {
    return await withLabLock(bench, lab.spec.name, async () => {
      const built = await buildImages(bench, await planWithInputs(bench, lab, { ...options, frozen: true }));
      return pushBuilt(bench, built, session);
    });
  } finally {
    await session.close();
  }
}
