import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import type { Header } from "tar-stream";
import { readTar } from "../system/tar.js";
import { explainContent } from "./compare-content.js";

interface Entry {
  readonly place: number;
  readonly fields: Readonly<Record<string, string>>;
  readonly sha256: string;
}

async function hashOf(content: Readable): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of content) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

function fieldsOf({ type, mode, uid, gid, uname, gname, size, mtime, linkname }: Header): Record<string, string> {
  return {
    type: String(type),
    mode: (mode ?? 0).toString(8),
    owner: `${uid}:${gid} (${uname || "-"}:${gname || "-"})`,
    size: String(size),
    time: mtime?.toISOString() ?? "none",
    target: linkname || "none",
  };
}

async function readEntries(path: string): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  await readTar(createReadStream(path), async (header, content) => {
    entries.set(header.name, { place: entries.size, fields: fieldsOf(header), sha256: await hashOf(content) });
  });
  return entries;
}

async function contents(path: string, wanted: ReadonlySet<string>): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  await readTar(createReadStream(path), async ({ name }, content) => {
    if (wanted.has(name)) found.set(name, await buffer(content));
  });
  return found;
}

function fieldDifferences(one: Entry, other: Entry): string[] {
  return Object.keys(one.fields).flatMap((field) => {
    const [a, b] = [one.fields[field], other.fields[field]];
    return a === b ? [] : [`${field} ${a} and ${b}`];
  });
}

/** How many files are opened to see where their bytes differ; the others are only named. */
const EXPLAINED = 20;

/**
 * What differs between two layers: entries that only one has, and of each other its fields and where its bytes differ.
 * @param one - path of the first tar, absolute
 * @param other - path of the second
 * @returns lines for people, sorted by path; empty for archives that differ in nothing that they hold
 */
export async function compareLayers(one: string, other: string): Promise<string[]> {
  const [before, after] = [await readEntries(one), await readEntries(other)];
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  const changed = names.filter((name) => {
    const [a, b] = [before.get(name), after.get(name)];
    return a !== undefined && b !== undefined && a.sha256 !== b.sha256;
  });
  const wanted = new Set(changed.slice(0, EXPLAINED));
  const [left, right] = [await contents(one, wanted), await contents(other, wanted)];
  const lines = names.flatMap((name) => {
    const [a, b] = [before.get(name), after.get(name)];
    if (a === undefined || b === undefined)
      return [`${name}: only in the ${a === undefined ? "second" : "first"} build`];
    const [x, y] = [left.get(name), right.get(name)];
    const bytes = x !== undefined && y !== undefined ? explainContent(name, x, y) : [];
    const unread = a.sha256 !== b.sha256 && bytes.length === 0 ? ["other bytes"] : [];
    return [...fieldDifferences(a, b), ...bytes, ...unread].map((what) => `${name}: ${what}`);
  });
  if (lines.length > 0) return lines;
  const moved = names.filter((name) => before.get(name)?.place !== after.get(name)?.place);
  return moved.slice(0, EXPLAINED).map((name) => `${name}: at another place in the archive`);
}
