import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { keepLab, ROOT } from "./built.js";

/** How the images that are built here compare with what lab.lock says, by tag. */
async function compared(lab: string): Promise<[string, string][]> {
  const program = resolve(ROOT, "dist/cli/main.js");
  const kept = await keepLab(lab);
  const building = promisify(execFile)(process.execPath, [program, "build", lab, "--format", "json"], { cwd: ROOT });
  const { stdout } = await building.finally(kept.release);
  const { images } = JSON.parse(stdout) as { images: { tag: string; lock: string }[] };
  return images.map(({ tag, lock }) => [tag, lock]);
}

// Where this fails with "outdated", a patch, an application, the harness, the probe or a template has changed: make record.
it.each(["django-8workers", "blog-2008"])("%s is built here as lab.lock says, byte for byte", async (lab) => {
  const images = await compared(lab);
  expect(images.length).toBeGreaterThan(1);
  // Nobody has recorded other platforms yet, and what a mirror has dropped is no fault of the lock.
  const fine = process.arch === "x64" ? ["same", "re-resolved"] : ["unknown"];
  for (const [tag, state] of images) expect(fine, `${tag}: ${state}`).toContain(state);
});
