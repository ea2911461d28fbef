import type { IncomingMessage, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import type { EventFeed } from "../model/run-event.js";
import { answer, type LocalServer, serveLocally } from "./dashboard/local.js";
import { answerDashboard, type DashboardFiles } from "./dashboard/server.js";
import { Viewers } from "./dashboard/viewers.js";

/** What a browser asks for by a button. */
export interface WorkshopAct {
  readonly verb: "show" | "check" | "hint" | "solve";
  /** Id of a step. */
  readonly step: string;
}

/** What the page shows; the pipeline knows it. */
export interface WorkshopPages {
  readonly page: string;
  readonly script: string;
  readonly style: string;
  readonly dashboard: DashboardFiles;
  /** JSON of the steps and the one that is shown. */
  state(): Promise<unknown>;
  /** Does what a button says. @returns JSON */
  act(act: WorkshopAct): Promise<unknown>;
}

const VERBS = ["show", "check", "hint", "solve"];
/** Bytes; an act is a verb and a name. */
const MOST_BODY = 1000;

function asAct(text: string): WorkshopAct | undefined {
  try {
    const { verb, step } = JSON.parse(text) as WorkshopAct;
    return VERBS.includes(verb) && typeof step === "string" ? { verb, step } : undefined;
  } catch {
    return undefined;
  }
}

async function readAct(request: IncomingMessage): Promise<WorkshopAct | undefined> {
  if (request.headers["content-type"] !== "application/json") return undefined;
  // A body that does not say how long it is may never end.
  if (!(Number(request.headers["content-length"]) <= MOST_BODY)) return undefined;
  return asAct((await buffer(request)).toString("utf8"));
}

async function answerState(pages: WorkshopPages, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    if (request.method === "GET") return answer(response, 200, "application/json", JSON.stringify(await pages.state()));
    const act = await readAct(request);
    if (act === undefined) return answer(response, 400, "text/plain", "not an act\n");
    answer(response, 200, "application/json", JSON.stringify(await pages.act(act)));
  } catch (error) {
    answer(response, 500, "text/plain", `${(error as Error).message}\n`);
  }
}

/**
 * Serves a workshop: its steps, and beside them the dashboard of the newest run. On 127.0.0.1, to who has the token.
 * @param feed - of the newest run
 */
export async function serveWorkshop(pages: WorkshopPages, feed: EventFeed): Promise<LocalServer> {
  const viewers = new Viewers(feed);
  const files = new Map([
    ["", ["text/html", pages.page]],
    ["workshop.js", ["text/javascript", pages.script]],
    ["workshop.css", ["text/css", pages.style]],
  ] as const);
  const server = await serveLocally({
    methods: ["GET", "POST"],
    framed: true,
    handle: (name, request, response) => {
      const file = request.method === "GET" ? files.get(name as "") : undefined;
      if (file !== undefined) answer(response, 200, file[0], file[1]);
      else if (name === "state") void answerState(pages, request, response);
      else if (name.startsWith("run/") && request.method === "GET")
        answerDashboard(name.slice("run/".length), pages.dashboard, viewers, request, response);
      else answer(response, 404, "text/plain", "nothing here\n");
    },
  });
  return {
    address: server.address,
    close: () => {
      viewers.close();
      return server.close();
    },
  };
}
