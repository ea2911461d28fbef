import { readFile } from "node:fs/promises";
import { join } from "node:path";
import Handlebars from "handlebars";
import type { DashboardFiles } from "../dashboard/server.js";

/**
 * The files of the dashboard, as a browser gets them.
 * @param templates - folder of the templates
 * @param lab - what its title says
 */
export async function dashboardFiles(templates: string, lab: string): Promise<DashboardFiles> {
  const [page, script, style] = await Promise.all(
    ["dashboard.hbs", "dashboard.js", "dashboard.css"].map((name) => readFile(join(templates, name), "utf8")),
  );
  const render = Handlebars.create().compile(page ?? "", { strict: true });
  return { page: render({ lab }), script: script ?? "", style: style ?? "" };
}
