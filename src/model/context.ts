/** Where the bytes of a build-context file come from. */
export type ContextSource =
  | { readonly kind: "text"; readonly text: string }
  /** A file on disk (guest sources, the lab's app). */
  | { readonly kind: "file"; readonly path: string }
  /** An input of the content store. */
  | { readonly kind: "input"; readonly sha256: string; readonly file: string }
  /** A root file system or tree made earlier, by its cache key. */
  | { readonly kind: "derived"; readonly key: string };

/** A file of a folder that goes into a context: guest sources, a lab's app. */
export interface TreeFile {
  /** Relative to its folder, with forward slashes. */
  readonly path: string;
  /** Where it is on disk, absolute. */
  readonly file: string;
  readonly sha256: string;
}

export interface ContextFile {
  /** Path inside the context, with forward slashes, e.g. `inputs/Python.tar.xz`. */
  readonly path: string;
  /** Permission bits, 0o644 or 0o755. */
  readonly mode: number;
  readonly source: ContextSource;
  /** sha256 of the content where it is known without reading (input, text) or was computed (file); for `derived` the key itself. */
  readonly identity: string;
}

/** A Docker build context, described but not yet written: plain data, so that rendering stays pure. */
export interface BuildContext {
  /** Text of the Dockerfile; it is also a file of the context, named `Dockerfile`. */
  readonly dockerfile: string;
  /** Sorted by path, without the Dockerfile. */
  readonly files: readonly ContextFile[];
  /** The tree the build exists for, e.g. `/opt/python`; `null` for a context that ends in a runnable image. */
  readonly tree: string | null;
  /** sha256 over the Dockerfile and every file's path, mode and identity: the cache key of the tree. */
  readonly key: string;
}

/** A context that is built for a tree, such as /opt/python. */
export type TreeContext = BuildContext & { readonly tree: string };
