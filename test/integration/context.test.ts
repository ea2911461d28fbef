import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { generate } from "../../src/pipeline/generate.js";
import { keepLab, ROOT, testWorkspace } from "./built.js";

const execute = promisify(execFile);
const FULL = process.env["MAJEK_LAB_TEST_FULL"] === "1";
/** Has the interpreter that the context compiles, from equal inputs. */
const BUILT = "localhost/majek-lab/django-8workers:3.13-majek";
/** The stages of the context's Dockerfile in their order; the last one has no name. */
const STAGES = ["builder", "lab"] as const;

const name = `majek-lab-context-${randomBytes(4).toString("hex")}`;
const image = `localhost/majek-lab/${name}`;
let folder = "";
let said = "";

/** The docker command alone: whoever gets a context has nothing else. */
async function docker(...args: readonly string[]): Promise<string> {
  return (await execute("docker", args, { maxBuffer: 64 * 1024 * 1024 })).stdout.trim();
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "majek-context-"));
  const kept = await keepLab("django-8workers");
  said = await generate(testWorkspace(), join(ROOT, "labs/django-8workers"), {
    context: join(folder, "context"),
    python: "3.13+majek",
  }).finally(kept.release);
});

afterEach(async () => {
  await docker("rm", "--force", name).catch(() => undefined);
  // Stages have a tag so that they can be found here; without one they would stay for ever.
  for (const tag of ["image", ...STAGES]) await docker("rmi", "--force", `${image}:${tag}`).catch(() => undefined);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function build(): Promise<void> {
  const common = ["build", "--quiet", "--network", "none"];
  for (const stage of STAGES)
    await docker(...common, "--target", stage, "--tag", `${image}:${stage}`, `${folder}/context`);
  await docker(...common, "--tag", `${image}:image`, `${folder}/context`);
}

interface Page {
  readonly status: number | undefined;
  readonly worker: unknown;
  readonly body: string;
}

function get(address: string): Promise<Page> {
  return new Promise((resolve, reject) => {
    const asking = request(`http://${address}/html/`, (answer) => {
      let body = "";
      answer.setEncoding("utf8").on("data", (text: string) => {
        body += text;
      });
      answer.on("end", () => resolve({ status: answer.statusCode, worker: answer.headers["x-majek-worker"], body }));
    });
    asking.on("error", reject);
    asking.end();
  });
}

/** Runs the image as the head of its Dockerfile says, asks for a page, and ends it. */
async function expectServes(): Promise<void> {
  await docker("run", "--detach", "--name", name, "--publish", "127.0.0.1::8000", `${image}:image`);
  const [address = ""] = (await docker("port", name, "8000")).split("\n");
  // Before the fleet listens, the engine's proxy takes connections and cuts them.
  const page = async (): Promise<Page> => get(address).catch(() => ({ status: undefined, worker: "", body: "" }));
  await expect.poll(page, { timeout: 60_000, interval: 200 }).toMatchObject({
    status: 200,
    worker: expect.stringMatching(/^\d+$/),
    body: expect.stringContaining("</html>"),
  });
  await docker("stop", name);
  expect(await docker("inspect", name, "--format", "{{.State.ExitCode}}")).toBe("0");
}

describe("generate --context", () => {
  it("names the next command", () => {
    expect(said).toContain(`next: docker build --network none -t django-8workers ${folder}/context`);
  });

  it("gives a folder that the docker command builds and runs", async () => {
    const file = join(folder, "context/Dockerfile");
    const whole = await readFile(file, "utf8");
    // Compiling takes minutes, and the same steps made the lab's image.
    const quick = whole.replace(
      /^FROM scratch AS builder\n[\s\S]*?(?=^FROM scratch AS lab$)/m,
      `FROM ${BUILT} AS builder\n`,
    );
    expect(quick).not.toBe(whole);
    await writeFile(file, quick);
    try {
      await build();
    } finally {
      await writeFile(file, whole);
    }
    await expectServes();
  });

  if (FULL) {
    it("gives a folder that needs nothing but itself", async () => {
      await build();
      await expectServes();
    });
  }
});
