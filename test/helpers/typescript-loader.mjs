// Lets a child process of a test run the TypeScript sources as they are: Node 20 cannot strip types by itself.
// Use: node --import <this file> program.ts
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { register } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isMainThread } from "node:worker_threads";

// Node runs hooks in a thread of its own, which loads this file again.
if (isMainThread) register(import.meta.url);

// Loading the compiler takes a second: one process compiles a file, the next ones read what it left here.
const CACHE = join(tmpdir(), `majek-test-transpiled-${process.getuid?.() ?? 0}`);

async function transpiled(source) {
  const file = join(CACHE, createHash("sha256").update(source).digest("hex"));
  try {
    return readFileSync(file, "utf8");
  } catch {
    const { default: ts } = await import("typescript");
    const { outputText } = ts.transpileModule(source, {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
    });
    mkdirSync(CACHE, { recursive: true, mode: 0o700 });
    writeFileSync(`${file}.${process.pid}`, outputText);
    renameSync(`${file}.${process.pid}`, file);
    return outputText;
  }
}

export async function resolve(specifier, context, next) {
  const source = specifier.startsWith(".") && specifier.endsWith(".js") && context.parentURL?.endsWith(".ts");
  return next(source ? specifier.replace(/\.js$/, ".ts") : specifier, context);
}

export async function load(url, context, next) {
  if (!url.endsWith(".ts")) return next(url, context);
  return { format: "module", source: await transpiled(await readFile(fileURLToPath(url), "utf8")), shortCircuit: true };
}
