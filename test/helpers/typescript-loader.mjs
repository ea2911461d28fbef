// Lets a child process of a test run the TypeScript sources as they are: Node 20 cannot strip types by itself.
// Use: node --import <this file> program.ts
import { readFile } from "node:fs/promises";
import { register } from "node:module";
import { fileURLToPath } from "node:url";
import { isMainThread } from "node:worker_threads";
import ts from "typescript";

// Node runs hooks in a thread of its own, which loads this file again.
if (isMainThread) register(import.meta.url);

export async function resolve(specifier, context, next) {
  const source = specifier.startsWith(".") && specifier.endsWith(".js") && context.parentURL?.endsWith(".ts");
  return next(source ? specifier.replace(/\.js$/, ".ts") : specifier, context);
}

export async function load(url, context, next) {
  if (!url.endsWith(".ts")) return next(url, context);
  const { outputText } = ts.transpileModule(await readFile(fileURLToPath(url), "utf8"), {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
  });
  return { format: "module", source: outputText, shortCircuit: true };
}
