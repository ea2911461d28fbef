// Asks for an engine exactly as the tool does, so that both agree on which one that is. Needs `make tool`.
// Exit code 0: one answers; 1: none does; 4: the one that is there cannot be used, and stderr says why.
import { describeError } from "../dist/cli/errors.js";
import { connectEngine, NoEngineError } from "../dist/docker/connect.js";
import { readEnvironment } from "../dist/system/env.js";

try {
  await connectEngine(readEnvironment());
} catch (error) {
  const absent = error instanceof NoEngineError && error.absent;
  if (!absent) process.stderr.write(describeError(error));
  process.exitCode = absent ? 1 : 4;
}
