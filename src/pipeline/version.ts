import { describeEngine } from "../docker/connect.js";
import { readSeries, readVersion } from "./package-files.js";
import type { Workspace } from "./workspace.js";

/** `version`: tool, Node, patches, engine. */
export async function version(workspace: Workspace, format: "table" | "json"): Promise<string> {
  const series = await readSeries(workspace.packageRoot);
  const engine = await describeEngine(workspace.environment).catch(() => "none answers");
  const data = {
    "majek-lab": await readVersion(workspace.packageRoot),
    node: process.versions.node,
    engine,
    patches: Object.fromEntries(
      Object.entries(series).map(([minor, { version: of, patches }]) => [
        minor,
        { version: of, patches: patches.map(({ name }) => name) },
      ]),
    ),
  };
  if (format === "json") return JSON.stringify({ schemaVersion: 1, ...data }, null, 2);
  const patched = Object.values(data.patches).map(
    (one) => `CPython ${one.version}: ${one.patches.join(", ") || "no patches"}`,
  );
  return [`majek-lab ${data["majek-lab"]}`, `Node ${data.node}`, `engine: ${engine}`, ...patched].join("\n");
}
