import { randomBytes } from "node:crypto";
import { LABELS } from "../docker/labels.js";
import type { Engine } from "../docker/types.js";
import type { BuildContext } from "../model/context.js";
import type { DerivedTree, Store } from "../system/store.js";
import { contextTar } from "./context.js";
import { normaliseTree } from "./normalise.js";

export interface TreeOptions {
  /** Lab the build is for: a label, so that `prune` finds what a kill leaves. */
  readonly lab: string;
  readonly owner: string;
  /** Each line of the build's output. */
  readonly onOutput?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Builds a context and keeps its tree in the content store; a tree that is there already is not built again.
 * The image and the container that is made (never started) to read it are removed whatever happens.
 * @throws LabError "build" with the end of the log; the signal's reason when aborted
 */
export async function buildTree(
  engine: Engine,
  store: Store,
  context: BuildContext & { readonly tree: string },
  options: TreeOptions,
): Promise<DerivedTree> {
  const made = await store.derived(context.key);
  if (made !== undefined) return made;
  const labels = { [LABELS.lab]: options.lab, [LABELS.owner]: options.owner, [LABELS.temporary]: "1" };
  const tag = `localhost/majek-lab/tree:${context.key.slice(0, 12)}-${randomBytes(4).toString("hex")}`;
  try {
    await engine.images.build({
      context: await contextTar(context, store),
      tag,
      labels,
      ...(options.onOutput === undefined ? {} : { onOutput: options.onOutput }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    return await extract(engine, store, context, tag, { ...labels, [LABELS.role]: "tree" });
  } finally {
    await engine.images.remove(tag);
  }
}

async function extract(
  engine: Engine,
  store: Store,
  context: BuildContext & { readonly tree: string },
  image: string,
  labels: Readonly<Record<string, string>>,
): Promise<DerivedTree> {
  // A container needs a command to be created; this one never runs.
  const container = await engine.containers.create({ image, command: ["/none"], labels, network: "none" });
  try {
    return await store.putDerived(context.key, async (path) =>
      normaliseTree(await container.getArchive(context.tree), context.tree, path),
    );
  } finally {
    await container.remove();
  }
}
