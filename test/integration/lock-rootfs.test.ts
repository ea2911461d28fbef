import { createReadStream, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fetchInputs } from "../../src/lock/fetch.js";
import { readLock } from "../../src/lock/file.js";
import { platformOf } from "../../src/lock/platform.js";
import { makeRootfs, RECIPE, repository, rootfsRecipe } from "../../src/lock/rootfs.js";
import { ensureSeed } from "../../src/lock/seed.js";
import { type SeedSession, withSeed } from "../../src/lock/session.js";
import { SOURCE_DATE_EPOCH } from "../../src/model/guest.js";
import type { DebEntry, Platform } from "../../src/model/lock.js";
import type { RootfsPlan } from "../../src/model/plan.js";
import { readTar } from "../../src/system/tar.js";
import { type TestContext, testContext } from "./lock-context.js";

const LOCK = new URL("../../labs/django-8workers/lab.lock", import.meta.url).pathname;

let context: TestContext;
let debs: readonly DebEntry[];

beforeAll(async () => {
  context = await testContext();
  const lock = await readLock(LOCK);
  const platform: Platform = platformOf(context.engine.info.architecture);
  const block = lock?.platforms[platform];
  if (lock === undefined || block === undefined) throw new Error(`no lock for ${platform}`);
  const baseOnly = {
    ...lock,
    platforms: { [platform]: { ...block, builder: [], sources: [], python: [], pythonBuild: [] } },
  };
  debs = (await fetchInputs(context, baseOnly, platform)).lock.base;
});
afterAll(() => context.clean());

const plan = (key: string): RootfsPlan => ({ kind: "base", suite: "trixie", debs, key });

interface Entry {
  readonly type: string;
  readonly mtime: number;
}

async function entriesOf(path: string): Promise<{ names: string[]; entries: Map<string, Entry>; status: string }> {
  const names: string[] = [];
  const entries = new Map<string, Entry>();
  let status = "";
  await readTar(createReadStream(path), async ({ name, type, mtime }, content) => {
    names.push(name);
    entries.set(name.replace(/^\.\//, "").replace(/\/$/, ""), {
      type: type ?? "",
      mtime: (mtime?.getTime() ?? 0) / 1000,
    });
    if (name === "./var/lib/dpkg/status") for await (const chunk of content) status += String(chunk);
  });
  return { names, entries, status };
}

describe("root file system", () => {
  it("has exactly the locked packages and nothing of the machine that made it", async () => {
    const { path } = await makeRootfs(context, plan("base-1"));
    const { names, entries, status } = await entriesOf(path);
    const installed = [...status.matchAll(/^Package: (.*)$/gm)].map((match) => match[1]);
    expect(installed.sort()).toEqual(debs.map(({ name }) => name).sort());
    const types = new Set([...entries.values()].map(({ type }) => type));
    expect([...types].sort()).toEqual(["directory", "file", "link", "symlink"]);
    expect(new Set([...entries.values()].map(({ mtime }) => mtime))).toEqual(new Set([SOURCE_DATE_EPOCH]));
    expect(new Set(names).size).toBe(names.length);
    for (const folder of ["dev", "proc", "sys", "run", "tmp", "var/cache", "var/log", "var/tmp"]) {
      expect(entries.get(folder)?.type).toBe("directory");
      expect([...entries.keys()].filter((name) => name.startsWith(`${folder}/`))).toEqual([]);
    }
    for (const volatile of ["etc/machine-id", "var/lib/apt", "var/lib/dpkg/status-old", "etc/passwd-"]) {
      expect(entries.has(volatile)).toBe(false);
    }
    for (const wanted of ["etc/hostname", "etc/resolv.conf", "usr/bin/bash", "usr/share/zoneinfo/UTC"]) {
      expect(entries.has(wanted)).toBe(true);
    }
  });

  it("has the same bytes when it is made again", async () => {
    const first = await makeRootfs(context, plan("base-1"));
    const second = await makeRootfs(context, plan("base-2"));
    expect(second.path).not.toBe(first.path);
    expect(second.sha256).toBe(first.sha256);
  });

  it("says which package was not fetched", async () => {
    const unknown = { ...debs[0], sha256: "4".repeat(64) } as DebEntry;
    await expect(makeRootfs(context, { ...plan("base-3"), debs: [unknown] })).rejects.toMatchObject({
      code: "input",
      next: "majek-lab fetch LAB",
    });
  });

  it("fails with the log of the package tools when packages are missing", async () => {
    const incomplete = debs.filter(({ name }) => name !== "libc6");
    await expect(makeRootfs(context, { ...plan("base-4"), debs: incomplete })).rejects.toMatchObject({
      code: "build",
      details: expect.arrayContaining([expect.stringContaining("libc6")]),
    });
    expect(await context.store.derived("base-4")).toBeUndefined();
  });

  it("leaves nothing behind when it is interrupted", async () => {
    const stop = new AbortController();
    const update = (detail: string): void => {
      if (detail.includes("extracting")) stop.abort();
    };
    const step = () => ({ update, done: () => undefined, fail: () => undefined });
    const progress = { ...context.progress, step };
    const making = makeRootfs({ ...context, progress, signal: stop.signal }, plan("base-5"));
    await expect(making).rejects.toMatchObject({ code: "interrupted" });
    expect(await context.store.derived("base-5")).toBeUndefined();
    expect(await context.leftContainers()).toBe(0);
  });

  it("is made by files whose text can be part of a key", async () => {
    const recipe = await rootfsRecipe();
    expect(recipe).toContain("mmdebstrap");
    expect(recipe).toContain("etc/machine-id");
  });
});

/**
 * What each row of guest/seed/volatile.tsv is there for: one path that a root would have without it, as seen in a root
 * from which nothing was dropped. Those of `untidy` are what installing users, D-Bus, systemd, ssl-cert or PostgreSQL leaves.
 */
const WITHOUT: Readonly<Record<string, string>> = {
  "dev/*": "dev/null",
  "run/*": "run/lock",
  "var/tmp/*": "var/tmp/scratch",
  "var/cache/*": "var/cache/debconf/templates.dat",
  "var/log/*": "var/log/btmp",
  "var/lib/apt": "var/lib/apt/lists/lock",
  "var/lib/dpkg/*-old": "var/lib/dpkg/status-old",
  "etc/machine-id": "etc/machine-id",
  "etc/.pwd.lock": "etc/.pwd.lock",
  "etc/passwd-": "etc/passwd-",
  "etc/group-": "etc/group-",
  "etc/shadow-": "etc/shadow-",
  "etc/gshadow-": "etc/gshadow-",
  "etc/subuid-": "etc/subuid-",
  "etc/subgid-": "etc/subgid-",
  "etc/hostname": "etc/hostname",
  "etc/hosts": "etc/hosts",
  "etc/resolv.conf": "etc/resolv.conf",
  "etc/apt/apt.conf.d/99mmdebstrap": "etc/apt/apt.conf.d/99mmdebstrap",
  "etc/dpkg/dpkg.cfg.d/99mmdebstrap": "etc/dpkg/dpkg.cfg.d/99mmdebstrap",
  "*/__pycache__": "usr/lib/untidy/__pycache__/module.cpython-313.pyc",
  "etc/ssl/certs/ssl-cert-snakeoil.pem": "etc/ssl/certs/ssl-cert-snakeoil.pem",
  "etc/ssl/private/ssl-cert-snakeoil.key": "etc/ssl/private/ssl-cert-snakeoil.key",
  "->ssl-cert-snakeoil.pem": "etc/ssl/certs/0a1b2c3d",
  "etc/postgresql/*": "etc/postgresql/17/main/postgresql.conf",
  "var/lib/postgresql/*": "var/lib/postgresql/17/main/PG_VERSION",
};

/** Written anew: what the maker's engine gave them, here the right to be executed, must not stay. */
const WRITTEN_ANEW: readonly string[] = ["etc/hostname", "etc/hosts", "etc/resolv.conf"];

/** A package that leaves when it is installed what users, D-Bus, scratch files, byte code, keys and databases leave. */
const UNTIDY = `set -eu
mkdir -p /lab/untidy/DEBIAN
cat >/lab/untidy/DEBIAN/control <<'END'
Package: untidy
Version: 1
Architecture: all
Maintainer: nobody <nobody@example.org>
Description: leaves traces
END
cat >/lab/untidy/DEBIAN/postinst <<'END'
#!/bin/sh
set -eu
for file in passwd group shadow gshadow subuid subgid; do echo x >/etc/$file-; done
echo 1 >/etc/.pwd.lock
for file in hostname hosts resolv.conf; do echo x >/etc/$file; chmod 755 /etc/$file; done
mkdir -p /usr/lib/untidy/__pycache__
mkdir -p /etc/ssl/certs /etc/ssl/private /etc/postgresql/17/main /var/lib/postgresql/17/main
for file in /etc/machine-id /var/tmp/scratch /usr/lib/untidy/__pycache__/module.cpython-313.pyc \\
    /etc/ssl/certs/ssl-cert-snakeoil.pem /etc/ssl/private/ssl-cert-snakeoil.key \\
    /etc/postgresql/17/main/postgresql.conf /var/lib/postgresql/17/main/PG_VERSION; do date >$file; done
ln -s ssl-cert-snakeoil.pem /etc/ssl/certs/0a1b2c3d
END
chmod 755 /lab/untidy/DEBIAN/postinst
dpkg-deb --build --root-owner-group /lab/untidy /lab/repo/untidy_1_all.deb
`;

interface Root {
  /** Below the root, without the first slash. */
  readonly paths: ReadonlySet<string>;
  /** Files that may be executed. */
  readonly programs: ReadonlySet<string>;
  /** Pattern of the table to the paths that it matches. */
  readonly matches: ReadonlyMap<string, readonly string[]>;
}

/** What lies in the root of the session. */
async function look(session: SeedSession, patterns: readonly string[]): Promise<Root> {
  const find = async (...test: string[]): Promise<string[]> => {
    const found = await session.run("listing", ["sh", "-c", 'cd /lab/root && find . "$@"', "sh", ...test]);
    return found.split("\n").flatMap((line) => (line.length > 2 ? [line.slice(2)] : []));
  };
  const matches = new Map<string, string[]>();
  for (const pattern of patterns) {
    const test = pattern.startsWith("->") ? ["-lname", pattern.slice(2)] : ["-path", `./${pattern}`];
    matches.set(pattern, await find(...test));
  }
  const programs = new Set(await find("-type", "f", "-perm", "/111"));
  return { paths: new Set(await find()), programs, matches };
}

/** What a package does to a program that may open raw sockets, and to a file with an access list. */
const MARKED = `import os, sys; os.setxattr(sys.argv[1] + "/usr/bin/env", "user.mark", b"x")`;

describe("extended attributes", () => {
  it("are refused: the archive has no place for them", async () => {
    const image = await ensureSeed(context.engine, context.environment, context.progress);
    await withSeed(context, { image, network: "none", scripts: RECIPE }, async (session) => {
      await session.put(await repository(context, debs));
      await session.run("marking a file", ["sh", "-c", `echo 'python3 -c '"'"'${MARKED}'"'"' "$1"' >/lab/tidy.sh`]);
      await expect(session.run("making a root", ["sh", "/lab/rootfs.sh", "trixie"])).rejects.toMatchObject({
        details: expect.arrayContaining([
          "E: a root file system cannot keep user.mark of /usr/bin/env: lock the lab without its package",
        ]),
      });
    });
  });
});

/** A root with the untidy package, before and after what the table lists is dropped. */
async function untidyRoots(patterns: readonly string[]): Promise<Record<"raw" | "made", Root>> {
  const image = await ensureSeed(context.engine, context.environment, context.progress);
  return withSeed(context, { image, network: "none", scripts: RECIPE }, async (session) => {
    await session.put(await repository(context, debs));
    await session.run("packing a package", ["sh", "-c", UNTIDY]);
    await session.run("leaving the tidying for later", ["sh", "-c", "cd /lab; mv tidy.sh tidy; touch tidy.sh"]);
    await session.run("making a root", ["sh", "/lab/rootfs.sh", "trixie"]);
    const raw = await look(session, patterns);
    await session.run("tidying up", ["sh", "-c", "cd /lab; sh tidy root"]);
    return { raw, made: await look(session, patterns) };
  });
}

describe("what a root file system does not keep", () => {
  let raw: Root;
  let made: Root;
  let rows: string[];
  beforeAll(async () => {
    const table = readFileSync(new URL("../../guest/seed/volatile.tsv", import.meta.url), "utf8");
    rows = table.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    ({ raw, made } = await untidyRoots(Object.keys(WITHOUT)));
  });

  it("is in the table, each with its reason", () => {
    expect(rows.map((row) => row.split("\t")[0])).toEqual(Object.keys(WITHOUT));
    for (const row of rows) expect(row).toMatch(/^\S+\t\S.{20,}$/);
  });

  it.each(Object.entries(WITHOUT))("%s", (row, path) => {
    expect(raw.paths).toContain(path);
    const covers = (matched: string): boolean => path === matched || path.startsWith(`${matched}/`);
    const dropping = [...raw.matches].filter(([, paths]) => paths.some(covers)).map(([pattern]) => pattern);
    // Only this row drops it: the test fails without the row.
    expect(dropping).toEqual([row]);
    if (!WRITTEN_ANEW.includes(path)) expect(made.paths).not.toContain(path);
    else expect([raw.programs.has(path), made.programs.has(path)]).toEqual([true, false]);
  });
});
