import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { redact } from "../../../src/model/env-file.js";
import { readAccessLog, readUrlList } from "../../../src/project/access-log.js";
import { fixtureText } from "../../../src/project/database.js";
import { detectProject } from "../../../src/project/detect.js";
import { labFileText, settingsText } from "../../../src/project/lab-file.js";
import { judgeMix, judgePaths, parseTried, redirectTargets } from "../../../src/project/tryout.js";
import { parseLab } from "../../../src/spec/parse.js";

const PROJECT = new Map([
  ["src/manage.py", 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings.dev")\n'],
  ["src/shop/wsgi.py", 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings.production")\n'],
  ["src/shop/settings/__init__.py", ""],
  ["src/shop/settings/base.py", 'ROOT_URLCONF = "shop.urls"\nSTATIC_ROOT = "/x"\n# SECRET_KEY = "no"\n'],
  ["src/shop/settings/dev.py", 'from .base import *\nSECRET_KEY = "x"\n'],
  [
    "src/shop/settings/production.py",
    'from .base import *\nAPI = os.environ["API_TOKEN"]\nX = env("DATABASE_URL")\nY = env("MAYBE", default="")\nCACHES = {"default": {"BACKEND": "django_redis.cache.RedisCache"}}\n',
  ],
  [
    "src/shop/urls.py",
    'urlpatterns = [path("admin/", admin.site.urls), path("", views.home),\n path("p/<int:pk>/", v), re_path(r"^feed/$", f), path("blog/", include("blog.urls"))]\n# path("gone/", x)\n'
      .replaceAll(", p", ",\n p")
      .replaceAll(", re", ",\n re"),
  ],
  ["src/blog/urls.py", 'urlpatterns = [path("", a), path("new/", b)]\n'.replace(", path", ",\n path")],
  ["src/gunicorn.conf.py", "preload_app = True\n"],
  ["requirements.txt", "Django~=5.2\n"],
]);

describe("a project", () => {
  const found = detectProject(PROJECT);

  it("is found with what its servers use, whatever developers use", () => {
    expect(found).toMatchObject({
      root: "src",
      settings: "shop.settings.production",
      wsgi: "shop.wsgi:application",
      requirements: ["Django~=5.2", "gunicorn==26.*"],
      steps: ["migrate --noinput", "collectstatic --noinput"],
      env: { API_TOKEN: "only-for-the-lab", DATABASE_URL: "sqlite:///unused.sqlite3" },
      preloads: true,
    });
    expect(found.paths.map(({ path }) => path)).toEqual(["/admin/login/", "/", "/feed/", "/blog/", "/blog/new/"]);
  });

  it("gets settings on top of its own for what a lab does not have", () => {
    const text = settingsText(found);
    expect(text).toContain("from shop.settings.production import *");
    for (const name of ["SECRET_KEY", "CACHES", "DATABASES", "ALLOWED_HOSTS"]) expect(text).toMatch(`\n${name} = `);
  });

  it("serves WSGI though there is asgi.py, unless told otherwise or there is nothing else", () => {
    const both = new Map([...PROJECT, ["src/shop/asgi.py", ""]]);
    expect(detectProject(both)).toMatchObject({ wsgi: "shop.wsgi:application", asgi: null });
    expect(detectProject(both).facts).toContainEqual(
      expect.objectContaining({ what: "asgi", why: expect.stringContaining("--asgi shop.asgi:application") }),
    );
    const told = detectProject(both, { asgi: "a.b:app" });
    expect(told).toMatchObject({ wsgi: "shop.wsgi:application", asgi: "a.b:app" });
    const only = new Map(both);
    only.delete("src/shop/wsgi.py");
    const alone = detectProject(only);
    expect(alone).toMatchObject({ asgi: "shop.asgi:application" });
    for (const one of [told, alone]) {
      expect(one.requirements).toEqual(expect.arrayContaining(["uvicorn", "uvicorn-worker"]));
      const { spec, problems = [] } = parseLab(labFileText("shop", one));
      expect(problems).toEqual([]);
      expect(spec?.variants.every(({ workerClass, warmup }) => workerClass === "uvicorn" && warmup === 0)).toBe(true);
      expect(spec?.app).toMatchObject({ asgi: one.asgi });
    }
    only.delete("src/shop/asgi.py");
    expect(() => detectProject(only)).toThrow(expect.objectContaining({ next: expect.stringContaining("--asgi") }));
  });

  it("gets PostgreSQL where it is asked for, with a driver, a server, and a script in place of steps", () => {
    const wished = detectProject(PROJECT, { database: "postgres" });
    expect(wished.requirements).toContain("psycopg[binary]==3.*");
    expect(settingsText(wished)).toContain('"ENGINE": "django.db.backends.postgresql"');
    const { spec, problems = [] } = parseLab(labFileText("shop", wished));
    expect(problems).toEqual([]);
    expect(spec?.app).toMatchObject({ database: "postgres", steps: [], prepare: "majek_lab_fixture.py" });
    expect(fixtureText(wished.steps)).toContain('    ["migrate","--noinput"],\n    ["collectstatic","--noinput"],');
    const own = { requirements: { name: "r.txt", text: "Django\npsycopg2==2.9" }, database: "postgres" } as const;
    expect(detectProject(PROJECT, own).requirements).toEqual(["Django", "psycopg2-binary==2.9", "gunicorn==26.*"]);
  });

  it("is read through split_settings, but for files that are chosen from", () => {
    const split = new Map([
      ...PROJECT,
      [
        "src/shop/settings/production.py",
        'from split_settings.tools import include\nMORE = {"X": "plugin.py"}\ninclude("parts/web.py", *["db.py"])\n',
      ],
      ["src/shop/settings/parts/web.py", 'ROOT_URLCONF = "shop.urls"\nSECRET_KEY = "x"\n'],
      ["src/shop/settings/db.py", 'S = {"ENGINE": "search"}\nDATABASES = {"default": {"ENGINE": "a.b"}}\n'],
      ["src/shop/settings/plugin.py", 'os.environ["NOT_NEEDED"]\n'],
    ]);
    const read = detectProject(split);
    expect(read.paths.map(({ path }) => path)).toContain("/blog/");
    expect(read.env).toEqual({});
    expect(read.facts).toContainEqual(
      expect.objectContaining({ what: "database", why: expect.stringContaining("a.b;") }),
    );
    expect(settingsText(read)).not.toContain("SECRET_KEY");
  });

  it("is read through patterns of split_settings, too", () => {
    const split = new Map([
      ...PROJECT,
      [
        "src/shop/settings/production.py",
        'from split_settings.tools import include, optional\ninclude("parts/?0_*.py", optional("local*.py"))\n',
      ],
      ["src/shop/settings/parts/10_web.py", 'ROOT_URLCONF = "shop.urls"\nSECRET_KEY = "x"\n'],
      ["src/shop/settings/parts/20_db.py", 'DATABASES = {"default": {"ENGINE": "a.b"}}\n'],
      ["src/shop/settings/parts/more/30_deep.py", 'os.environ["NOT_NEEDED"]\n'],
      ["src/shop/settings/parts/other.py", 'os.environ["NOT_NEEDED"]\n'],
      ["src/shop/settings/local_mail.py", 'os.environ["MAIL_HOST"]\n'],
    ]);
    const read = detectProject(split);
    expect(read.paths.map(({ path }) => path)).toContain("/blog/");
    expect(Object.keys(read.env)).toEqual(["MAIL_HOST"]);
    expect(read.facts).toContainEqual(
      expect.objectContaining({ what: "database", why: expect.stringContaining("a.b;") }),
    );
    expect(settingsText(read)).not.toContain("SECRET_KEY");
  });

  it("has its routes where they stand: behind those around them, over several lines", () => {
    const urls = `urlpatterns = [
    path("500", errors.view(500)),
    path(
        "blog/",
        include("blog.urls"),
    ),
    path("o/<slug:name>/", include([path("settings/", a), path("", b)])),
    path(
        "shop/",
        include(([
            path("", views.cart, {"note": "a ) in a text"}),
            path("<int:pk>/", include([path("edit/", c)])),
            path("deals/", views.deals),
        ], "shop")),
    ),
    path("last/", views.last),
]
`;
    const { paths } = detectProject(new Map([...PROJECT, ["src/shop/urls.py", urls]]));
    expect(paths.map(({ path }) => path)).toEqual(["/500", "/blog/", "/blog/new/", "/shop/", "/shop/deals/", "/last/"]);
  });

  it("is found where manage.py leaves its settings to a module of the project", () => {
    const delegating = new Map([...PROJECT, ["src/manage.py", "from shop.run import main\nmain()\n"]]);
    const read = detectProject(delegating);
    expect(read).toMatchObject({ root: "src", settings: "shop.settings.production" });
    expect(read.facts[0]).toEqual({ what: "project", value: "src", why: "there is src/manage.py" });
  });

  it("is found from above its package, where manage.py is installed as one of its modules", () => {
    const set = (module: string): string => `os.environ.setdefault("DJANGO_SETTINGS_MODULE", "${module}")\n`;
    const installed = new Map([
      ["lib/forge/__init__.py", ""],
      ["lib/forge/manage.py", `if testing:\n    ${set("test.settings")}else:\n    ${set("forge.settings")}`],
      ["lib/forge/settings.py", 'ROOT_URLCONF = "forge.urls"\n'],
      ["lib/forge/urls.py", 'urlpatterns = [path("login/", login)]\n'],
      ["lib/forge/wsgi.py", set("forge.settings")],
    ]);
    const read = detectProject(installed);
    expect(read).toMatchObject({ root: "lib", settings: "forge.settings" });
    expect(read.paths.map(({ path }) => path)).toEqual(["/login/"]);
    // A stray __init__.py beside manage.py changes nothing: the settings are below it.
    expect(detectProject(new Map([...PROJECT, ["src/__init__.py", ""]])).root).toBe("src");
  });

  it("gets a secret key of the lab's where its own is drawn at random: variants must answer alike", () => {
    const drawn = new Map(PROJECT);
    drawn.set("src/shop/settings/dev.py", "");
    drawn.set("src/shop/settings/production.py", "if True:\n    SECRET_KEY = get_random_string(50, chars)\n");
    const read = detectProject(drawn);
    expect(settingsText(read)).toContain('\nSECRET_KEY = "only-for-the-lab"\n');
    expect(read.facts).toContainEqual(
      expect.objectContaining({ what: "secret key", why: expect.stringContaining("get_random_string") }),
    );
    drawn.set("src/shop/settings/production.py", 'SECRET_KEY = os.environ["KEY"]\n');
    expect(settingsText(detectProject(drawn))).not.toContain("SECRET_KEY");
  });

  it("has its home in the image where the settings look there: fleets cannot write, and no build's home is kept", () => {
    const settings = 'SECRET_KEY = "x"\nBASE = os.environ.get("BASE", os.path.expanduser("~/.shop"))\n';
    const read = detectProject(new Map([...PROJECT, ["src/shop/settings/production.py", settings]]));
    expect(read.env).toEqual({ HOME: "/srv/lab/app" });
    expect(parseLab(labFileText("shop", read)).spec?.app).toMatchObject({ env: read.env });
    expect(read.facts).toContainEqual(expect.objectContaining({ what: "variable", value: "HOME=/srv/lab/app" }));
  });

  it("does not call half a name its database", () => {
    const computed = 'DATABASES = {"default": {"ENGINE": "django.db.backends." + kind}}\n';
    const { facts } = detectProject(new Map([...PROJECT, ["src/shop/settings/production.py", computed]]));
    const database = facts.find(({ what }) => what === "database");
    expect(database?.why).toBe("the project's own: not named in the settings; a lab has no network");
  });

  it("takes the extra that has Django, where the dependencies have it not", () => {
    const text = `[project]
dependencies = ["requests"]
[project.optional-dependencies]
postgres = ["psycopg2"]
server = ["Django>=5.2,<5.3", "whitenoise"]
`;
    const read = detectProject(new Map([...PROJECT, ["requirements.txt", ""], ["pyproject.toml", text]]));
    expect(read.requirements).toEqual(["requests", "Django>=5.2,<5.3", "whitenoise", "gunicorn==26.*"]);
    expect(read.facts).toContainEqual(
      expect.objectContaining({ why: "pyproject.toml, with its extra server, which has Django" }),
    );
    const own = text.replace('"requests"', '"django~=5.2"');
    const files = new Map([...PROJECT, ["requirements.txt", ""], ["pyproject.toml", own]]);
    expect(detectProject(files).requirements).toEqual(["django~=5.2", "gunicorn==26.*"]);
  });

  it("has Django's tokens blanked as Django writes them, and as they are minified", () => {
    const masks = parseLab(labFileText("shop", found)).spec?.load.mask ?? [];
    const blank = (page: string): string => masks.reduce((rest, mask) => rest.replace(new RegExp(mask, "g"), ""), page);
    for (const field of [
      '<input type="hidden" name="csrfmiddlewaretoken" value="TOKEN">',
      "<input name=csrfmiddlewaretoken type=hidden value=TOKEN>",
    ]) {
      expect(blank(field.replace("TOKEN", "aB3"))).toBe(blank(field.replace("TOKEN", "Zy9Zy9")));
    }
  });

  it("becomes a lab file that is valid", () => {
    const parsed = parseLab(labFileText("shop", found));
    expect(parsed.problems ?? []).toEqual([]);
    expect(parsed.spec).toMatchObject({ baseline: "preload", app: { steps: found.steps, env: found.env } });
  });

  it("is told what the command line wishes", () => {
    const wishes = {
      settings: "a.b",
      wsgi: "c:d",
      urls: "/x/ 3\n# no\n/y/\n",
      requirements: { name: "r.txt", text: "a==1" },
    };
    const other = detectProject(PROJECT, wishes);
    expect(other).toMatchObject({ settings: "a.b", wsgi: "c:d", requirements: ["a==1", "gunicorn==26.*"] });
    expect(other.paths.map(({ path, weight }) => [path, weight])).toEqual([
      ["/x/", 3],
      ["/y/", 1],
    ]);
  });

  it.each([
    [new Map([["x.py", ""]]), "--path"],
    [new Map([["manage.py", 'x("DJANGO_SETTINGS_MODULE", "gone.settings")']]), "--settings"],
    [new Map([...PROJECT, ["uv.lock", "not [ toml"]]), "--requirements"],
  ])("that cannot be read is an error with the flag that helps", (files, flag) => {
    expect(() => detectProject(files)).toThrow(
      expect.objectContaining({ code: "lab", next: expect.stringContaining(flag) }),
    );
  });
});

describe("an access log", () => {
  const line = (path: string, status = 200, method = "GET") =>
    `192.0.2.1 - - [01/Feb/2026:10:00:00 +0000] "${method} ${path} HTTP/1.1" ${status} 12 "-" "a \\"b\\""`;

  it("gives addresses by frequency with the status they had most often", () => {
    const lines = [line("/a/"), line("/a/"), line("/a/", 302), line("/b/?q=1", 404), line("/c/", 200, "POST")];
    const { paths, unread, left } = readAccessLog(
      [...lines, line("/static/x.css"), line("/d/", 500), "junk", ""].join("\n"),
    );
    expect(paths).toEqual([
      { path: "/a/", weight: 3, status: 200 },
      { path: "/b/?q=1", weight: 1, status: 404 },
    ]);
    expect([unread, left]).toEqual([1, 3]);
  });

  it("of any text gives addresses that a lab file takes, and counts every line", () => {
    const some = fc.oneof(
      fc.string(),
      fc.webPath().map((path) => line(path || "/")),
    );
    fc.assert(
      fc.property(fc.array(some), (lines) => {
        const text = lines.join("\n");
        const { paths, unread, left } = readAccessLog(text);
        const all = text.split("\n").filter((one) => one.trim() !== "").length;
        expect(paths.reduce((sum, { weight }) => sum + weight, 0) + unread + left).toBe(all);
        if (paths.length === 0) return;
        expect(parseLab(labFileText("x", { ...detectProject(PROJECT), paths })).problems ?? []).toEqual([]);
      }),
      { numRuns: 20 },
    );
  });

  it("is not needed where a list names addresses", () => {
    expect(readUrlList("nonsense\n/a b\n/c/ 2.5 # x")).toEqual([{ path: "/c/", weight: 2.5, status: null }]);
  });
});

describe("trying", () => {
  const paths = ["/", "/a/", "/b/", "/c/"].map((path) => ({ path, weight: 1, status: null }));
  const output = `noise
{"path": "/", "status": 302, "same": true, "location": "http://localhost:8000/en/"}
{"path": "/a/", "status": 404, "same": true, "location": null}
{"path": "/b/", "status": 200, "same": false, "location": null}
{"path": "/c/", "status": 200, "same": true, "location": null}`;

  it("keeps addresses that can be measured, and says why others are not", () => {
    const { kept, remarks } = judgePaths(paths, parseTried(output));
    expect(kept.map(({ path, status }) => [path, status])).toEqual([
      ["/", 302],
      ["/c/", 200],
    ]);
    expect(remarks).toEqual(["/a/ left out: answered 404", expect.stringMatching(/^\/b\/ left out: .*load\.mask/)]);
  });

  it("says what differs between two answers, but not where it might be a secret's half", () => {
    const differs = ['value="15:31:33', 'value="15:31:34'];
    const answer = JSON.stringify({ path: "/a/", status: 200, same: false, location: null, differs });
    const asked = [{ path: "/a/", weight: 1, status: null }];
    const told = judgePaths(asked, parseTried(answer)).remarks[0];
    expect(told).toContain('second time ("value=\\"15:31:33", then "value=\\"15:31:34"); name it under load.paths');
    expect(
      judgePaths(
        asked,
        parseTried(answer, (text) => text),
      ).remarks[0],
    ).toContain("second time; name it");
  });

  it("follows redirections on the site itself", () => {
    expect(redirectTargets(paths, parseTried(output)).map(({ path }) => path)).toEqual(["/en/"]);
  });

  it("follows redirections to one page once, whatever they say behind its address, and to none that is known", () => {
    const to = (path: string, location: string): string => JSON.stringify({ path, status: 302, same: true, location });
    const page = '{"path": "/known/", "status": 200, "same": true, "location": null}';
    const answers = [to("/a/", "/login/?next=/a/"), to("/b/", "/login/?next=/b/"), to("/c/", "/known/?x=1"), page];
    const tried = parseTried([...answers, to("/", "/?lang=en")].join("\n"));
    expect(redirectTargets(paths, tried).map(({ path }) => path)).toEqual(["/login/?next=/a/", "/?lang=en"]);
  });

  it("says of a mix that mostly redirects what it lacks", () => {
    const mix = (...statuses: readonly number[]) =>
      statuses.map((status) => ({ path: `/${status}`, weight: 1, status }));
    expect(judgeMix(mix(302, 301, 200))).toEqual([expect.stringMatching(/^2 of 3 addresses only redirect.*--urls$/)]);
    expect(judgeMix(mix(302, 200, 403))).toEqual([]);
  });

  it("does not follow one that carries a secret, which would be written into the lab file", () => {
    const answer = '{"path": "/a/", "status": 302, "same": true, "location": "/login/?key=tok-abc%21"}';
    const hide = (text: string): string => redact(text, { KEY: "tok-abc!" });
    expect(redirectTargets(paths, parseTried(`${output}\n${answer}`, hide)).map(({ path }) => path)).toEqual(["/en/"]);
  });
});
