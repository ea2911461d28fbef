import type { FoundPath } from "../model/project.js";

/** What an address answered in the build container (guest/tryout/tryout.py). */
export interface Tried {
  readonly path: string;
  readonly status: number;
  /** Whether two answers in a row were equal, but for what the masks blank. */
  readonly same: boolean;
  readonly location: string | null;
}

function isTried(value: unknown): value is Tried {
  const one = value as Partial<Tried> | null;
  return typeof one === "object" && one !== null && typeof one.path === "string" && typeof one.status === "number";
}

/**
 * Lines of the tryout; others are what the application printed.
 * @param hide - hides secrets in where it redirects to: nobody asks for an address with brackets, or writes it into a lab
 */
export function parseTried(text: string, hide: (location: string) => string = (one) => one): Tried[] {
  return text.split("\n").flatMap((line) => {
    try {
      const value: unknown = JSON.parse(line);
      if (!isTried(value)) return [];
      return [value.location ? { ...value, location: hide(value.location) } : value];
    } catch {
      return [];
    }
  });
}

/** Why an address is no good for a measurement, or `undefined`. */
function refusal({ status, same }: Tried, known: number | null): string | undefined {
  if (status === 599) return "the application raised an error";
  if (status >= 500) return `answered ${status}`;
  if (known === null && (status === 404 || status === 400)) return `answered ${status}`;
  return same ? undefined : "answered differently the second time; add a pattern to load.mask";
}

/**
 * The addresses that can be measured, with the status they answer, and why the others were left out.
 * An address that was redirected on the site itself is joined by its target, where that was tried too.
 */
export function judgePaths(
  paths: readonly FoundPath[],
  tried: readonly Tried[],
): { readonly kept: readonly FoundPath[]; readonly remarks: readonly string[] } {
  const answers = new Map(tried.map((one) => [one.path, one]));
  const kept: FoundPath[] = [];
  const remarks: string[] = [];
  for (const path of paths) {
    const answer = answers.get(path.path);
    const why = answer === undefined ? "was not answered" : refusal(answer, path.status);
    if (answer === undefined || why !== undefined) remarks.push(`${path.path} left out: ${why}`);
    else kept.push({ ...path, status: answer.status });
  }
  return { kept, remarks };
}

/** Targets of redirections on the site itself that are not in the mix yet. */
export function redirectTargets(paths: readonly FoundPath[], tried: readonly Tried[]): FoundPath[] {
  const known = new Set(paths.map(({ path }) => path));
  const targets = tried.flatMap(({ status, location }) => {
    const local = (location ?? "").replace(/^https?:\/\/localhost(:8000)?(?=\/)/, "");
    return status >= 300 && status < 400 && /^\/[A-Za-z0-9._~!&*+,;=:@%/?-]*$/.test(local) ? [local] : [];
  });
  return [...new Set(targets)].filter((path) => !known.has(path)).map((path) => ({ path, weight: 1, status: null }));
}
