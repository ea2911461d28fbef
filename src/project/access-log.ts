import type { FoundPath } from "../model/project.js";

/** Common and combined log format (httpd's mod_log_config): host, identity, user, [time], "request", status, bytes. */
const LINE = /^\S+ \S+ .*?\[[^\]]*\] "(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (\S+) HTTP\/[\d.]+" (\d{3}) /;
const ADDRESS = /^\/[A-Za-z0-9._~!&*+,;=:@%/?-]*$/;

/** As many addresses as a mix needs to be like the site's; the rest of a log is a long tail. */
const MOST = 40;

export interface ReadLog {
  readonly paths: readonly FoundPath[];
  /** Lines that are no request of this format. */
  readonly unread: number;
  /** Requests that are not asked for: other methods, server errors, static files, the long tail. */
  readonly left: number;
}

const STATIC = /^\/(static|media|assets)\/|\.(css|js|map|png|jpe?g|gif|svg|ico|woff2?|ttf|webp)(\?|$)/i;

/**
 * The request mix of an access log: GET requests by frequency, each with the status it had most often.
 * Queries are kept, since they decide what a view does; names and addresses of visitors are not.
 */
export function readAccessLog(text: string): ReadLog {
  const counts = new Map<string, Map<number, number>>();
  let [unread, left] = [0, 0];
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const [, method, path = "", code = ""] = LINE.exec(line) ?? [];
    const status = Number(code);
    if (method === undefined) unread += 1;
    else if (method !== "GET" || status >= 500 || status === 304 || STATIC.test(path) || !ADDRESS.test(path)) left += 1;
    else {
      const statuses = counts.get(path) ?? new Map<number, number>();
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      counts.set(path, statuses);
    }
  }
  const all = [...counts].map(([path, statuses]) => {
    const weight = [...statuses.values()].reduce((sum, value) => sum + value, 0);
    const [status] = [...statuses].toSorted((a, b) => b[1] - a[1])[0] ?? [null];
    return { path, weight, status };
  });
  all.sort((a, b) => b.weight - a.weight || (a.path < b.path ? -1 : 1));
  const paths = all.slice(0, MOST);
  return { paths, unread, left: left + all.slice(MOST).reduce((sum, { weight }) => sum + weight, 0) };
}

/** A list of addresses, one a line, with a weight behind it where it is not 1. `#` begins a remark. */
export function readUrlList(text: string): FoundPath[] {
  return text.split("\n").flatMap((line) => {
    const [path = "", weight = "1"] = line
      .replace(/(^|\s)#.*$/, "")
      .trim()
      .split(/\s+/);
    const value = Number(weight);
    return ADDRESS.test(path) && value > 0 ? [{ path, weight: value, status: null }] : [];
  });
}
