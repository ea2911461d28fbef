import type { FoundPath } from "../model/project.js";

/** What an address answered in the build container (guest/tryout/tryout.py). */
export interface Tried {
  readonly path: string;
  readonly status: number;
  /** Whether two answers in a row were equal, but for what the masks blank. */
  readonly same: boolean;
  readonly location: string | null;
  /** What the two answers said where they differed first. */
  readonly differs?: readonly string[];
}

function isTried(value: unknown): value is Tried {
  const one = value as Partial<Tried> | null;
  return typeof one === "object" && one !== null && typeof one.path === "string" && typeof one.status === "number";
}

/**
 * Lines of the tryout; others are what the application printed.
 * @param hide - hides secrets in where it redirects to: nobody asks for an address with brackets, or writes it into a lab.
 *   What differs is cut out of a page, where a secret may be cut too: with secrets it is not told
 */
export function parseTried(text: string, hide?: (location: string) => string): Tried[] {
  return text.split("\n").flatMap((line) => {
    try {
      const value: unknown = JSON.parse(line);
      if (!isTried(value)) return [];
      if (hide === undefined) return [value];
      const { path, status, same, location } = value;
      return [{ path, status, same, location: location && hide(location) }];
    } catch {
      return [];
    }
  });
}

/** Why an address is no good for a measurement, or `undefined`. */
function refusal({ status, same, differs }: Tried, known: number | null): string | undefined {
  if (status === 599) return "the application raised an error";
  if (status >= 500) return `answered ${status}`;
  if (known === null && (status === 404 || status === 400)) return `answered ${status}`;
  if (same) return undefined;
  const said = differs === undefined ? "" : ` (${differs.map((text) => JSON.stringify(text)).join(", then ")})`;
  return `answered differently the second time${said}; name it under load.paths with a pattern in load.mask`;
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

const redirects = (status: number): boolean => status >= 300 && status < 400;

/** More than this share of addresses that only redirect is worth a word. */
const MANY = 0.5;

/** What is to be said of a mix that renders little: pages behind a login redirect to it. */
export function judgeMix(kept: readonly FoundPath[]): readonly string[] {
  const redirected = kept.filter(({ status }) => redirects(status ?? 0));
  if (redirected.length <= kept.length * MANY) return [];
  const what = `${redirected.length} of ${kept.length} addresses only redirect, to a login perhaps, and render nothing`;
  return [`${what}: name pages that need none under load.paths, or with --urls`];
}

const withoutQuery = (path: string): string => path.replace(/\?.*$/, "");

/**
 * Targets of redirections on the site itself that are not in the mix yet. Those that differ only by their query, as one login
 * page that knows where one came from, are one page: the first stands for all.
 */
export function redirectTargets(paths: readonly FoundPath[], tried: readonly Tried[]): FoundPath[] {
  const known = new Set(paths.map(({ path }) => path));
  const pages = new Set(tried.filter(({ status }) => !redirects(status)).map(({ path }) => withoutQuery(path)));
  const fresh = new Map<string, string>();
  for (const { status, location } of tried) {
    const local = (location ?? "").replace(/^https?:\/\/localhost(:8000)?(?=\/)/, "");
    if (!redirects(status) || !/^\/[A-Za-z0-9._~!&*+,;=:@%/?-]*$/.test(local)) continue;
    const page = withoutQuery(local);
    if (!known.has(local) && !pages.has(page) && !fresh.has(page)) fresh.set(page, local);
  }
  return [...fresh.values()].map((path) => ({ path, weight: 1, status: null }));
}
