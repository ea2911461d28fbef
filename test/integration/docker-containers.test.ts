import { randomBytes } from "node:crypto";
import { request } from "node:http";
import { connect } from "node:net";
import { buffer, text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Container } from "../../src/docker/types.js";
import { packTar, readTar } from "../../src/system/tar.js";
import { type Ground, mortalEngine, prepareGround } from "./docker-setup.js";

let ground: Ground;
beforeAll(async () => {
  ground = await prepareGround();
});
// A test that fails must not make the next one fail.
afterEach(async () => {
  for (const { id } of await ground.engine.containers.list(ground.labels)) {
    await ground.engine.containers.get(id).remove();
  }
});
afterAll(() => ground.clean());

/** Runs a container to its end. */
async function outputOf(container: Container): Promise<{ stdout: string; stderr: string; exitCode: number }> {
  const streams = await container.attach();
  await container.start();
  const [stdout, stderr] = await Promise.all([text(streams.stdout), text(streams.stderr)]);
  return { stdout, stderr, exitCode: await container.wait() };
}

const script = (code: string): { command: string[] } => ({ command: ["sh", "-c", code] });

/** What the engine itself says about an object, past the code under test. */
async function raw(path: string): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const socketPath = ground.engine.info.endpoint.replace("unix://", "");
    request({ socketPath, path, agent: false }, (response) => {
      text(response).then((body) => resolve(JSON.parse(body) as Record<string, unknown>), reject);
    })
      .on("error", reject)
      .end();
  });
}

describe("a confined container", () => {
  it("has no capability, no way to gain one, a read-only root and fixed limits", async () => {
    const container = await ground.create({
      ...script(`while read name value; do case $name in CapEff:|CapBnd:|NoNewPrivs:|Uid:) echo $name $value;; esac; done </proc/self/status
        echo x >/forbidden && echo written; echo x >/tmp/allowed && cat /tmp/allowed; ulimit -n`),
      user: "1000:1000",
      capabilities: [],
      noNewPrivileges: true,
      readOnlyRoot: true,
      tmpfs: { "/tmp": "size=1m,mode=1777" },
      memoryBytes: 64e6,
      pidsLimit: 20,
    });
    const { stdout, stderr, exitCode } = await outputOf(container);
    expect(stdout.split("\n").map((line) => line.replace(/\s+/g, " "))).toEqual([
      "Uid: 1000 1000 1000 1000",
      "CapEff: 0000000000000000",
      "CapBnd: 0000000000000000",
      "NoNewPrivs: 1",
      "x",
      "1024",
      "",
    ]);
    expect(stderr).toMatch(/Read-only file system/i);
    expect(exitCode).toBe(0);
    const { HostConfig, Mounts } = await raw(`/containers/${container.id}/json`);
    expect(HostConfig).toMatchObject({ Memory: 64e6, MemorySwap: 64e6, PidsLimit: 20 });
    expect(HostConfig).toMatchObject({ LogConfig: { Config: { "max-size": "10m", "max-file": "2" } } });
    expect(Mounts).toEqual([]);
    await container.remove();
  });

  it("is told to have run out of memory", async () => {
    const container = await ground.create({
      command: ["perl", "-e", '$x = "x" x 200_000_000; print length $x'],
      memoryBytes: 32e6,
    });
    expect((await outputOf(container)).exitCode).toBe(137);
    expect(await container.inspect()).toMatchObject({ status: "exited", exitCode: 137, outOfMemory: true });
    await container.remove();
  });

  it("sees the processes of the container whose namespace it joins, with the capabilities it was given", async () => {
    const fleet = await ground.run({ command: ["sleep", "1234"] });
    const probe = await ground.create({
      ...script(
        "cat /proc/1/cmdline; while read name value; do case $name in CapEff:) echo $value;; esac; done </proc/self/status",
      ),
      pidOf: fleet.id,
      capabilities: ["SYS_ADMIN", "SYS_PTRACE"],
    });
    const { stdout } = await outputOf(probe);
    expect(stdout).toBe("sleep\u00001234\u0000" + "0000000000280000\n");
    await probe.remove();
    await fleet.remove();
  });
});

describe("streams", () => {
  it("carries a megabyte through stdin and stdout, and ends with stdin", async () => {
    const container = await ground.create({ command: ["cat"], stdin: true });
    const streams = await container.attach();
    await container.start();
    const sent = randomBytes(1_000_000);
    streams.stdin.end(sent);
    expect((await buffer(streams.stdout)).equals(sent)).toBe(true);
    expect(await container.wait()).toBe(0);
    await container.remove();
  });

  it("keeps stdout and stderr apart in logs, from the end and while they grow", async () => {
    const container = await ground.run(
      script("for n in 1 2 3; do echo out$n; echo err$n >&2; done; while [ ! -e /go ]; do sleep 0.1; done; echo last"),
    );
    await expect.poll(async () => text((await container.logs({ follow: false })).stderr)).toBe("err1\nerr2\nerr3\n");
    const ending = await container.logs({ follow: false, tail: 2 });
    // The engine collects both streams at once, so which line came last is chance.
    expect((await text(ending.stdout)) + (await text(ending.stderr))).toMatch(/^((out|err)\d\n){2}$/);
    const following = await container.logs({ follow: true });
    await container.exec(script(">/go"));
    expect(await text(following.stdout)).toBe("out1\nout2\nout3\nlast\n");
    await container.remove();
  });

  it("returns what a command wrote and its exit code", async () => {
    const container = await ground.run({ env: { A: "1" } });
    const seen: string[] = [];
    const result = await container.exec({
      ...script(
        'echo "$A $B"; while read name id rest; do case $name in Uid:) echo $id;; esac; done </proc/self/status; echo bad >&2; exit 7',
      ),
      env: { B: "zwei" },
      user: "12:34",
      onOutput: (stream, chunk) => seen.push(`${stream} ${chunk.toString()}`),
    });
    expect(result).toEqual({ exitCode: 7, stdout: "1 zwei\n12\n", stderr: "bad\n" });
    expect(seen.join("")).toContain("stderr bad");
    expect((await container.exec({ command: ["/no/such/program"] })).exitCode).toBeGreaterThan(125);
    await container.remove();
  });

  it("tells that the engine went away, instead of an exit code", async () => {
    const mortal = await mortalEngine(ground);
    const { id } = await ground.run({});
    const container = mortal.engine.containers.get(id);
    const executing = container.exec(script("sleep 300"));
    const waiting = container.wait();
    setTimeout(() => void mortal.kill(), 300);
    await expect(executing).rejects.toMatchObject({ code: "engine" });
    await expect(waiting).rejects.toMatchObject({ code: "engine" });
    await ground.engine.containers.get(id).remove();
  });
});

describe("life of a container", () => {
  it("is created, runs, pauses, stops and goes, each step as often as one likes", async () => {
    const container = await ground.create({
      ...script('trap "exit 5" TERM; while :; do sleep 0.1; done'),
      hostname: "lab",
    });
    expect(await container.inspect()).toMatchObject({ status: "created", port: null, labels: ground.labels });
    await container.start();
    await container.start();
    await container.pause();
    expect((await container.inspect())?.status).toBe("paused");
    await container.unpause();
    await container.unpause();
    await container.kill("SIGTERM");
    expect(await container.wait()).toBe(5);
    await container.kill("SIGKILL");
    expect(await container.inspect()).toMatchObject({ status: "exited", exitCode: 5, outOfMemory: false });
    await container.remove();
    await container.remove();
    expect(await container.inspect()).toBeUndefined();
    await expect(container.start()).rejects.toMatchObject({
      code: "failed",
      where: expect.stringContaining("start container"),
    });
  });

  it("is found by its labels only", async () => {
    const container = await ground.create({});
    const ids = async (labels: Record<string, string>): Promise<string[]> =>
      (await ground.engine.containers.list(labels)).map(({ id }) => id);
    expect(await ids(ground.labels)).toEqual([container.id]);
    expect(await ids({ "org.majek-lab.owner": "test-somebody-else" })).toEqual([]);
    await container.remove();
  });

  it("names what is missing or in the way", async () => {
    const absent = ground.create({ image: "localhost/majek-lab/absent:1" });
    await expect(absent).rejects.toMatchObject({ code: "failed", next: "majek-lab build LAB" });
    const name = `${ground.environment.owner}-name`;
    const first = await ground.create({ name });
    await expect(ground.create({ name })).rejects.toMatchObject({
      code: "failed",
      next: expect.stringContaining("down"),
    });
    await first.remove();
  });

  it("takes files in and gives them out", async () => {
    const container = await ground.create({});
    await container.putArchive("/", packTar([{ type: "file", name: "note", mode: 0o640, content: "hällo" }]));
    const found: unknown[] = [];
    await readTar(await container.getArchive("/note"), async ({ name, mode }, content) => {
      found.push([name, mode & 0o777, await text(content)]);
    });
    expect(found).toEqual([["note", 0o640, "hällo"]]);
    await expect(container.getArchive("/absent")).rejects.toMatchObject({ code: "failed" });
    await container.remove();
  });
});

describe("network of a run", () => {
  const SERVER = `use IO::Socket::INET; my $s = IO::Socket::INET->new(LocalPort => 8000, Listen => 5, ReuseAddr => 1) or die;
    $| = 1; print "listening\\n"; while (my $c = $s->accept) { print $c "hello"; close $c }`;

  async function firstWords(port: number): Promise<string> {
    return text(connect(port, "127.0.0.1"));
  }

  it("is reached by a random local port and has no way out", async () => {
    const name = `${ground.environment.owner}-net`;
    const id = await ground.engine.networks.create(name, ground.labels);
    expect((await ground.engine.networks.list(ground.labels)).map((one) => one.name)).toEqual([name]);
    await expect(ground.engine.networks.create(name, ground.labels)).rejects.toMatchObject({ code: "failed" });

    const server = await ground.run({ command: ["perl", "-e", SERVER], network: name, publish: 8000 });
    const port = (await server.inspect())?.port ?? 0;
    expect(port).toBeGreaterThan(1023);
    await expect.poll(async () => text((await server.logs({ follow: false })).stdout)).toBe("listening\n");
    expect(await firstWords(port)).toBe("hello");
    const { NetworkSettings } = (await raw(`/containers/${server.id}/json`)) as { NetworkSettings: { Ports: unknown } };
    expect(NetworkSettings.Ports).toEqual({ "8000/tcp": [{ HostIp: "127.0.0.1", HostPort: String(port) }] });

    // A machine without a network has no way out anyhow; the option is what takes it away where there is one.
    const { Options } = await raw(`/networks/${id}`);
    expect(Options).toMatchObject({ "com.docker.network.bridge.enable_ip_masquerade": "false" });
    const outside = `use IO::Socket::INET; exit(IO::Socket::INET->new(PeerAddr => $_, Timeout => 3) ? 0 : 1) for "1.1.1.1:443"`;
    expect((await server.exec({ command: ["perl", "-e", outside] })).exitCode).toBe(1);

    await server.remove();
    await ground.engine.networks.remove(id);
    await ground.engine.networks.remove(id);
    expect(await ground.leftovers()).toEqual([]);
  });
});
