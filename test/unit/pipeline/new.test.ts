import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { newLab } from "../../../src/pipeline/new.js";
import type { Workspace } from "../../../src/pipeline/workspace.js";

let folder = "";
let printed: string[] = [];

const PROJECT: Readonly<Record<string, string>> = {
  "manage.py": 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n',
  "shop/settings.py": 'ROOT_URLCONF = "shop.urls"\nWSGI_APPLICATION = "shop.wsgi.application"\n',
  "shop/urls.py": 'urlpatterns = [path("a/", view)]\n',
  "shop/wsgi.py": "",
  "requirements/base.txt": "Django==5.1.*\n",
  "requirements/production.txt": "-r base.txt\n",
};

async function project(more: Readonly<Record<string, string>> = {}): Promise<void> {
  for (const [name, text] of Object.entries({ ...PROJECT, ...more })) {
    await mkdir(join(folder, "project", name, ".."), { recursive: true });
    await writeFile(join(folder, "project", name), text);
  }
}

async function made(options: { path?: string; requirements?: string } = {}): Promise<void> {
  const workspace = {
    workingDirectory: folder,
    packageRoot: resolve(import.meta.dirname, "../../.."),
    print: (text: string) => void printed.push(text),
  } as unknown as Workspace;
  await newLab(workspace, "shop", { path: "project", build: false, ...options });
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "majek-new-"));
  printed = [];
});
afterEach(() => rm(folder, { recursive: true }));

it("finds what the named requirements include beside them", async () => {
  await project();
  await made({ requirements: "project/requirements/production.txt" });
  expect(await readFile(join(folder, "labs/shop/lab.yaml"), "utf8")).toContain('- "Django==5.1.*"');
});

it.each([
  "nowhere",
  "project/manage.py",
])("says that %s is no folder of a project, and leaves nothing", async (path) => {
  await project();
  await expect(made({ path })).rejects.toMatchObject({ code: "usage", where: join(folder, path) });
  expect(await readdir(folder)).toEqual(["project"]);
});

it("copies no keys and no data, and says so", async () => {
  const kept = [
    "id_rsa",
    "id_ed25519",
    "cert.pfx",
    "db.sqlite3",
    "db.sqlite3-wal",
    "db.sqlite3-journal",
    "my_secret.json",
  ];
  await project(Object.fromEntries(kept.map((name) => [name, "x"])));
  await made();
  expect(await readdir(join(folder, "labs/shop/app"))).toEqual([
    "majek_lab_settings.py",
    "manage.py",
    "requirements",
    "shop",
  ]);
  for (const name of kept) expect(printed.join("\n")).toContain(`${name} left out: may hold secrets or data`);
});
