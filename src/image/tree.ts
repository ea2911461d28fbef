import { randomBytes } from "node:crypto";
import { addAbortSignal } from "node:stream";
import { LABELS } from "../docker/labels.js";
import type { Engine, Labels } from "../docker/types.js";
import type { TreeContext } from "../model/context.js";
import { LabError } from "../model/errors.js";
import type { DerivedTree, Store } from "../system/store.js";
import { type Conditions, underConditions } from "./conditions.js";
import { type ContextStore, contextTar } from "./context.js";
import { normaliseTree } from "./normalise.js";
import { labelStages, sweep, sweepBrokenOff } from "./stages.js";
import { buildStoppably } from "./stoppable-build.js";

export interface TreeOptions {
  /** Lab the build is for: a label, so that `prune` finds what a kill leaves. */
  readonly lab: string;
  readonly owner: string;
  /** Each line of the build's output. */
  readonly onOutput?: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
  /** For a second build: no cache of the engine, and what else is done otherwise. */
  readonly conditions?: Conditions;
}

/** Writes the tree of a built image to a file. The container is made to be read, and never started. */
async function extract(
  engine: Engine,
  image: string,
  tree: string,
  output: string,
  labels: Labels,
  signal: AbortSignal | undefined,
) {
  signal?.throwIfAborted();
  // A container cannot be created without a command.
  const container = await engine.containers.create({
    image,
    command: ["/none"],
    labels: { ...labels, [LABELS.role]: "tree" },
    network: "none",
  });
  const archive = await container.getArchive(tree).catch((error: LabError) => {
    if (error.code !== "failed") throw error;
    throw new LabError("build", `the build ended well but made no ${tree}`, { where: tree, cause: error });
  });
  if (signal !== undefined) addAbortSignal(signal, archive);
  await normaliseTree(archive, tree, output);
}

/**
 * Builds a context and writes its tree to a file, whatever the content store has of it.
 * Containers and images that come into being are removed, however it ends.
 * @param output - absolute path of the tar to write
 * @throws LabError "build" with the end of the log; "engine" when the engine goes away; the signal's reason when aborted
 */
export async function makeTree(
  engine: Engine,
  store: ContextStore,
  context: TreeContext,
  output: string,
  options: TreeOptions,
): Promise<void> {
  const { signal, onOutput, conditions } = options;
  const build = { [LABELS.build]: randomBytes(8).toString("hex") };
  const labels = { [LABELS.lab]: options.lab, [LABELS.owner]: options.owner, [LABELS.temporary]: "1", ...build };
  const dockerfile = conditions ? underConditions(context.dockerfile, conditions) : context.dockerfile;
  // The random label right after FROM also keeps the engine from taking any step from its cache.
  const labelled = { ...context, dockerfile: labelStages(dockerfile, labels) };
  try {
    const request = { context: await contextTar(labelled, store, conditions), labels: {} };
    const image = await buildStoppably(
      engine,
      { ...request, ...(onOutput && { onOutput }), ...(signal && { signal }) },
      build,
    );
    await extract(engine, image, context.tree, output, labels, signal);
  } catch (error) {
    // An engine that is gone cannot be cleaned; the first error is the one to tell.
    await sweepBrokenOff(engine, build).catch(() => undefined);
    throw signal?.aborted ? signal.reason : error;
  }
  await sweep(engine, build);
}

/**
 * Builds a context and keeps its tree in the content store; a tree that is there already is not built again.
 * @throws what {@link makeTree} throws
 */
export async function buildTree(
  engine: Engine,
  store: Store,
  context: TreeContext,
  options: TreeOptions,
): Promise<DerivedTree> {
  const made = await store.derived(context.key);
  return made ?? store.putDerived(context.key, (path) => makeTree(engine, store, context, path, options));
}
