import { cp, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { InstalledTool } from "./tool.js";

const FLAGSHIP = "django-8workers";

/**
 * The flagship under a name of its own, so that tests neither meet nor remove the fleets of whoever runs them. The name
 * is the same each time: its trees and images are made once.
 */
export const LAB = "e2e-django-8workers";

/** Puts {@link LAB} among the labs of the tool's working folder. */
export async function copyFlagship(tool: InstalledTool): Promise<void> {
  const folder = join(tool.folder, "labs", LAB);
  await cp(resolve(import.meta.dirname, "../../labs", FLAGSHIP), folder, { recursive: true });
  for (const [file, name] of [
    ["lab.yaml", `name: ${FLAGSHIP}\n`],
    ["lab.lock", `"lab": "${FLAGSHIP}"`],
  ] as const) {
    const path = join(folder, file);
    const text = await readFile(path, "utf8");
    if (!text.includes(name)) throw new Error(`${path} does not have ${name}`);
    await writeFile(path, text.replace(name, name.replace(FLAGSHIP, LAB)));
  }
}
