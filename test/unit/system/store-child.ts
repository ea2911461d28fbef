import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import ts from "typescript";

const SRC = resolve(import.meta.dirname, "../../../src");

/** Compiles the store and what it imports into a folder, so that plain Node processes can run it. */
export function compileStore(into: string): void {
  writeFileSync(join(into, "package.json"), '{"type":"module"}');
  for (const folder of ["model", "system"]) {
    mkdirSync(join(into, folder), { recursive: true });
    for (const name of readdirSync(join(SRC, folder))) {
      const text = readFileSync(join(SRC, folder, name), "utf8");
      const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
      const { outputText } = ts.transpileModule(text, { compilerOptions: options });
      writeFileSync(join(into, folder, name.replace(/\.ts$/, ".js")), outputText);
    }
  }
}

/** Starts a process with `store` opened at `cacheDir` and runs the statements in it. */
export function storeProcess(compiled: string, cacheDir: string, statements: string): ChildProcess {
  const program = `
    import { createHash, randomBytes } from "node:crypto";
    import { writeFile } from "node:fs/promises";
    import { Readable } from "node:stream";
    import { openStore } from "./system/store.js";
    const sha256 = (data) => createHash("sha256").update(data).digest("hex");
    const store = openStore({ cacheDir: ${JSON.stringify(cacheDir)}, inputs: [] });
    ${statements}`;
  const args = ["--input-type=module", "--eval", program];
  return spawn(process.execPath, args, { cwd: compiled, stdio: ["ignore", "pipe", "pipe"] });
}

/**
 * Statements that make a process kill itself at its n-th change of the file system, which it counts from here on: before
 * the change or, where it writes, after half of the bytes.
 */
export function killAt(n: number): string {
  return `
    const fs = (await import("node:fs/promises")).default;
    let changes = 0;
    const isLast = () => { changes += 1; return changes === ${n}; };
    const die = () => new Promise(() => process.kill(process.pid, "SIGKILL"));
    for (const name of ["mkdir", "rename", "rm", "utimes", "writeFile"]) {
      const real = fs[name];
      fs[name] = async (...args) => { if (isLast()) await die(); return real(...args); };
    }
    const open = fs.open;
    fs.open = async (path, flags, ...rest) => {
      if (flags !== "r" && isLast()) await die();
      const handle = await open(path, flags, ...rest);
      const [write, sync] = [handle.writeFile.bind(handle), handle.sync.bind(handle)];
      handle.writeFile = async (data) => {
        if (isLast()) { await write(Buffer.from(data).subarray(0, data.length / 2)); await die(); }
        return write(data);
      };
      handle.sync = async () => { if (isLast()) await die(); return sync(); };
      return handle;
    };
    (await import("node:module")).syncBuiltinESMExports();`;
}

/** Resolves when the process has written something to standard output. */
export async function started(child: ChildProcess): Promise<void> {
  if (child.stdout !== null) await once(child.stdout, "data");
}

/** Resolves with exit code (null when killed) and what was said on stderr. */
export function ended(child: ChildProcess): Promise<{ code: number | null; stderr: string }> {
  let stderr = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  return new Promise((done) => child.on("close", (code) => done({ code, stderr })));
}
