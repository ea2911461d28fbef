// Run by lock.test.ts as a process of its own: takes a lock and keeps it until it is killed.
import { acquireLabLock } from "../../../src/fleet/lock.js";

const [cacheDir = "", lab = ""] = process.argv.slice(2);
try {
  await acquireLabLock({ cacheDir, endpoint: "/run/docker.sock", lab }, ["majek-lab", "up", lab]);
  process.stdout.write("held\n");
  setInterval(() => undefined, 1000);
} catch (error) {
  process.stdout.write(`refused: ${(error as Error).message}\n`);
}
