import { join } from "node:path";
import type { Bundle } from "../model/bundle.js";
import { isPython2 } from "../model/guest.js";
import { readableJson } from "../model/json.js";
import type { Lab } from "../model/spec.js";
import { composeBundle, type ImageEntry, type LabEntry } from "../share/compose.js";
import { packFolders } from "../share/folders.js";
import { collectLicences, type Licences } from "../share/licences.js";
import { billOfMaterials } from "../share/sbom.js";
import { packSources } from "../share/sources.js";
import { readTree } from "../system/trees.js";
import { assembleImages } from "./assembled.js";
import { lockWith, requireExpected } from "./expected.js";
import type { BuiltLab } from "./images.js";
import type { Bench } from "./inputs.js";
import { readVersion } from "./package-files.js";
import { planRecipes, type Recipes } from "./recipes.js";

/** A built lab as a bundle. */
export interface BundledLab {
  readonly bundle: Bundle;
  readonly images: readonly ImageEntry[];
}

type Sources = Map<string, { readonly content: string | Uint8Array } | { readonly path: string }>;

/** Patches, Dockerfiles and guest sources as they were used, and the licences of what is inside. */
function sourcesOf(
  bench: Bench,
  { plan }: BuiltLab,
  { probe, images }: Recipes,
  licences: Licences,
  guest: Sources,
): Sources {
  const files: Sources = new Map(guest);
  files.set("LICENSE", { path: join(bench.workspace.packageRoot, "LICENSE") });
  files.set("dockerfiles/probe/Dockerfile", { content: probe.context.dockerfile });
  for (const { image, trees } of images) {
    const { id, minor, patches } = image.interpreter;
    const [interpreter, lab] = trees;
    files.set(`dockerfiles/python/${id.replace("+", "-")}/Dockerfile`, {
      content: interpreter?.context.dockerfile ?? "",
    });
    files.set(`dockerfiles/labs/${plan.lab}/Dockerfile`, { content: lab?.context.dockerfile ?? "" });
    for (const { name, text } of patches) files.set(`cpython-patch/${minor}/${name}`, { content: text });
    if (patches.length > 0)
      files.set(`cpython-patch/${minor}/series`, { content: patches.map(({ name }) => `${name}\n`).join("") });
  }
  for (const [path, content] of licences.texts) files.set(`licences/${path}`, { content });
  return files;
}

/** Sources of what runs in containers, and of what makes root file systems. */
async function guestSources({ workspace }: Bench, { lab }: BuiltLab): Promise<Sources> {
  const python2 = lab.spec.variants.some(({ python }) => isPython2(python));
  const folders = ["guest/probe", python2 ? "guest/harness2" : "guest/harness", "guest/seed"];
  const files: Sources = new Map();
  for (const folder of folders) {
    for (const { path, file } of await readTree(join(workspace.packageRoot, folder)))
      files.set(`${folder}/${path}`, { path: file });
  }
  return files;
}

/** The lab's own folder, the one of `appFrom`, and the one that an application is laid over; the lock says what images are. */
async function foldersOf({ spec, directory, source }: Lab, lock: string): Promise<LabEntry["folders"]> {
  const own = source.directory === directory;
  return packFolders([
    { name: source.name, directory: source.directory, texts: { "lab.lock": lock } },
    ...(own ? [] : [{ name: spec.name, directory, texts: {} }]),
    ...(source.below === null ? [] : [{ ...source.below, texts: {} }]),
  ]);
}

/**
 * Makes a bundle of a lab that was built here from exactly what its lock pins. Equal labs give equal bytes.
 * @param built - all its trees are in the content store
 * @throws LabError "reproducibility" where lab.lock expects other images of the same recipe, "input" where packages were
 *   resolved again
 */
export async function bundleOf(bench: Bench, built: BuiltLab): Promise<BundledLab> {
  requireExpected(built);
  const recipes = await planRecipes(bench, built);
  const lock = await lockWith(built, recipes);
  const { probe, images } = await assembleImages(bench.store, built.plan, recipes);
  const entries = [...images, probe].map(({ reference: { tag }, parts }) => ({ tag, parts }));
  const licences = await collectLicences(entries.flatMap(({ parts }) => parts.layers));
  const toolVersion = await readVersion(bench.workspace.packageRoot);
  const patches = new Map(
    built.plan.images.flatMap(({ interpreter: { minor, patches: series } }) =>
      series.map((patch) => [`${minor}/${patch.name}`, { minor, patch }] as const),
    ),
  );
  const materials = {
    lab: built.plan.lab,
    toolVersion,
    lock: built.inputs.lock,
    patches: [...patches.values()],
    licences,
  };
  const bundle = composeBundle(entries, {
    name: built.lab.spec.name,
    toolVersion,
    platform: built.plan.platform,
    folders: await foldersOf(built.lab, readableJson(lock)),
    sources: await packSources(sourcesOf(bench, built, recipes, licences, await guestSources(bench, built))),
    sbom: billOfMaterials(materials),
  });
  return { bundle, images: entries };
}
