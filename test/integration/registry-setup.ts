import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createHash, createPublicKey, createSign, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** What scripts/test-tools.sh has unpacked; a registry elsewhere serves as well. */
const PROGRAM = resolve(import.meta.dirname, "../../.tools/docker-registry/usr/bin/docker-registry");

export interface RegistryOptions {
  /** A certificate of an authority that nobody knows. */
  readonly tls?: boolean;
  /** Basic authentication as ada/lovelace, or tokens for the same user. */
  readonly login?: "basic" | "token";
}

/** A running registry of Debian's package on 127.0.0.1. */
export interface TestRegistry {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** The authority behind its certificate, as a PEM file. */
  readonly authority: string;
  /** Where it keeps what is pushed. */
  readonly storage: string;
  stop(): Promise<void>;
}

function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => done(port));
    });
  });
}

async function listening(port: number, child: ChildProcess, log: () => string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (child.exitCode !== null) throw new Error(`the registry ended:\n${log()}`);
    const open = await new Promise<boolean>((done) => {
      const socket = connect(port, "127.0.0.1", () => done(socket.destroy() !== undefined));
      socket.on("error", () => done(false));
    });
    if (open) return;
    await sleep(50);
  }
  throw new Error(`the registry did not answer:\n${log()}`);
}

function openssl(...args: string[]): void {
  execFileSync("openssl", args, { stdio: "pipe" });
}

/** An authority and a certificate of 127.0.0.1 that it signed. */
function makeCertificates(folder: string): void {
  const at = (name: string): string => join(folder, name);
  openssl(
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-days",
    "2",
    "-subj",
    "/CN=a test authority",
    "-keyout",
    at("ca.key"),
    "-out",
    at("ca.crt"),
  ); // prettier-ignore
  openssl(
    "req",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-subj",
    "/CN=127.0.0.1",
    "-keyout",
    at("server.key"),
    "-out",
    at("server.csr"),
  ); // prettier-ignore
  writeFileSync(at("server.ext"), "subjectAltName=IP:127.0.0.1\n");
  openssl(
    "x509",
    "-req",
    "-in",
    at("server.csr"),
    "-CA",
    at("ca.crt"),
    "-CAkey",
    at("ca.key"),
    "-CAcreateserial",
    "-days",
    "2",
    "-extfile",
    at("server.ext"),
    "-out",
    at("server.crt"),
  ); // prettier-ignore
}

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** How the registry's token library names a key: twelve groups of base32 over half of its hash. */
function keyId(certificate: string): string {
  const spki = createPublicKey(readFileSync(certificate)).export({ type: "spki", format: "der" });
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...createHash("sha256").update(spki).digest().subarray(0, 30)]
    .map((byte) => byte.toString(2).padStart(8, "0"))
    .join("");
  const letters = bits.match(/.{5}/g)?.map((five) => alphabet[Number.parseInt(five, 2)]) ?? [];
  return letters.join("").match(/.{4}/g)?.join(":") ?? "";
}

/** Gives tokens to ada for what she asks for, and to nobody else; speaks the distribution project's token protocol. */
function tokenServer(folder: string): Promise<{ server: Server; realm: string }> {
  const sign = (access: unknown): string => {
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: "test", sub: "ada", aud: "registry", nbf: now - 5, iat: now, exp: now + 300, access };
    const header = { typ: "JWT", alg: "RS256", kid: keyId(join(folder, "ca.crt")) };
    const text = `${base64url(header)}.${base64url({ ...claims, jti: randomBytes(8).toString("hex") })}`;
    const key = readFileSync(join(folder, "ca.key"));
    return `${text}.${createSign("RSA-SHA256").update(text).sign(key).toString("base64url")}`;
  };
  const expected = `Basic ${Buffer.from("ada:lovelace").toString("base64")}`;
  const server = createServer((request, response) => {
    if (request.headers.authorization !== expected) return void response.writeHead(401).end();
    const scope = new URL(request.url ?? "", "http://x").searchParams.get("scope") ?? "";
    const [type = "", name = "", actions = ""] = scope.split(":");
    response.end(JSON.stringify({ token: sign([{ type, name, actions: actions.split(",") }]) }));
  });
  return new Promise((done) => {
    server.listen(0, "127.0.0.1", () => {
      done({ server, realm: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token` });
    });
  });
}

function authSection(folder: string, { login }: RegistryOptions, realm: string | undefined): string {
  if (login === "basic") return `auth: {htpasswd: {realm: test, path: ${join(folder, "htpasswd")}}}\n`;
  if (login !== "token") return "";
  const bundle = join(folder, "ca.crt");
  return `auth: {token: {realm: "${realm}", service: registry, issuer: test, rootcertbundle: ${bundle}}}\n`;
}

/** Starts a registry that keeps everything in a folder of its own, and ends with {@link TestRegistry.stop}. */
export async function startRegistry(options: RegistryOptions = {}): Promise<TestRegistry> {
  const folder = mkdtempSync(join(tmpdir(), "majek-registry-"));
  makeCertificates(folder);
  writeFileSync(join(folder, "htpasswd"), execFileSync("htpasswd", ["-nbB", "ada", "lovelace"]));
  const tokens = options.login === "token" ? await tokenServer(folder) : undefined;
  const port = await freePort();
  const tls = `tls: {certificate: ${join(folder, "server.crt")}, key: ${join(folder, "server.key")}}`;
  const config = [
    "version: 0.1",
    "log: {level: warn, accesslog: {disabled: true}}",
    `storage: {filesystem: {rootdirectory: ${join(folder, "storage")}}, delete: {enabled: true}}`,
    `http: {addr: "127.0.0.1:${port}", secret: test${options.tls ? `, ${tls}` : ""}}`,
    authSection(folder, options, tokens?.realm),
  ].join("\n");
  writeFileSync(join(folder, "config.yml"), config);
  let output = "";
  const child = spawn(PROGRAM, ["serve", join(folder, "config.yml")], { stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  await listening(port, child, () => output);
  return {
    host: `127.0.0.1:${port}`,
    authority: join(folder, "ca.crt"),
    storage: join(folder, "storage"),
    stop: async () => {
      const ended = new Promise((done) => child.once("exit", done));
      child.kill();
      await ended;
      tokens?.server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
