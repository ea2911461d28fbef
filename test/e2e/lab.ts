import { cp, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { InstalledTool } from "./tool.js";

const FLAGSHIP = "django-8workers";

/**
 * Puts the flagship among the labs of the tool's working folder, under a name that only one file of tests uses: so they
 * neither meet nor remove the fleets of another file, or of whoever runs them.
 * @param lab - the same each time: its images are loaded once
 */
export async function copyFlagship(tool: InstalledTool, lab: string): Promise<void> {
  const folder = join(tool.folder, "labs", lab);
  await cp(resolve(import.meta.dirname, "../../labs", FLAGSHIP), folder, { recursive: true });
  for (const [file, name] of [
    ["lab.yaml", `name: ${FLAGSHIP}\n`],
    ["lab.lock", `"lab": "${FLAGSHIP}"`],
  ] as const) {
    const path = join(folder, file);
    const text = await readFile(path, "utf8");
    if (!text.includes(name)) throw new Error(`${path} does not have ${name}`);
    await writeFile(path, text.replace(name, name.replace(FLAGSHIP, lab)));
  }
}
