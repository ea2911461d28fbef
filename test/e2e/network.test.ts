import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Faults, LAB, prepareFaults, SMALL } from "./faults.js";

const UP = ["up", LAB, ...SMALL, "--requests", "20", "--detach"] as const;
let faults: Faults;

beforeAll(async () => {
  faults = await prepareFaults();
});

afterAll(() => faults.close());

/** A Node program in the engine's network, from the moment on at which it has said something. It ends with its input. */
interface Program {
  /** What it has said since. */
  output(): string;
  end(): Promise<void>;
}

async function startInside(text: string, ...through: readonly string[]): Promise<Program> {
  const ending = 'process.stdin.on("end", () => process.exit()).resume();';
  const [program = "", ...args] = [...faults.engine.insideOf, ...through, process.execPath, "-e", `${ending}${text}`];
  const child: ChildProcess = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "exit");
  let said = "";
  await Promise.race([
    once(child.stdout as NodeJS.ReadableStream, "data"),
    ended.then(([code]) => Promise.reject(new Error(`a helper ended with ${code}`))),
  ]);
  child.stdout?.on("data", (chunk: Buffer) => {
    said += chunk;
  });
  return {
    output: () => said,
    end: async () => {
      child.stdin?.end();
      await ended;
    },
  };
}

describe("a port that is taken", () => {
  /** Listens on ports from the first on that the kernel gives to clients: there engines begin to publish. */
  const take = (count: number, step: number): Promise<Program> =>
    startInside(
      `const range = require("node:fs").readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8");
       const ports = Array.from({ length: ${count} }, (_, index) => parseInt(range) + index * ${step});
       const take = (port) => new Promise((resolve) => {
         require("node:net").createServer().on("error", resolve).listen(port, "127.0.0.1", resolve);
       });
       Promise.all(ports.map(take)).then(() => console.log("ready"));`,
    );

  it("by somebody else is passed over", async () => {
    const taker = await take(200, 2);
    const { code, stderr } = await faults.run(UP);
    await taker.end();
    expect(code, stderr).toBe(0);
    await faults.succeed(["down", "--all"]);
  });

  it("like every other one is said, and nothing is left", async () => {
    const taker = await take(400, 1);
    const { code, stderr } = await faults.run(UP);
    await taker.end();
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^majek-lab: the engine found no free port on 127\.0\.0\.1\n/m),
    ]);
    expect(stderr).toMatch(/\n {2}at start container .+\n {2}.+\n {2}next: .+\n$/);
    expect(await faults.engine.leftovers()).toEqual([]);
  });
});

/** Addresses for documentation (RFC 5737): nobody has them, whatever network this machine is in. */
const [HERE, OUTSIDE] = ["198.51.100.1", "198.51.100.2"];

/** Answers over TCP and UDP, and says of everything that arrives by which protocol it came. */
const ANSWERER = `
  require("node:net").createServer((socket) => { console.log("tcp"); socket.on("error", () => 0).end("outside"); })
    .listen(8080, "${OUTSIDE}", () => {
      const udp = require("node:dgram").createSocket("udp4");
      udp.on("message", (_, from) => { console.log("udp"); udp.send("outside", from.port, from.address, () => 0); });
      udp.bind(8080, "${OUTSIDE}", () => console.log("ready"));
    });`;

/** Prints what the outside answers over TCP, then over UDP. */
const ASK = `
import socket
for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
    with socket.socket(socket.AF_INET, kind) as one:
        one.settimeout(1)
        try:
            one.connect(("${OUTSIDE}", 8080))
            one.send(b"anybody?")
            print(one.recv(100).decode())
        except OSError as error:
            print(type(error).__name__)
`;

describe("the outside of a fleet", () => {
  let answerer: Program;

  beforeAll(async () => {
    const ip = (line: string): Promise<string> => faults.engine.inside("ip", ...line.split(" "));
    await ip("netns add outside");
    await ip("link add way-out type veth peer name way-in netns outside");
    await ip(`address add ${HERE}/24 dev way-out`);
    await ip("link set way-out up");
    await ip(`-n outside address add ${OUTSIDE}/24 dev way-in`);
    await ip("-n outside link set way-in up");
    answerer = await startInside(ANSWERER, "ip", "netns", "exec", "outside");
    await faults.succeed(UP);
  });
  afterAll(() => answerer.end());

  const askFleet = async (): Promise<string> => (await faults.run(["exec", LAB, "--", "python3", "-c", ASK])).stdout;
  const askContainer = (network: string, ...options: readonly string[]): Promise<string> => {
    const image = `localhost/majek-lab/${LAB}:3.13`;
    return faults.engine.docker("run", "--rm", "--network", network, ...options, image, "python3", "-c", ASK);
  };
  const ANSWERED = "outside\noutside\n";

  it("answers an ordinary container", async () => {
    expect(await askContainer("bridge")).toBe(ANSWERED);
    expect(answerer.output()).toBe("tcp\nudp\n");
  });

  it("hears nothing of one with a fleet's hops on an ordinary network: engines without Docker's option are safe", async () => {
    const before = answerer.output();
    expect(await askContainer("bridge", "--sysctl", "net.ipv4.ip_default_ttl=1")).not.toContain("outside");
    expect(answerer.output()).toBe(before);
  });

  it("hears nothing of a fleet, even where it knows a way back", async () => {
    await faults.engine.inside("ip", "-n", "outside", "route", "add", "default", "via", HERE);
    const network = (
      await faults.engine.docker("network", "ls", "--filter", "type=custom", "--format", "{{.Name}}")
    ).trim();
    expect(await askContainer(network)).toBe(ANSWERED);
    const before = answerer.output();
    expect(await askFleet()).not.toContain("outside");
    expect(answerer.output()).toBe(before);
  });
});
