import { describe, expect, it } from "vitest";
import { databaseContainer, type FleetRequest, fleetContainer } from "../../../src/fleet/containers.js";
import type { VariantPlan } from "../../../src/model/plan.js";
import type { AppSpec, LabSpec } from "../../../src/model/spec.js";

const VARIANT: VariantPlan = {
  name: "seal",
  python: "3.13+majek",
  preload: true,
  beforeFork: ["seal"],
  warmup: 0,
  workers: null,
  env: {},
  imageTag: "localhost/majek-lab/books:3.13-majek",
  environment: {},
};

function request(app: Pick<AppSpec, "database" | "fixture">): FleetRequest {
  const fleet = { server: "gunicorn", workers: 8, memoryBytes: 2 ** 31, maxRequests: 0 };
  return {
    // What containers are made from, of all that a lab says.
    spec: { name: "books", app, fleet } as LabSpec,
    variant: VARIANT,
    run: "r1",
    owner: "me",
    configHash: "hash",
    results: "/results",
    probeImage: "probe",
    blame: false,
    secrets: { SECRET: "x" },
    waitTimeoutSeconds: 60,
  };
}

describe("a fleet with PostgreSQL", () => {
  const postgres = request({ database: "postgres", fixture: "fixture.sql" });

  it("shares the folder of the socket with its database, and nothing else", () => {
    const [fleet, database] = [fleetContainer(postgres, "net"), databaseContainer(postgres)];
    expect(database.volume).toEqual(fleet.volume);
    expect(database.volume).toMatchObject({ path: "/run/postgresql", name: "majek-lab-books-seal-r1-socket" });
    expect(database.volume?.labels).toMatchObject({ "org.majek-lab.run": "r1", "org.majek-lab.variant": "seal" });
    expect(database).toMatchObject({ network: "none", user: "postgres", capabilities: [], readOnlyRoot: true });
    expect([database.pidOf, database.env]).toEqual([undefined, undefined]);
  });

  it("has the database load the fixture that the image holds", () => {
    expect(databaseContainer(postgres).command).toEqual([
      "/opt/python/bin/python3",
      "-m",
      "majek_harness.postgres",
      "/srv/lab/app/fixture.sql",
    ]);
    expect(databaseContainer(postgres).labels["org.majek-lab.role"]).toBe("database");
  });
});

it("a fleet without a server has no volume", () => {
  expect(fleetContainer(request({ database: "sqlite", fixture: "f.sqlite3" }), "net").volume).toBeUndefined();
});
