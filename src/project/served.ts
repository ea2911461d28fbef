import { LabError } from "../model/errors.js";
import type { Fact, Wishes } from "../model/project.js";

/** What a server would load of a project, as files and settings say. */
export interface Entries {
  /** Path of wsgi.py and of asgi.py below the project's folder. */
  readonly wsgiFile: string | undefined;
  readonly asgiFile: string | undefined;
  /** WSGI_APPLICATION and ASGI_APPLICATION of the settings. */
  readonly wsgi: string | undefined;
  readonly asgi: string | undefined;
}

/** What the lab serves. */
export interface Served {
  readonly wsgi: string;
  /** Where it serves ASGI; `null`: WSGI. */
  readonly asgi: string | null;
  readonly facts: readonly Fact[];
}

/** `a.b.name` of the settings as `a.b:name`. */
const callable = (named: string): string => named.replace(/\.(\w+)$/, ":$1");

function find(
  kind: "wsgi" | "asgi",
  { wished, named, file }: Readonly<Record<"wished" | "named" | "file", string | undefined>>,
  moduleOf: (path: string) => string,
): Fact | undefined {
  if (wished !== undefined) return { what: kind, value: wished, why: `--${kind}` };
  if (named !== undefined) {
    return { what: kind, value: callable(named), why: `${kind.toUpperCase()}_APPLICATION in the settings` };
  }
  if (file === undefined) return undefined;
  return { what: kind, value: `${moduleOf(file)}:application`, why: `there is ${file}` };
}

/**
 * Chooses between WSGI and ASGI. Django writes both files for every new project, so that asgi.py alone says nothing: what is
 * served is WSGI unless the project has only the other, or `--asgi` names it.
 * @param moduleOf - the module of a file
 * @throws LabError "lab" where there is neither
 */
export function findServed(entries: Entries, wishes: Wishes, moduleOf: (path: string) => string): Served {
  const wsgi = find("wsgi", { wished: wishes.wsgi, named: entries.wsgi, file: entries.wsgiFile }, moduleOf);
  const asgi = find("asgi", { wished: wishes.asgi, named: entries.asgi, file: entries.asgiFile }, moduleOf);
  if (asgi !== undefined && (wishes.asgi !== undefined || wsgi === undefined)) {
    const why = wishes.asgi === undefined ? `${asgi.why}, and nothing for WSGI` : asgi.why;
    return { wsgi: wsgi?.value ?? asgi.value, asgi: asgi.value, facts: [{ ...asgi, why: `${why}; by uvicorn` }] };
  }
  if (wsgi === undefined) {
    throw new LabError("lab", "no wsgi.py or asgi.py was found, and the settings name neither application", {
      where: "--path",
      next: "name it with --wsgi module:callable, or --asgi module:callable",
    });
  }
  const other = asgi && { ...asgi, why: `${asgi.why}; not served: --asgi ${asgi.value} does that` };
  return { wsgi: wsgi.value, asgi: null, facts: other === undefined ? [wsgi] : [wsgi, other] };
}
