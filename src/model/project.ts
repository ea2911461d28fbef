/** Texts of a project by path below its folder, with forward slashes. Only what detection reads: no binary files. */
export type ProjectFiles = ReadonlyMap<string, string>;

/** Something `new` decided, and what made it think so. */
export interface Fact {
  /** What it is about, e.g. `settings`. */
  readonly what: string;
  readonly value: string;
  /** Where that was read, or why it was guessed. */
  readonly why: string;
}

/** An address of the request mix, before anybody has asked for it. */
export interface FoundPath {
  readonly path: string;
  readonly weight: number;
  /** What it answered in the log it was read from; `null`: nobody knows. */
  readonly status: number | null;
}

/** What the command line says beside the folder; `undefined`: to be detected. */
export interface Wishes {
  /** Text of a requirements file, pyproject.toml or uv.lock, and its name. */
  readonly requirements?: { readonly name: string; readonly text: string } | undefined;
  readonly wsgi?: string | undefined;
  readonly asgi?: string | undefined;
  /** SQLite unless told otherwise. */
  readonly database?: Detected["database"] | undefined;
  readonly settings?: string | undefined;
  /** Lines of addresses, each with a weight after a blank where it is not 1. */
  readonly urls?: string | undefined;
  /** An access log in common or combined format. */
  readonly accessLog?: string | undefined;
}

/** All that `new` found out about a project from its texts. */
export interface Detected {
  /** Folder of manage.py below the project folder; "" for the project folder itself. */
  readonly root: string;
  readonly settings: string;
  readonly wsgi: string;
  /** What uvicorn serves in every variant; `null`: gunicorn serves `wsgi`. */
  readonly asgi: string | null;
  readonly database: "sqlite" | "postgres";
  readonly requirements: readonly string[];
  readonly apt: readonly string[];
  readonly paths: readonly FoundPath[];
  /** Management commands of the build. */
  readonly steps: readonly string[];
  /** Placeholders for variables that the settings ask for and give no default. */
  readonly env: Readonly<Record<string, string>>;
  /** Whether the project's own gunicorn configuration preloads. */
  readonly preloads: boolean;
  /** Lines of the settings that the lab puts on top of the project's. */
  readonly overrides: readonly string[];
  readonly facts: readonly Fact[];
  readonly remarks: readonly string[];
}
