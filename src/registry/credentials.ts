import { spawn } from "node:child_process";
import { join } from "node:path";
import { LabError } from "../model/errors.js";
import { readTextIfPresent } from "../system/files.js";

/** Who somebody is for a registry. A refresh token stands for both where the registry gave one. */
export type Credentials = { readonly username: string; readonly password: string } | { readonly refreshToken: string };

/** The parts of Docker's `config.json` that are read. */
interface DockerConfig {
  readonly auths?: Readonly<Record<string, StoredAuth>>;
  readonly credsStore?: string;
  readonly credHelpers?: Readonly<Record<string, string>>;
}

interface StoredAuth {
  readonly auth?: string;
  readonly identitytoken?: string;
}

/** A credential helper says this user name when the secret is a token (docker-credential-helpers, "token"). */
const TOKEN_USER = "<token>";

function readConfig(text: string | undefined, where: string): DockerConfig {
  if (text === undefined) return {};
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === "object" && parsed !== null) return parsed as DockerConfig;
  } catch {
    // Said below.
  }
  throw new LabError("usage", "this is not the JSON that docker login writes", { where, next: "mend or remove it" });
}

function fromStored({ auth, identitytoken }: StoredAuth): Credentials | undefined {
  if (identitytoken) return { refreshToken: identitytoken };
  if (!auth) return undefined;
  const text = Buffer.from(auth, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon < 0 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** Keys of `auths` may be bare hosts or addresses. */
function hostOf(key: string): string {
  return key.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
}

function helperFailed(program: string, detail: string): LabError {
  return new LabError("failed", `the credential helper did not answer: ${detail}`, {
    where: program,
    next: `install ${program}, or take it out of Docker's config.json`,
  });
}

/** Asks a program for a secret: the host on its stdin, JSON on its stdout. */
function askHelper(helper: string, host: string): Promise<Credentials | undefined> {
  const program = `docker-credential-${helper}`;
  return new Promise((resolve, reject) => {
    const child = spawn(program, ["get"], { stdio: ["pipe", "pipe", "pipe"] });
    let output = "";
    let complaint = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
    child.stderr.on("data", (chunk: Buffer) => (complaint += chunk.toString("utf8")));
    child.on("error", (error) => reject(helperFailed(program, error.message)));
    // It may end without reading.
    child.stdin.on("error", () => undefined).end(host);
    child.on("close", (code) => {
      // The one sentence by which every helper says "I do not know this host"; it goes to either stream.
      if (code !== 0 && /credentials not found/i.test(output + complaint)) return resolve(undefined);
      if (code !== 0) return reject(helperFailed(program, complaint.trim() || `exit code ${code}`));
      try {
        const { Username, Secret } = JSON.parse(output) as { Username: string; Secret: string };
        resolve(Username === TOKEN_USER ? { refreshToken: Secret } : { username: Username, password: Secret });
      } catch {
        // What it said may hold the secret.
        reject(helperFailed(program, "no JSON came from it"));
      }
    });
  });
}

/**
 * Credentials for a registry, from where `docker login` puts them: the helper of this host, else the common helper, else
 * the file itself.
 * @param configDir - folder of Docker's `config.json`
 * @param host - with port
 * @returns `undefined` where nothing is on record: the registry is asked without a name then
 * @throws LabError "usage" where the file cannot be read, "failed" where a helper does not answer
 */
export async function findCredentials(configDir: string, host: string): Promise<Credentials | undefined> {
  const file = join(configDir, "config.json");
  const config = readConfig(await readTextIfPresent(file), file);
  const helper = config.credHelpers?.[host] ?? config.credsStore;
  const helped = helper ? await askHelper(helper, host) : undefined;
  if (helped !== undefined) return helped;
  const stored = Object.entries(config.auths ?? {}).find(([key]) => hostOf(key) === host)?.[1];
  return stored && fromStored(stored);
}
