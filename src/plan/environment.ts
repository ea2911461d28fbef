import { LAYOUT, POSTGRES, POSTGRES_SOCKET } from "../model/guest.js";
import { type LabSpec, type VariantSpec, workersOf } from "../model/spec.js";

/**
 * Variables of the harness (guest/harness/README.md) that lab and variant decide. The mix is the load's own, so that
 * the warm-up fills the caches that the load will use.
 */
export function fleetEnvironment(spec: LabSpec, variant: VariantSpec): Record<string, string> {
  const { app, fleet, load } = spec;
  const { workerClass = "sync", threads = 1 } = variant;
  const settings = app.settings === null ? {} : { DJANGO_SETTINGS_MODULE: app.settings };
  return {
    ...settings,
    ...app.env,
    ...variant.env,
    ...(app.database === "postgres" ? { ...POSTGRES, MAJEK_LAB_DATABASE_SERVER: POSTGRES_SOCKET } : {}),
    MAJEK_LAB_APP: workerClass === "uvicorn" ? (app.asgi ?? app.wsgi) : app.wsgi,
    ...(workerClass === "sync" ? {} : { MAJEK_LAB_WORKER_CLASS: workerClass, MAJEK_LAB_THREADS: String(threads) }),
    MAJEK_LAB_WORKERS: String(workersOf(spec, variant)),
    MAJEK_LAB_MAX_REQUESTS: String(fleet.maxRequests),
    MAJEK_LAB_PRELOAD: variant.preload ? "1" : "0",
    MAJEK_LAB_BEFORE_FORK: variant.beforeFork.join(","),
    MAJEK_LAB_WARMUP: String(variant.warmup),
    MAJEK_LAB_PATHS: JSON.stringify(load.paths.map(({ path, weight, status }) => ({ path, weight, status }))),
    MAJEK_LAB_SEED: String(load.seed),
    MAJEK_LAB_DATABASE_SOURCE:
      app.fixture === null || app.database !== "sqlite" ? "" : `${LAYOUT.lab}/app/${app.fixture}`,
  };
}
