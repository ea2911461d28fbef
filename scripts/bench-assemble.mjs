// What it costs to make an image from a tree of 1 GB: reading the engine's tar, sorting and normalising it, hashing the
// layer, and writing the archive. Processor time, not the clock: a busy machine changes it little.
// Usage: node scripts/bench-assemble.mjs [--megabytes 1000]
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import { assembleImage } from "../dist/image/assemble.js";
import { normaliseTree } from "../dist/image/normalise.js";
import { sha256File } from "../dist/system/hash.js";
import { packTar } from "../dist/system/tar.js";

/** What DESIGN asks for: megabytes in a second of one core, and megabytes of memory at most. */
const SPEED = 150;
const MEMORY = 200;

const { values } = parseArgs({ options: { megabytes: { type: "string", default: "1000" } } });
const wanted = Number(values.megabytes) * 1e6;

const BLOCK = createHash("shake256", { outputLength: 1 << 20 }).update("content").digest();

/** A content that streams: the bench must not hold in memory what the tool does not. */
function* blocks(size) {
  for (let left = size; left > 0; left -= BLOCK.length) yield left < BLOCK.length ? BLOCK.subarray(0, left) : BLOCK;
}

/** As in site-packages: mostly some kilobytes, some of a megabyte, few of fifty; in the order in which a folder is read. */
function* entries() {
  yield { type: "directory", name: "tree", mode: 0o755 };
  for (let index = 0; index < 500; index += 1) yield { type: "directory", name: `tree/package${index}`, mode: 0o755 };
  for (let index = 0, total = 0; total < wanted; index += 1) {
    const usual = index % 997 === 0 ? 50e6 : index % 53 === 0 ? 1e6 : 500 + ((index * 7919) % 40_000);
    const size = Math.min(usual, wanted - total);
    total += size;
    const name = `tree/package${(index * 31) % 500}/module${index}.py`;
    yield { type: "file", name, mode: 0o644, size, open: () => Readable.from(blocks(size)) };
  }
}

const nothing = () => new Writable({ write: (_chunk, _encoding, done) => done() });

async function seconds(work) {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

const folder = mkdtempSync(join(tmpdir(), "majek-lab-bench-"));
try {
  const output = join(folder, "layer.tar");
  // What making the input costs is measured alone and taken off.
  const making = await seconds(() => pipeline(packTar(entries()), nothing()));
  const tree = await seconds(() => normaliseTree(packTar(entries()), "/tree", output));
  const writing = await seconds(async () => {
    const layer = { diffId: `sha256:${await sha256File(output)}`, size: statSync(output).size, path: output };
    const config = { platform: "linux/amd64", command: ["true"], env: {}, labels: {}, user: "0:0", workdir: "/" };
    await pipeline(assembleImage([layer], config, "localhost/majek-lab/bench:1").archive(), nothing());
  });
  const total = tree - making + writing;
  const speed = wanted / 1e6 / total;
  const memory = process.resourceUsage().maxRSS / 1024;
  console.log(`assembling ${values.megabytes} MB: ${speed.toFixed(0)} MB a second of one core (at least ${SPEED}); normalising ${(tree - making).toFixed(2)} s, hashing and writing ${writing.toFixed(2)} s; ${memory.toFixed(0)} MB of memory at most (limit ${MEMORY})`);
  if (speed < SPEED || memory > MEMORY) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}
