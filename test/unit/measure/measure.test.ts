import { describe, expect, it } from "vitest";
import { type ProbePort, takeSample } from "../../../src/measure/sample.js";
import { measureVariant } from "../../../src/measure/variant.js";
import { warningsOf } from "../../../src/measure/warnings.js";
import { LabError } from "../../../src/model/errors.js";
import type { LoadSample } from "../../../src/model/run.js";
import { exampleCheckpoint, exampleRecord } from "../results/example-run.js";

const { sample } = exampleRecord(2000);
const LOAD: LoadSample = { requests: { mean: 21, min: 20, max: 22 }, failed: 0, throughput: 400, latency: null };

/** Writes down what is done to the fleet, in order; the probe answers with a recorded sample. */
function recorder(
  answer: (command: string) => Promise<Record<string, unknown>> = async () => ({}),
  status = "running",
) {
  const log: string[] = [];
  const note = (what: string) => async () => void log.push(what);
  const probe: ProbePort = {
    ask: async (command) => {
      log.push(command);
      const own = await answer(command);
      return command.startsWith("statfs")
        ? { usedBytes: 4096, ...own }
        : { ok: true, ...sample, zeroFrames: 3, ...own };
    },
  };
  const container = { pause: note("pause"), unpause: note("unpause"), inspect: async () => ({ status }) };
  return { log, probe, container };
}

describe("a sample", () => {
  it("is taken while the fleet is frozen", async () => {
    const { log, probe, container } = recorder();
    expect(await takeSample(container, probe)).toEqual({ sample, tmpfsBytes: 4096 });
    expect(log).toEqual(["pause", "sample 1 rollup map 96", "statfs /run/majek 1", "unpause"]);
  });

  it("says in digits where preloaded pages went", async () => {
    const cells = (first: number): number[] => [first, ...Array.from({ length: 95 }, () => 0)];
    const worker = { ...sample.workers[0], lostMap: cells(3), goneMap: cells(100_000) };
    const { probe, container } = recorder(async (command) =>
      command.startsWith("sample") ? { ...sample, workers: [worker] } : { usedBytes: 4096 },
    );
    const { maps } = (await takeSample(container, probe)).sample.workers[0] ?? {};
    expect(maps).toEqual({ lost: `1${"0".repeat(95)}`, gone: `9${"0".repeat(95)}` });
  });

  it("lets the fleet go on when the probe fails", async () => {
    const { log, probe, container } = recorder(() => Promise.reject(new LabError("fleet", "died")));
    await expect(takeSample(container, probe)).rejects.toThrow("died");
    expect(log.at(-1)).toBe("unpause");
  });

  it("keeps the probe's reason where the fleet cannot go on either", async () => {
    const { probe, container } = recorder(() => Promise.reject(new LabError("fleet", "died")));
    const stuck = { ...container, unpause: () => Promise.reject(new LabError("engine", "gone")) };
    await expect(takeSample(stuck, probe)).rejects.toThrow("died");
  });

  it("names what does not fit the protocol", async () => {
    const { probe, container } = recorder(async () => ({ p0Pages: -1, method: "guess" }));
    const error: LabError = await takeSample(container, probe).catch((reason) => reason);
    expect(error.details.map((line) => line.split(":")[0])).toEqual(["method", "p0Pages"]);
  });
});

describe("measuring a variant", () => {
  const fleetOf = ({ log, probe, container }: ReturnType<typeof recorder>) => ({
    probe,
    container,
    probeCaution: null,
    answers: async () => void log.push("answers"),
    explain: async (reason: string) => new LabError("fleet", `explained: ${reason}`),
  });

  it("goes from checkpoint to checkpoint and hands each one on before it goes on", async () => {
    const recording = recorder();
    const load = {
      runTo: async (target: number) => {
        recording.log.push(`load ${target}`);
        return LOAD;
      },
    };
    const request = { fleet: fleetOf(recording), load, checkpoints: [0, 20], preload: true, workers: 2 };
    const { checkpoints } = await measureVariant(request, {
      checkpoint: async ({ requestsPerWorker }) => void recording.log.push(`stored ${requestsPerWorker}`),
    });
    expect(recording.log.filter((line) => !/pause|statfs/.test(line))).toEqual([
      "load 0",
      "sample 1 rollup map 96",
      "stored 0",
      "answers",
      "load 20",
      "sample 1 rollup map 96",
      "stored 20",
    ]);
    expect(checkpoints[1]).toMatchObject({ requestsPerWorker: 20, throughput: 400, newBytes: 4_800_000 });
  });

  it.each([
    ["before the load where there is no checkpoint before it", [20, 40], ["answers", "load 20", "load 40"]],
    ["where nothing else is asked, too", [0], ["load 0", "answers"]],
  ])("sees that the fleet answers, once, %s", async (_, checkpoints, expected) => {
    const recording = recorder();
    const runTo = async (target: number) => {
      recording.log.push(`load ${target}`);
      return LOAD;
    };
    await measureVariant({ fleet: fleetOf(recording), load: { runTo }, checkpoints, preload: true, workers: 2 });
    expect(recording.log.filter((line) => /load|answers/.test(line))).toEqual(expected);
  });

  it("claims no shared fraction where nothing was preloaded", async () => {
    const recording = recorder();
    const load = { runTo: async () => LOAD };
    const request = { fleet: fleetOf(recording), load, checkpoints: [20], preload: false, workers: 2 };
    const raw: (number | null | undefined)[] = [];
    const measured = await measureVariant(request, {
      checkpoint: async (_, { sample: { sharedFraction, master, workers } }) =>
        void raw.push(sharedFraction?.mean, master.sharedFraction, ...workers.map((worker) => worker.sharedFraction)),
    });
    const [checkpoint] = measured.checkpoints;
    expect(raw).toEqual([undefined, null, null, null]);
    expect(checkpoint?.sharedFraction).toBeNull();
    expect(checkpoint?.workers.map((worker) => worker.sharedFraction)).toEqual([null, null]);
  });

  it.each([
    ["exited", "explained: cannot be measured"],
    ["running", "no such process"],
  ])("asks the fleet why it cannot be measured when it is %s", async (status, message) => {
    const recording = recorder(() => Promise.reject(new LabError("fleet", "no such process")), status);
    const load = { runTo: async () => LOAD };
    const request = { fleet: fleetOf(recording), load, checkpoints: [0], preload: true, workers: 2 };
    await expect(measureVariant(request)).rejects.toThrow(message);
  });

  it("asks the fleet why it does not answer, but leaves a wrong answer as it is", async () => {
    const failing = (error: LabError) => ({
      fleet: fleetOf(recorder()),
      load: { runTo: () => Promise.reject(error) },
      checkpoints: [20],
      preload: true,
      workers: 2,
    });
    await expect(measureVariant(failing(new LabError("fleet", "gone")))).rejects.toThrow("explained: gone");
    await expect(measureVariant(failing(new LabError("failed", "wrong answer")))).rejects.toThrow(/^wrong answer$/);
  });
});

describe("warnings", () => {
  const at = (requests: { mean: number; min: number; max: number }) => exampleCheckpoint(100, { requests });

  it("are none for a good measurement", () => {
    expect(warningsOf([exampleCheckpoint(0), exampleCheckpoint(2000)], 2)).toEqual([]);
  });

  it("name overshot checkpoints", () => {
    const [warning] = warningsOf([at({ mean: 115, min: 100, max: 140 })], 2);
    expect(warning).toMatch(/at 100 \(mean \+15 %, most \+40 %\)$/);
    expect(warningsOf([at({ mean: 109, min: 100, max: 140 })], 2)).toEqual([]);
  });

  it("name failed requests, merged pages and missing workers", () => {
    const point = exampleCheckpoint(2000, { failed: 3, ksmPages: 5 });
    expect(warningsOf([point], 8).map((text) => text.split(" ").slice(0, 3).join(" "))).toEqual([
      "3 requests failed",
      "5 pages were",
      "some samples do",
    ]);
  });
});
