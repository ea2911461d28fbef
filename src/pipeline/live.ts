import { spawn } from "node:child_process";
import { constants, setPriority } from "node:os";
import { join } from "node:path";
import { LoadSwitch } from "../fleet/load/switch.js";
import type { EventFeed } from "../model/run-event.js";
import { type Dashboard, serveDashboard } from "../report/dashboard/server.js";
import { dashboardFiles } from "../report/html/dashboard.js";
import type { LiveTable } from "../report/reporter.js";
import type { EventStream } from "./events.js";
import type { Bench } from "./inputs.js";
import type { Recording } from "./record.js";
import { showInBrowser } from "./report.js";

const KEYS = "q quit · p pause load · d dashboard · r report";

/** What people do with a run while it goes on: keys, and the dashboard, which may outlive it. */
export interface LiveSession {
  /** Holds the load back. */
  readonly hold: LoadSwitch;
  /** Listens to the keys, until told to stop, and shows what happens. */
  attach(recording: Recording, table: LiveTable): Promise<() => void>;
  /** Serves the dashboard where it was asked for. */
  show(lab: string, feed: EventFeed): Promise<void>;
  /** Where there is a dashboard, waits for the key q or a signal. */
  stay(): Promise<void>;
  close(): Promise<void>;
}

/** A report is made by a process of its own, and with what is left of the processor: the load goes on meanwhile. */
function reportAside({ workspace, progress }: Bench, directory: string): void {
  const program = join(workspace.packageRoot, "dist", "cli", "main.js");
  const child = spawn(process.execPath, [program, "report", directory], { stdio: "ignore" });
  child.on("spawn", () => setPriority(child.pid ?? 0, constants.priority.PRIORITY_LOW));
  child.on("error", (error) => progress.warn(`no report was written: ${error.message}`));
  child.on("close", (code) => {
    if (code === 0) progress.note(`report, as far as it goes: ${join(directory, "report.html")}`);
    else progress.warn("no report was written: nothing is measured yet, most likely");
  });
}

class Session implements LiveSession {
  readonly hold = new LoadSwitch();
  #dashboard: Promise<Dashboard> | undefined;

  constructor(
    private readonly bench: Bench,
    private readonly wanted: boolean,
  ) {}

  async show(lab: string, feed: EventFeed): Promise<void> {
    if (this.wanted) await this.#open(lab, feed);
  }

  async #open(lab: string, feed: EventFeed): Promise<Dashboard> {
    const { workspace, progress } = this.bench;
    this.#dashboard ??= dashboardFiles(join(workspace.packageRoot, "templates"), lab).then((files) =>
      serveDashboard(feed, files),
    );
    const dashboard = await this.#dashboard;
    progress.note(`dashboard: ${dashboard.address}`);
    return dashboard;
  }

  async attach(recording: Recording, table: LiveTable): Promise<() => void> {
    const { events } = recording;
    const { workspace, progress } = this.bench;
    await this.show(recording.result().lab, events);
    if (!progress.live) return () => undefined;
    const stop = workspace.keys((key) => this.#key(key, recording));
    if (stop === undefined) return () => undefined;
    table.foot(KEYS);
    return stop;
  }

  #key(key: string, recording: Recording): void {
    const { workspace, progress } = this.bench;
    const { lab } = recording.result();
    if (key === "q") workspace.interrupts.interrupt();
    if (key === "p") this.#pause(recording.events);
    if (key === "r") reportAside(this.bench, recording.writer.directory);
    if (key !== "d") return;
    this.#open(lab, recording.events)
      .then(({ address }) => showInBrowser(address))
      .catch((error: Error) => progress.warn(`no dashboard: ${error.message}`));
  }

  #pause(events: EventStream): void {
    if (this.hold.paused) this.hold.resume();
    else this.hold.pause();
    events.emit({ event: "paused", paused: this.hold.paused });
  }

  async stay(): Promise<void> {
    const dashboard = await this.#dashboard;
    const { workspace, progress, signal } = this.bench;
    if (dashboard === undefined || signal.aborted) return;
    progress.note(`the dashboard stays until Ctrl-C${progress.live ? " or q" : ""}: ${dashboard.address}`);
    await new Promise<void>((resolve) => {
      // Something has to keep the command alive.
      const alive = setInterval(() => undefined, 60_000);
      const stop = progress.live ? workspace.keys((key) => key === "q" && end()) : undefined;
      const end = (): void => {
        clearInterval(alive);
        stop?.();
        resolve();
      };
      signal.addEventListener("abort", end, { once: true });
    });
  }

  async close(): Promise<void> {
    await (await this.#dashboard)?.close();
  }
}

/** @param dashboard - serve one from the beginning */
export function openSession(bench: Bench, dashboard: boolean): LiveSession {
  return new Session(bench, dashboard);
}
