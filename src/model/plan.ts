import type { DebEntry, Platform, PythonEntry, SourceEntry } from "./lock.js";
import type { AppSpec, InterpreterId, VariantSpec } from "./spec.js";

/** A root file system made by mmdebstrap from exactly these packages. */
export interface RootfsPlan {
  readonly kind: "base" | "builder";
  readonly suite: string;
  readonly debs: readonly DebEntry[];
  /** sha256 over the recipe version and every package: the cache key. */
  readonly key: string;
}

/** One file of cpython-patch/, in the order of `series`. */
export interface PatchFile {
  readonly name: string;
  readonly sha256: string;
  readonly text: string;
}

/** What cpython-patch/ says about one minor version. */
export interface InterpreterSeries {
  /** e.g. `3.13.5`. */
  readonly version: string;
  /** make targets that make generated sources again. */
  readonly regenerate: readonly string[];
  /** In the order of `series`. */
  readonly patches: readonly PatchFile[];
}

export interface InterpreterPlan {
  readonly id: InterpreterId;
  readonly minor: string;
  readonly version: string;
  readonly source: SourceEntry;
  /** Empty for the stock interpreter. */
  readonly patches: readonly PatchFile[];
  /** make targets that regenerate generated sources after patching; run for stock too, so that both build alike. */
  readonly regenerate: readonly string[];
}

/** One image: base + interpreter + lab tree. Variants that share an interpreter share the image. */
export interface ImagePlan {
  readonly interpreter: InterpreterPlan;
  /** `localhost/majek-lab/<lab>:<interpreter, with + as ->`. */
  readonly tag: string;
}

export interface VariantPlan extends VariantSpec {
  readonly imageTag: string;
  /** The harness's variables (guest/harness/README.md) that lab and variant decide; the fleet adds gate and folders. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Everything decided, nothing done. Pure function of lab, lock and platform. */
export interface LabPlan {
  readonly lab: string;
  readonly labHash: string;
  readonly lockHash: string;
  readonly app: AppSpec;
  readonly platform: Platform;
  readonly base: RootfsPlan;
  readonly builder: RootfsPlan;
  readonly python: readonly PythonEntry[];
  readonly pythonBuild: readonly PythonEntry[];
  readonly images: readonly ImagePlan[];
  readonly variants: readonly VariantPlan[];
}
