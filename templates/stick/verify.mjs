// Compares every file of this folder with SHA256SUMS, before any other program of it runs. Uses nothing but Node itself.
// Exit code 0: whole; 4: this Node is too old; 9: what is cut, altered or missing is named.
import { createHash } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";

const here = new URL("./", import.meta.url);

function sha256(name) {
  return new Promise((done) => {
    const hash = createHash("sha256");
    createReadStream(new URL(name.split("/").map(encodeURIComponent).join("/"), here), { highWaterMark: 1 << 20 })
      .on("error", (error) => done(error.code === "ENOENT" ? "missing" : error.message))
      .on("data", (chunk) => hash.update(chunk))
      .on("end", () => done(hash.digest("hex")));
  });
}

/** What is wrong with the files of a list. */
async function wrongIn(list) {
  const wrong = [];
  let text = "";
  try {
    text = readFileSync(new URL(list, here), "utf8");
  } catch (error) {
    return [`${list}: ${error.code === "ENOENT" ? "missing" : error.message}`];
  }
  if (!/^(?:[0-9a-f]{64} {2}[^\n]+\n)+$/.test(text)) return [`${list}: cut or altered`];
  for (const line of text.split("\n").slice(0, -1)) {
    const [hash, name] = [line.slice(0, 64), line.slice(66)];
    const found = await sha256(name);
    if (found !== hash) wrong.push(`${name}: ${/^[0-9a-f]{64}$/.test(found) ? "cut or altered" : found}`);
  }
  return wrong;
}

const [major, minor] = process.versions.node.split(".").map(Number);
process.stderr.write("comparing every file with its checksum\n");
// The first list has one line, about the second: a list that is cut between two lines is found, too.
const first = await wrongIn("SHA256SUMS.sha256");
const wrong = first.length > 0 ? first : await wrongIn("SHA256SUMS");
if (wrong.length > 0) {
  process.stderr.write(`This folder is not as it was packed; nothing was imported:\n`);
  for (const line of wrong.slice(0, 20)) process.stderr.write(`  ${line}\n`);
  if (wrong.length > 20) process.stderr.write(`  and ${wrong.length - 20} more\n`);
  process.stderr.write("  next: unpack the archive again, or copy it from the stick again\n");
  process.exitCode = 9;
} else if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`Node ${process.versions.node} is too old: this needs Node 20.19 or newer\n`);
  process.exitCode = 4;
}
