import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RegistrySession } from "../../../src/registry/session.js";

let server: Server;
let host = "";
/** What the login service says; without it, it says nothing. */
let answer: string | undefined;

beforeEach(async () => {
  server = createServer((request, response) => {
    if (request.url?.startsWith("/token")) {
      if (answer !== undefined) response.end(answer);
      return;
    }
    response.writeHead(401, { "www-authenticate": `Bearer realm="http://${host}/token",service="s"` }).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const open = (signal: AbortSignal): Promise<RegistrySession> =>
  RegistrySession.open(
    { host, repository: "course/lab", version: "v1" },
    "pull",
    { dockerConfigDir: "/none", authorities: [] },
    signal,
  );

describe("a login service", () => {
  it.each(["<html>not a token</html>", "null", "[]", '{"token":7}'])("that answers %s is named", async (text) => {
    answer = text;
    await expect(open(new AbortController().signal)).rejects.toMatchObject({
      code: "failed",
      message: expect.stringContaining("does not know you"),
      where: host,
    });
  });

  it("that is silent does not outlast an interrupt", async () => {
    answer = undefined;
    const stop = new AbortController();
    const opened = open(stop.signal);
    setTimeout(() => stop.abort(new Error("interrupted")), 300);
    await expect(opened).rejects.toThrow("interrupted");
  }, 3000);
});
