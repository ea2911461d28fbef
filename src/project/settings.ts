import { LAYOUT } from "../model/guest.js";
import type { Detected, Fact } from "../model/project.js";
import { labDatabase } from "./database.js";

/** What the texts of a project's settings say, as far as a lab has to know. */
export interface SettingsFacts {
  /** Placeholders by variable. */
  readonly env: Readonly<Record<string, string>>;
  readonly overrides: readonly string[];
  readonly rootUrlconf: string | undefined;
  readonly wsgi: string | undefined;
  readonly asgi: string | undefined;
  readonly steps: readonly string[];
  readonly facts: readonly Fact[];
  readonly remarks: readonly string[];
}

/** Ways to read a variable that fail where it is not set: os.environ[...], and django-environ or decouple without a default. */
const NEEDED = [
  /\bos\.environ\[\s*["']([A-Z][A-Z0-9_]*)["']\s*\]/g,
  /\b(?:env|config)(?:\.\w+)?\(\s*["']([A-Z][A-Z0-9_]*)["']\s*\)/g,
];

function placeholder(name: string): string {
  if (/^(DATABASE|DB)_URL$/.test(name)) return "sqlite:///unused.sqlite3";
  if (/(REDIS|CELERY|BROKER|CACHE)\w*_URL$/.test(name)) return "redis://127.0.0.1:6379/0";
  if (/DEBUG/.test(name)) return "False";
  if (/PORT$/.test(name)) return "1";
  if (/HOSTS?$|ORIGINS$/.test(name)) return "localhost";
  return "only-for-the-lab";
}

const LOGGING = `LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler", "level": "ERROR"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}`;

interface Override {
  readonly line: string;
  readonly what: string;
  readonly value: string;
  readonly why: string;
}

const RANDOM = /\b(get_random_(?:string|secret_key)|secrets\.\w+|os\.urandom|uuid\.uuid4|SystemRandom|random\.\w+)\(/;

/** Why the project's own SECRET_KEY does not do; `undefined`: it does. */
function secretKeyTrouble(code: string): string | undefined {
  if (!/^\s*SECRET_KEY\s*=/m.test(code)) return "the settings set none";
  const drawn = RANDOM.exec(code)?.[1];
  if (drawn === undefined) return undefined;
  // Variants are served from images of their own: what is signed in a page would differ between them.
  return `the settings draw one by ${drawn}, and all variants must answer alike`;
}

function overridesFor(code: string, kind: Detected["database"]): Override[] {
  const database = labDatabase(kind);
  const engine =
    /\bDATABASES\b[\s\S]*?["']ENGINE["']\s*:\s*["']([\w.]*\w)["']/.exec(code)?.[1] ?? "not named in the settings";
  const found: Override[] = [
    { line: "DEBUG = False", what: "debug", value: "off", why: "with DEBUG on, Django keeps every query in memory" },
    { line: 'ALLOWED_HOSTS = ["*"]', what: "hosts", value: "any", why: "the load asks localhost" },
    { line: "SECURE_SSL_REDIRECT = False", what: "https", value: "off", why: "the load speaks plain HTTP" },
    {
      line: database.settings,
      what: "database",
      value: database.value,
      why: `the project's own: ${engine}; a lab has no network`,
    },
    { line: LOGGING, what: "logging", value: "stderr", why: "a fleet cannot write files" },
  ];
  const why = secretKeyTrouble(code);
  if (why !== undefined)
    found.push({ line: 'SECRET_KEY = "only-for-the-lab"', what: "secret key", value: "a placeholder", why });
  const cache = /["']BACKEND["']\s*:\s*["']([\w.]*(?:[Rr]edis|[Mm]emcached)[\w.]*)["']/.exec(code)?.[1];
  if (cache !== undefined) {
    const line = 'CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}';
    found.push({ line, what: "cache", value: "in each worker's memory", why: `${cache} needs a server` });
  }
  return found;
}

const AT_HOME = /\bexpanduser\(|\bPath\.home\(\)/;
/** The lab's application in its images. */
const HOME = `${LAYOUT.lab}/app`;

/**
 * Reads settings (with those they take over by `import *`), without running them.
 * @param database - what the lab has in place of the project's
 */
export function readSettings(code: string, database: Detected["database"]): SettingsFacts {
  const names = NEEDED.flatMap((pattern) => [...code.matchAll(pattern)].map(([, name = ""]) => name));
  const wanted = [...new Set(names)].filter((name) => !/^(PATH|PYTHONPATH|LD_.*|MAJEK_LAB_.*)$/.test(name)).sort();
  const overrides = overridesFor(code, database);
  const env = Object.fromEntries(wanted.map((name) => [name, placeholder(name)]));
  const home: Fact[] = [];
  if (AT_HOME.test(code)) {
    env["HOME"] = HOME;
    const why =
      "the settings look for files at home: what the build writes there must be in the image, which fleets cannot write";
    home.push({ what: "variable", value: `HOME=${HOME}`, why });
  }
  const static_ = /^\s*STATIC_ROOT\s*=/m.test(code);
  const collect: Fact[] = static_
    ? [
        {
          what: "step",
          value: "collectstatic",
          why: "STATIC_ROOT is set: templates may need the manifest of static files",
        },
      ]
    : [];
  const variables = wanted.map((name) => ({
    what: "variable",
    value: `${name}=${placeholder(name)}`,
    why: "the settings need it; a placeholder, replaced in fleets by --env-file",
  }));
  const postgis = /django\.contrib\.gis/.test(code)
    ? ["django.contrib.gis needs a database that labs do not have"]
    : [];
  return {
    env,
    overrides: overrides.map(({ line }) => line),
    rootUrlconf: /^\s*ROOT_URLCONF\s*=\s*["']([\w.]+)["']/m.exec(code)?.[1],
    wsgi: /^\s*WSGI_APPLICATION\s*=\s*["']([\w.]+)["']/m.exec(code)?.[1],
    asgi: /^\s*ASGI_APPLICATION\s*=\s*["']([\w.]+)["']/m.exec(code)?.[1],
    steps: ["migrate --noinput", ...(static_ ? ["collectstatic --noinput"] : [])],
    facts: [...overrides.map(({ what, value, why }) => ({ what, value, why })), ...collect, ...variables, ...home],
    remarks: postgis,
  };
}
