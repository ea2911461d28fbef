import type { Detected, FoundPath } from "../model/project.js";
import { FIXTURE_MODULE } from "./database.js";

/** A JSON string is a YAML string too, and needs no more rules for quotes. */
const quoted = (text: string): string => JSON.stringify(text);

/** The module that stands on top of the project's settings, in the lab's app folder. */
export const SETTINGS_MODULE = "majek_lab_settings";

/**
 * Blanked before answers are compared: Django's own values that are new in every answer. What makes pages smaller (minify-html)
 * takes the quotes away and sorts attributes.
 */
const MASKS = ['name="?csrfmiddlewaretoken"?( type="?hidden"?)? value="?[A-Za-z0-9]+', '"CSRF_TOKEN": "[A-Za-z0-9]+"'];

function pathLine({ path, weight, status }: FoundPath): string {
  const value = status === null || status === 200 ? `${weight}` : `{ weight: ${weight}, status: ${status} }`;
  return `    ${quoted(path)}: ${value}`;
}

/** How the database comes into being: Django's own commands, or for PostgreSQL a script that runs them beside a server. */
function databaseLines({ database, steps }: Detected): string {
  if (database === "postgres") {
    return `  # Run while the image is built, without network; the management commands are in it.
  prepare: ${FIXTURE_MODULE}.py
  database: postgres # a server beside each fleet
  fixture: fixture.sql`;
  }
  return `  # Run while the image is built, without network. Fixtures: add loaddata FILE.
  steps:
${steps.map((step) => `    - ${quoted(step)}`).join("\n")}
  database: sqlite
  fixture: fixture.sqlite3`;
}

/** The arms. Where uvicorn serves, all do it: who serves is not the question. */
function variantLines({ asgi }: Detected): string {
  const server = asgi === null ? "" : ", workerClass: uvicorn";
  return `  no-preload: { python: "3.13", preload: false${server} }
  preload: { python: "3.13"${server} }
  freeze: { python: "3.13", beforeFork: [freeze]${server} }
  seal: { python: "3.13+majek", beforeFork: [seal]${server} }`;
}

/** The text of `lab.yaml` for a project: valid by `majek-lab validate`, and made to be edited. */
export function labFileText(name: string, detected: Detected): string {
  const { wsgi, asgi, requirements, apt, env, paths, preloads } = detected;
  const variables = Object.entries(env).map(([key, value]) => `    ${key}: ${quoted(value)}`);
  return `apiVersion: majek-lab/v1
name: ${name}
title: ${quoted(`${name}: what its workers could share`)}

app:
  path: app
  wsgi: ${wsgi}${asgi === null ? "" : `\n  asgi: ${asgi}`}
  settings: ${SETTINGS_MODULE} # on top of ${detected.settings}
  requirements:
${requirements.map((one) => `    - ${quoted(one)}`).join("\n")}
  apt: [${apt.map(quoted).join(", ")}]
${variables.length > 0 ? `  # Placeholders, public. Real values: majek-lab up ${name} --env-file FILE\n  env:\n${variables.join("\n")}\n` : ""}${databaseLines(detected)}

fleet:
  workers: 8
  memory: 4g

load:
  paths:
${paths.map(pathLine).join("\n")}
  mask:
${MASKS.map((mask) => `    - ${quoted(mask)}`).join("\n")}
  concurrency: 16
  requestsPerWorker: 2000
  checkpoints: [0, 100, 1000, 2000]
  seed: 1

${asgi === null ? "warmup: 400" : "warmup: 0 # the warm-up before the fork speaks WSGI"}

variants:
${variantLines(detected)}

baseline: ${preloads ? "preload" : "no-preload"}

expectFrom: 1000
expect:
  - seal.failed == 0

short:
  requestsPerWorker: 100
  expect:
    - seal.failed == 0
`;
}

/** The text of the settings module on top of the project's. */
export function settingsText({ settings, overrides }: Pick<Detected, "settings" | "overrides">): string {
  return `"""The settings of ${settings} as the lab runs them. Written by \`majek-lab new\`; change what does not fit."""

import os

from ${settings} import *

${overrides.join("\n")}
`;
}
