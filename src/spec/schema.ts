import { z } from "zod";
import { BEFORE_FORK, WORKER_CLASSES } from "../model/spec.js";

/** Names become folder, image, container and label names: nothing in them may need quoting anywhere. */
export const NAME = /^[a-z0-9][a-z0-9-]{0,40}$/;

// Values below enter Dockerfiles, shells and environments. They are matched to what they mean, which leaves no room
// for quotes, `$`, backslashes, line ends or `..`.
const FILE = /^(?!.*(^|\/)\.\.?(\/|$))[A-Za-z0-9_][A-Za-z0-9_.-]*(\/[A-Za-z0-9_.-]+)*$/;
const SCRIPT = /^(?!.*(^|\/)\.\.?(\/|$))[A-Za-z0-9_][A-Za-z0-9_.-]*(\/[A-Za-z0-9_.-]+)*\.py$/;
const WSGI = /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*$/;
const REQUIREMENT =
  /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?(\[[A-Za-z0-9._-]+(,[A-Za-z0-9._-]+)*\])? *((~=|===?|!=|<=?|>=?) *[A-Za-z0-9.*+!_-]+( *, *(~=|===?|!=|<=?|>=?) *[A-Za-z0-9.*+!_-]+)*)?$/;
const DEBIAN_PACKAGE = /^[a-z0-9][a-z0-9+.-]+$/;
const URL_PATH = /^\/[A-Za-z0-9._~!&*+,;=:@%/?-]*$/;
const PRINTABLE = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u;
const PYTHON = /^[23]\.\d{1,2}(\+majek)?$/;
/** What the harness, the image and the dynamic linker go by is not for the lab file. */
const VARIABLE = /^(?!MAJEK_LAB_|LD_|PATH$|PYTHONPATH$)[A-Z][A-Z0-9_]{0,60}$/;
const MEMORY = /^\d{1,9}[kmg]$/i;

/** A management command: words that no shell needs quotes for. */
const STEP = /^[a-z_][a-z0-9_]*( [A-Za-z0-9_./:=@%+,-]+)*$/;
const MODULE = /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/;

const file = z
  .string()
  .max(200)
  .regex(FILE, "expected a relative path of letters, digits, dots, dashes and slashes that stays inside its folder");

const count = (low: number, high: number) => z.int().min(low).max(high);

const variables = z.record(
  z.string().regex(VARIABLE, "expected a name of upper-case letters that is not MAJEK_LAB_..., PATH or PYTHONPATH"),
  z.string().max(500).regex(PRINTABLE, "expected one line of printable text"),
);

/** The name of a lab in the folder beside this one. */
const neighbour = z.string().regex(NAME, "expected the name of a lab in the folder beside this one");

const over = z
  .strictObject({
    lab: neighbour.meta({ description: "The lab beside this one whose application folder lies below." }),
    except: z.array(file).max(50).default([]).meta({ description: "Files and folders of it that are left out." }),
  })
  .meta({ description: "The folder is laid over the one of another lab: what both have is this lab's." });

const app = z
  .strictObject({
    path: file.default("app").meta({ description: "Folder of the application, inside the lab folder." }),
    over: over.exactOptional(),
    wsgi: z
      .string()
      .max(200)
      .regex(WSGI, "expected module:callable, such as mysite.wsgi:application")
      .meta({ description: "The WSGI callable, as module:callable." }),
    asgi: z
      .string()
      .max(200)
      .regex(WSGI, "expected module:callable, such as mysite.asgi:application")
      .exactOptional()
      .meta({ description: "The ASGI callable, for variants of workerClass uvicorn." }),
    requirements: z
      .array(
        z
          .string()
          .max(200)
          .regex(REQUIREMENT, "expected a name with versions, such as Django==5.2.*; no markers, no addresses"),
      )
      .min(1)
      .max(500)
      .meta({ description: "Python packages the application needs, as name and versions. lab.lock pins them." }),
    apt: z
      .array(z.string().max(100).regex(DEBIAN_PACKAGE, "expected the name of a Debian package, such as libstdc++6"))
      .max(50)
      .default([])
      .meta({ description: "Debian packages whose libraries the Python packages need. lab.lock pins them." }),
    database: z.enum(["sqlite", "postgres", "none"]).default("none").meta({
      description:
        "sqlite: `fixture` is copied into memory when the fleet starts. postgres: a server beside the fleet loads it.",
    }),
    prepare: z
      .string()
      .max(200)
      .regex(SCRIPT, "expected a Python file inside the app folder, such as prepare.py")
      .nullable()
      .default(null)
      .meta({ description: "Script inside the app folder, run once while the image is built, without network." }),
    fixture: file
      .nullable()
      .default(null)
      .meta({ description: "Database file that `prepare` or `steps` make; for postgres, SQL that `prepare` makes." }),
    settings: z
      .string()
      .max(200)
      .regex(MODULE, "expected a module, such as mysite.settings")
      .nullable()
      .default(null)
      .meta({ description: "Settings module of a Django project: DJANGO_SETTINGS_MODULE of steps and fleets." }),
    steps: z
      .array(z.string().max(500).regex(STEP, "expected a management command, such as migrate --noinput"))
      .max(50)
      .default([])
      .meta({ description: "Django management commands, run once while the image is built, without network." }),
    env: variables
      .default({})
      .meta({ description: "Environment variables of prepare, steps and fleets. Not for secrets: see --env-file." }),
  })
  .meta({ description: "The application under test." });

const fleet = z
  .strictObject({
    server: z.literal("gunicorn").default("gunicorn").meta({ description: "The prefork server." }),
    workers: count(1, 512).default(8).meta({ description: "Worker processes of every fleet." }),
    memory: z
      .string()
      .regex(MEMORY, "expected a size such as 512m or 2g")
      .default("2g")
      .meta({ description: "Memory limit of a fleet: a number with k, m or g, from 64m to 1024g." }),
    maxRequests: count(0, 1_000_000_000)
      .default(0)
      .meta({ description: "A worker is replaced after so many requests; 0: never." }),
  })
  .meta({ description: "How the application is served." });

const weight = z.number().gt(0).max(1_000_000);

const load = z
  .strictObject({
    paths: z
      .record(
        z
          .string()
          .max(500)
          .regex(URL_PATH, "expected an address that starts with / and holds only characters allowed there"),
        z.union([weight, z.strictObject({ weight, status: count(100, 499).default(200) })]),
      )
      .meta({ description: "Request mix: address to weight, or to {weight, status} where success is not 200." }),
    concurrency: count(1, 1024).default(16).meta({ description: "Requests in flight at any time." }),
    requestsPerWorker: count(1, 10_000_000).meta({ description: "Every worker serves so many requests." }),
    checkpoints: z
      .array(count(0, 10_000_000))
      .min(1)
      .max(100)
      .optional()
      .meta({ description: "Requests per worker at which the fleet is measured; default: 0 and the end." }),
    seed: count(0, 2_147_483_647).default(1).meta({ description: "Seed of the request order." }),
    mask: z
      .array(z.string().min(1).max(200))
      .max(20)
      .default([])
      .meta({ description: "Regular expressions; what they match is blanked before answers are compared." }),
  })
  .meta({ description: "What is asked of every fleet, the same for all variants." });

const warmup = count(0, 1_000_000);

const variant = z
  .strictObject({
    python: z
      .string()
      .regex(PYTHON, 'expected "3.13", "3.13+majek", "2.7" or "2.7+majek"')
      .meta({ description: 'Interpreter: "3.13" is stock, "3.13+majek" carries the patches of cpython-patch/3.13.' }),
    preload: z.boolean().default(true).meta({ description: "Import the application before the fork." }),
    beforeFork: z
      .array(z.enum(BEFORE_FORK))
      .max(3)
      .default([])
      .meta({ description: "What runs in the master before the first fork." }),
    warmup: warmup.optional().meta({ description: "Overrides the lab's warmup." }),
    workers: count(1, 512).nullable().default(null).meta({ description: "Overrides fleet.workers." }),
    workerClass: z
      .enum(WORKER_CLASSES)
      .default("sync")
      .meta({ description: "sync: one request at a time; gthread: threads; uvicorn: app.asgi in an event loop." }),
    threads: count(1, 512).default(1).meta({ description: "Threads of each worker, for workerClass gthread." }),
    env: variables
      .default({})
      .meta({ description: "Environment variables of this variant's fleet, for its application." }),
  })
  .meta({ description: "One arm of the lab." });

const expressions = z
  .array(z.string().min(1))
  .max(50)
  .default([])
  .meta({ description: "Comparisons such as `seal.fleetBytes <= 0.5 * preload.fleetBytes`." });

/** The one source of the lab file's format: types, messages and labs/lab.schema.json come from it. */
export const labFileSchema = z
  .strictObject({
    apiVersion: z.literal("majek-lab/v1").meta({ description: "Version of this format." }),
    name: z
      .string()
      .regex(NAME, "expected lower-case letters, digits and dashes, at most 41, not starting with a dash")
      .meta({ description: "Name of the lab; the same as its folder's." }),
    title: z
      .string()
      .min(1)
      .max(200)
      .regex(PRINTABLE, "expected one line of printable text")
      .meta({ description: "One line for lists and reports." }),
    app: app.optional(),
    appFrom: neighbour
      .nullable()
      .default(null)
      .meta({ description: "In place of app: the lab beside this one whose application, lock and images are used." }),
    fleet: fleet.prefault({}),
    load,
    warmup: warmup.default(0).meta({ description: "Requests served in the master before the fork." }),
    variants: z
      .record(
        z.string().regex(NAME, "expected lower-case letters, digits and dashes, at most 41, not starting with a dash"),
        variant,
      )
      .meta({ description: "The arms of the lab, by name, in the order in which they are shown." }),
    baseline: z.string().optional().meta({ description: "Variant that the others are compared with." }),
    expectFrom: count(0, 10_000_000)
      .default(2000)
      .meta({ description: "Below so many requests per worker, expectations are undecided." }),
    expect: expressions,
    short: z
      .strictObject({
        requestsPerWorker: count(1, 10_000_000).meta({ description: "Replaces load.requestsPerWorker." }),
        expect: expressions,
      })
      .nullable()
      .default(null)
      .meta({ description: "What `run --short` changes." }),
  })
  .meta({ title: "majek-lab lab file", description: "A lab: one application, several ways to fork it." });

/** A lab file as it is after defaults, before the rules that span several keys. */
export type LabFile = z.output<typeof labFileSchema>;

/** JSON schema (draft 7) of lab.yaml, for editors. */
export function labJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(labFileSchema, { target: "draft-7", io: "input" }) };
}
