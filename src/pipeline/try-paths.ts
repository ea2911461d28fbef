import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { LABELS } from "../docker/labels.js";
import { redact } from "../model/env-file.js";
import { LabError } from "../model/errors.js";
import { FLEET_USER, LAYOUT, POSTGRES_USER } from "../model/guest.js";
import type { FoundPath } from "../model/project.js";
import { lastTraceback } from "../model/traceback.js";
import { parseTried, type Tried } from "../project/tryout.js";
import { writeAtomic } from "../system/files.js";
import type { BuiltLab } from "./images.js";
import type { Bench } from "./inputs.js";

/** What the tryout says, and the application's own log. */
interface Answers {
  readonly tried: readonly Tried[];
  readonly log: readonly string[];
  readonly code: number;
}

async function ask(
  bench: Bench,
  built: BuiltLab,
  paths: readonly FoundPath[],
  secrets: Readonly<Record<string, string>>,
): Promise<Answers> {
  const { spec } = built.lab;
  const variant = built.plan.variants.find(({ python }) => !python.includes("+")) ?? built.plan.variants[0];
  if (variant === undefined)
    throw new LabError("lab", "there is no variant to try", { next: "majek-lab validate LAB" });
  const script = await readFile(join(bench.workspace.packageRoot, "guest/tryout/tryout.py"), "utf8");
  const fixture = `${LAYOUT.lab}/app/${spec.app.fixture ?? ""}`;
  const mix = JSON.stringify(paths.map(({ path, weight }) => ({ path, weight })));
  const container = await bench.engine.containers.create({
    image: variant.imageTag,
    labels: { [LABELS.lab]: spec.name, [LABELS.owner]: bench.environment.owner, [LABELS.temporary]: "1" },
    command: [`${LAYOUT.prefix}/bin/python3`, "-c", script, JSON.stringify(spec.load.mask), fixture],
    env: { ...variant.environment, ...secrets, MAJEK_LAB_PATHS: mix },
    // PostgreSQL, which runs in it then, refuses a user without a name.
    user: spec.app.database === "postgres" ? POSTGRES_USER : FLEET_USER,
    network: "none",
    capabilities: [],
    noNewPrivileges: true,
    readOnlyRoot: true,
    tmpfs: { [LAYOUT.run]: "rw,nosuid,nodev,noexec,mode=1777,size=1g", "/tmp": "rw,mode=1777,size=256m" },
    memoryBytes: spec.fleet.memoryBytes,
    pidsLimit: 256,
  });
  try {
    await container.start();
    const code = await container.wait(bench.signal);
    const { stdout, stderr } = await container.logs({ follow: false });
    const [answers, log] = await Promise.all([text(stdout), text(stderr)]);
    const hide = (shown: string): string => redact(shown, secrets);
    const secretive = Object.keys(secrets).length > 0;
    return { tried: parseTried(answers, secretive ? hide : undefined), log: log.split("\n").map(hide), code };
  } finally {
    await container.remove();
  }
}

/**
 * Asks every address in a throw-away container of the lab's stock image, without network.
 * @throws LabError "fleet" with the traceback where the application cannot be loaded
 */
export async function tryPaths(
  bench: Bench,
  built: BuiltLab,
  paths: readonly FoundPath[],
  secrets: Readonly<Record<string, string>>,
): Promise<{ readonly tried: readonly Tried[]; readonly logFile: string }> {
  const { tried, log, code } = await ask(bench, built, paths, secrets);
  const logFile = join(bench.environment.cacheDir, "logs", `${built.lab.spec.name}-tryout.log`);
  await writeAtomic(logFile, `${log.join("\n")}\n`);
  if (code === 0) return { tried, logFile };
  const traceback = lastTraceback(log);
  throw new LabError("fleet", `the application cannot be loaded (exit code ${code})`, {
    where: built.lab.spec.app.wsgi,
    details: [...(traceback.length > 0 ? traceback : log.filter(Boolean).slice(-10)), `the full log is ${logFile}`],
    next: `correct the project, ${built.lab.file} or the settings beside it, then majek-lab up LAB`,
  });
}
