import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findCredentials } from "../../../src/registry/credentials.js";

const folder = mkdtempSync(join(tmpdir(), "majek-docker-config-"));
const path = process.env["PATH"];

function configure(config: unknown): void {
  writeFileSync(join(folder, "config.json"), typeof config === "string" ? config : JSON.stringify(config));
}

/** A real program of the kind that `docker login` uses. */
function helper(name: string, script: string): void {
  const file = join(folder, `docker-credential-${name}`);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

beforeAll(() => {
  process.env["PATH"] = `${folder}${delimiter}${path}`;
  helper("good", `host=$(cat); printf '{"ServerURL":"%s","Username":"ada","Secret":"for %s"}' "$host" "$host"`);
  helper("token", `cat >/dev/null; echo '{"Username":"<token>","Secret":"refresh me"}'`);
  helper("empty", `echo "credentials not found in native keychain"; exit 1`);
  helper("broken", `echo "keyring is locked" >&2; exit 3`);
  helper("garbled", `echo "secret-but-no-json"`);
});

afterAll(() => {
  process.env["PATH"] = path;
  rmSync(folder, { recursive: true });
});

const encoded = Buffer.from("grace:pass:word").toString("base64");

describe("credentials of a registry", () => {
  it("are none where nobody logged in", async () => {
    expect(await findCredentials(join(folder, "absent"), "localhost:5000")).toBeUndefined();
    configure({ auths: { "other.example": { auth: encoded } } });
    expect(await findCredentials(folder, "localhost:5000")).toBeUndefined();
  });

  it.each([
    "localhost:5000",
    "https://localhost:5000",
    "https://localhost:5000/v2/",
  ])("are found under %s", async (key) => {
    configure({ auths: { [key]: { auth: encoded } } });
    expect(await findCredentials(folder, "localhost:5000")).toEqual({ username: "grace", password: "pass:word" });
  });

  it("are a refresh token where the registry gave one", async () => {
    configure({ auths: { "r.example": { auth: encoded, identitytoken: "again" } } });
    expect(await findCredentials(folder, "r.example")).toEqual({ refreshToken: "again" });
  });

  it("come from the helper of the host, before the common one", async () => {
    configure({ credsStore: "broken", credHelpers: { "r.example": "good" } });
    expect(await findCredentials(folder, "r.example")).toEqual({ username: "ada", password: "for r.example" });
    configure({ credsStore: "token" });
    expect(await findCredentials(folder, "r.example")).toEqual({ refreshToken: "refresh me" });
  });

  it("come from the file where the helper knows nothing", async () => {
    configure({ credsStore: "empty", auths: { "r.example": { auth: encoded } } });
    expect(await findCredentials(folder, "r.example")).toEqual({ username: "grace", password: "pass:word" });
  });

  it.each([
    ["broken", /keyring is locked/],
    ["missing-altogether", /ENOENT/],
    ["garbled", /no JSON/],
  ])("say what the helper %s did", async (name, why) => {
    configure({ credsStore: name });
    const asked = findCredentials(folder, "r.example");
    await expect(asked).rejects.toMatchObject({ code: "failed", where: `docker-credential-${name}` });
    await expect(asked).rejects.toThrow(why);
    await expect(asked).rejects.not.toThrow(/secret-but/);
  });

  it("say which file is broken", async () => {
    configure("{");
    await expect(findCredentials(folder, "r.example")).rejects.toMatchObject({
      code: "usage",
      where: join(folder, "config.json"),
    });
  });
});
