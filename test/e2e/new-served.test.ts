import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { writeLock } from "../../src/lock/file.js";
import { inputsHash } from "../../src/lock/state.js";
import type { RunResult } from "../../src/model/run.js";
import { lockRequest, openBench, openLab, planWithInputs } from "../../src/pipeline/inputs.js";
import { ROOT, testWorkspace } from "../integration/built.js";
import { FULL } from "./faults.js";
import { type InstalledTool, installTool, labelled, type Outcome } from "./tool.js";

const PROJECT = resolve(import.meta.dirname, "../fixtures/projects/served");
const ASGI = "e2e-new-asgi";
const POSTGRES = "e2e-new-postgres";
const WORKERS = 2;
const REQUESTS = 40;

/** Asks the fleet so often from inside; prints status, the server's header, the worker and the body, one answer a line. */
const ASK = `
import http.client, json, sys
for _ in range(int(sys.argv[2])):
    connection = http.client.HTTPConnection("127.0.0.1:8000")
    connection.request("GET", sys.argv[1], headers={"Host": "localhost"})
    answer = connection.getresponse()
    body = json.loads(answer.read())
    headers = {name: answer.getheader(name) for name in ("Server", "X-Majek-Worker")}
    print(json.dumps({"status": answer.status, **headers, **body}))
`;

let tool: InstalledTool;
beforeAll(async () => {
  tool = await installTool();
  for (const lab of [ASGI, POSTGRES]) await tool.run(["down", lab]);
  await writeFile(join(tool.folder, "urls.txt"), "/served/\n");
});
afterEach(async () => {
  // Of the lab that no test has made yet nothing is known; what stays shows below.
  for (const lab of [ASGI, POSTGRES]) await tool.run(["down", lab]);
  expect([...(await labelled(ASGI)), ...(await labelled(POSTGRES))]).toEqual([]);
});
afterAll(() => tool.remove());

function good({ code, stdout, stderr }: Outcome): string {
  expect(code, stderr).toBe(0);
  return stdout;
}

/**
 * Makes a lab of the project, with the inputs of another lab that needs the same: what a mirror has today would be other
 * packages, and with other ones of the builder every interpreter would be compiled again.
 */
async function newLab(name: string, like: string, flags: readonly string[]): Promise<string> {
  const told = await tool.run(["new", name, "--path", PROJECT, "--urls", "urls.txt", "--no-build", ...flags]);
  const bench = await openBench(testWorkspace());
  const folder = join(tool.folder, "labs", name);
  const { inputs } = await planWithInputs(bench, await openLab(bench.workspace, resolve(ROOT, "labs", like)), {});
  const hash = inputsHash(await lockRequest(bench, await openLab(bench.workspace, folder)));
  const platforms = { [inputs.platform]: { ...inputs.lock, expected: null } };
  await writeLock(join(folder, "lab.lock"), { lockVersion: 1, lab: name, inputsHash: hash, platforms });
  return good(told);
}

/** Serves one variant, and measures it. */
async function serve(name: string): Promise<RunResult> {
  const flags = ["--variant", "preload", "--workers", `${WORKERS}`, "--requests", `${REQUESTS}`, "--no-blame"];
  return JSON.parse(good(await tool.run(["up", name, ...flags, "--detach", "--offline", "--format", "json"])));
}

type Answer = Readonly<Record<string, unknown>>;

async function ask(name: string, path: string, times: number): Promise<Answer[]> {
  const output = good(await tool.run(["exec", name, "--", "python3", "-c", ASK, path, `${times}`]));
  return output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Answer);
}

/** What every such fleet measures: all requests answered as they should be, by workers that share what was preloaded. */
function expectMeasured({ variants }: RunResult): void {
  const last = variants["preload"]?.checkpoints.at(-1);
  expect(last).toMatchObject({ requestsPerWorker: REQUESTS, failed: 0, method: "pfn" });
  expect(last?.requests.min).toBeGreaterThanOrEqual(REQUESTS);
  expect(last?.workers).toHaveLength(WORKERS);
  expect(last?.p0Pages).toBeGreaterThan(1000);
  expect(last?.sharedFraction?.mean).toBeGreaterThan(0.1);
}

// Images and root file systems that no other test needs.
describe.runIf(FULL)("a lab that new made", () => {
  it("serves ASGI by uvicorn's workers", async () => {
    expect(await newLab(ASGI, "one-process", ["--asgi", "shop.asgi:application"])).toMatch(
      /asgi +shop\.asgi:application/,
    );
    const run = await serve(ASGI);
    expectMeasured(run);
    expect(run.spec.variants).toEqual([expect.objectContaining({ name: "preload", workerClass: "uvicorn" })]);
    const answers = await ask(ASGI, "/served/", 40);
    const expected = {
      status: 200,
      Server: "uvicorn",
      request: "ASGIRequest",
      database: expect.stringMatching(/^SQLite 3/),
    };
    for (const answer of answers) expect(answer).toMatchObject(expected);
    expect(new Set(answers.map((answer) => answer["X-Majek-Worker"])).size).toBe(WORKERS);
  });

  it("asks a PostgreSQL beside its fleet, over a connection of each worker's own", async () => {
    expect(await newLab(POSTGRES, "postgres", ["--database", "postgres"])).toMatch(/database +postgres/);
    expectMeasured(await serve(POSTGRES));
    const [answer] = await ask(POSTGRES, "/served/", 1);
    // Of Django's own migrations: four models with four permissions each.
    const expected = {
      status: 200,
      request: "WSGIRequest",
      database: expect.stringMatching(/^PostgreSQL 17/),
      permissions: 16,
    };
    expect(answer).toMatchObject(expected);
    const backends = new Map<unknown, Set<unknown>>();
    for (const { "X-Majek-Worker": worker, backend } of await ask(POSTGRES, "/backend/", 40))
      backends.set(worker, (backends.get(worker) ?? new Set()).add(backend));
    expect([...backends.values()].map((one) => one.size)).toEqual(Array(WORKERS).fill(1));
    expect(new Set([...backends.values()].flatMap((one) => [...one])).size).toBe(WORKERS);
  });
});
