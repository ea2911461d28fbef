import type { IncomingMessage, ServerResponse } from "node:http";
import type { EventFeed } from "../../model/run-event.js";
import { answer, type LocalServer, serveLocally } from "./local.js";
import { Viewers } from "./viewers.js";

/** What a browser is given; texts of files. */
export interface DashboardFiles {
  readonly page: string;
  readonly script: string;
  readonly style: string;
}

/** A dashboard that is being served. */
export interface Dashboard extends LocalServer {
  /** Ends every stream; browsers come back by themselves. */
  dropViewers(): void;
}

/** Answers requests for a dashboard's own files and its stream. @param name - `""` is the page */
export function answerDashboard(
  name: string,
  files: DashboardFiles,
  viewers: Viewers,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (name === "events") {
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    viewers.add(response, request.headers["last-event-id"]);
  } else if (name === "") answer(response, 200, "text/html", files.page);
  else if (name === "dashboard.js") answer(response, 200, "text/javascript", files.script);
  else if (name === "dashboard.css") answer(response, 200, "text/css", files.style);
  else answer(response, 404, "text/plain", "nothing here\n");
}

/**
 * Serves a dashboard of what happens in a run: on 127.0.0.1, at a free port, to who has the token. It reads the run and
 * cannot change it.
 * @param feed - what it shows
 * @throws what listening throws
 */
export async function serveDashboard(feed: EventFeed, files: DashboardFiles): Promise<Dashboard> {
  const viewers = new Viewers(feed);
  const server = await serveLocally({
    methods: ["GET"],
    framed: false,
    handle: (name, request, response) => answerDashboard(name, files, viewers, request, response),
  });
  return {
    address: server.address,
    dropViewers: () => viewers.drop(),
    close: () => {
      viewers.close();
      return server.close();
    },
  };
}
