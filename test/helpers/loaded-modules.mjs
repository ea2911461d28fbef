// Lets a test see which modules a child process loads: each address goes to file descriptor 3, one a line.
// Use: node --import <this file> program, with a pipe as fourth stream.
import { writeSync } from "node:fs";
import { register } from "node:module";
import { isMainThread } from "node:worker_threads";

// Node runs hooks in a thread of its own, which loads this file again.
if (isMainThread) register(import.meta.url);

export async function load(url, context, next) {
  if (!url.startsWith("node:")) writeSync(3, `${url}\n`);
  return next(url, context);
}
