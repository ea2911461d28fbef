import { statfs } from "node:fs/promises";

/** Bytes that may still be written below a folder; `undefined` where there is no such folder, or nobody says. */
export async function freeBytes(folder: string): Promise<number | undefined> {
  const stats = await statfs(folder).catch(() => undefined);
  // File systems without blocks of their own, over a network for example, say 0 of 0.
  return stats === undefined || stats.blocks === 0 ? undefined : stats.bavail * stats.bsize;
}
