import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DOWNLOAD_SCRIPTS, download } from "../../src/lock/download.js";
import { ensureSeed } from "../../src/lock/seed.js";
import { type SeedSession, withSeed } from "../../src/lock/session.js";
import type { WantedFile } from "../../src/lock/wanted.js";
import { sha256 } from "../../src/system/hash.js";
import { type TestContext, testContext } from "./lock-context.js";

/** A mirror and package index with faults, run inside the container so that the test needs no network. */
const FAULTY_SERVER = `
import http.server, json
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b"content of " + self.path.rsplit("/", 1)[-1].encode()
        if "gone" in self.path or self.path == "/simple/other/":
            return self.send_error(404)
        if "broken" in self.path:
            return self.send_error(500)
        self.send_response(200)
        kind = "application/octet-stream"
        if self.path == "/simple/demo/":
            kind = "application/vnd.pypi.simple.v1+json"
            body = json.dumps({"files": [{"url": "../../files/demo-1-py3-none-any.whl"}]}).encode()
        if self.path == "/simple/older/":
            kind = "text/html"
            body = b'<a href="/files/older-1.tar.gz#sha256=0">older-1.tar.gz</a>'
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:5] if "cut" in self.path else body)
    def log_message(self, *args): pass
http.server.ThreadingHTTPServer(("127.0.0.1", 8000), Handler).serve_forever()
`;
const START = `setsid python3 /lab/faulty.py >/dev/null 2>&1 </dev/null &
for i in $(seq 100); do python3 -c 'import socket; socket.create_connection(("127.0.0.1", 8000))' 2>/dev/null && exit 0; sleep 0.1; done; exit 1`;
const MIRROR = "http://127.0.0.1:8000/debian";

let context: TestContext;
beforeAll(async () => {
  const made = await testContext();
  const passThrough = { PIP_INDEX_URL: "http://127.0.0.1:8000/simple" };
  context = { ...made, environment: { ...made.environment, passThrough } };
});
afterAll(() => context.clean());

const content = (file: string): string => `content of ${file}`;
const identity = (file: string) => ({ sha256: sha256(content(file)), size: content(file).length });

function deb(file: string): WantedFile {
  const entry = { archive: "debian", suite: "trixie", path: `pool/main/x/${file}`, ...identity(file) } as const;
  return { file, ...identity(file), from: { kind: "deb", name: file, entry } };
}

function python(project: string, file: string, kind: "wheel" | "sdist"): WantedFile {
  const entry = { name: project, version: "1", file, kind, ...identity(file) };
  return { file, ...identity(file), from: { kind: "python", entry } };
}

async function serve<T>(use: (session: SeedSession) => Promise<T>): Promise<T> {
  const image = await ensureSeed(context.engine, context.environment, context.progress);
  return withSeed(context, { image, network: "none", scripts: DOWNLOAD_SCRIPTS }, async (session) => {
    await session.put([{ type: "file", name: "lab/faulty.py", mode: 0o644, content: FAULTY_SERVER }]);
    await session.run("starting the server", ["sh", "-c", START]);
    return use(session);
  });
}

describe("download", () => {
  it("takes packages from the mirror and distributions from both forms of the index, and names what is gone", async () => {
    const files = [
      deb("a.deb"),
      deb("gone.deb"),
      python("demo", "demo-1-py3-none-any.whl", "wheel"),
      python("demo", "demo-2-py3-none-any.whl", "wheel"),
      python("older", "older-1.tar.gz", "sdist"),
      python("other", "other-1.tar.gz", "sdist"),
    ];
    const arrived: string[] = [];
    const gone = await serve((session) => download(context, session, files, MIRROR, ({ file }) => arrived.push(file)));
    expect(gone.map(({ file }) => file)).toEqual(["gone.deb", "demo-2-py3-none-any.whl", "other-1.tar.gz"]);
    expect(arrived).toEqual(["a.deb", "demo-1-py3-none-any.whl", "older-1.tar.gz"]);
    for (const file of arrived) expect(await context.store.find(identity(file).sha256, file)).toBeDefined();
  });

  it.each([
    ["cut off", deb("cut.deb"), "cut off after 5 of 18 bytes"],
    ["refused", deb("broken.deb"), "500"],
    ["altered", { ...deb("b.deb"), sha256: "3".repeat(64) }, "sha256"],
    ["of another length", { ...deb("c.deb"), size: 3 }, "longer than"],
  ])("names the file that is %s and keeps nothing of it", async (_what, file, reason) => {
    const failing = serve((session) => download(context, session, [file], MIRROR, () => undefined));
    await expect(failing).rejects.toMatchObject({
      code: "input",
      message: expect.stringMatching(new RegExp(`${file.file}.*${reason}`)),
    });
    expect(await context.store.find(file.sha256, file.file)).toBeUndefined();
    expect(await context.leftContainers()).toBe(0);
  });
});
