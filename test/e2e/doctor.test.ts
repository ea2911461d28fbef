import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type InstalledTool, installTool, type Outcome, type Place } from "./tool.js";

let tool: InstalledTool;

beforeAll(async () => {
  tool = await installTool();
});
afterAll(() => tool.remove());

/** A machine without an engine that runs: folders and a network of its own, in which every process ends with the script. */
const MACHINE = `
set -eu
ip link set lo up
for folder in /run /var/lib/docker /var/log; do mount -t tmpfs tmpfs "$folder"; done
unset DOCKER_HOST XDG_RUNTIME_DIR
eval "$1"
`;

function onMachine(script: string, env: Place["env"] = {}): Promise<Outcome> {
  const unshare = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
  const through = [...unshare, "bash", "-c", MACHINE, "bash", script];
  return tool.run([], { through, env: { MAJEK_LAB_CACHE: join(tool.folder, "cache"), ...env } });
}

const doctor = (): string => `${join(tool.folder, "node_modules/.bin/majek-lab")} doctor --fix --format json`;

it("starts the engine, removes what killed commands left, and then has nothing to do", async () => {
  await mkdir(join(tool.folder, "cache/tmp"), { recursive: true });
  // No process has this number: it is above what the kernel gives.
  await writeFile(join(tool.folder, "cache/tmp/99999999.dead"), "");
  const script = `
    ${doctor()}
    echo ,
    docker network create --label org.majek-lab.owner=gone --label org.majek-lab.lab=gone gone >/dev/null
    docker volume create --label org.majek-lab.owner=gone --label org.majek-lab.lab=gone gone >/dev/null
    docker network create theirs >/dev/null
    ${doctor()}
    echo ,
    ${doctor()}
    docker network inspect theirs >/dev/null`;
  const { code, stdout, stderr } = await onMachine(script);
  expect([code, stderr]).toEqual([0, expect.any(String)]);
  const [first, second, third] = JSON.parse(`[${stdout}]`);
  expect(first.fixes).toEqual([
    { check: "engine", done: true, what: "started" },
    { check: "leftovers", done: true, what: "removed 1 temporary files" },
  ]);
  expect(first.findings.find(({ check }: { check: string }) => check === "engine").status).toBe("ok");
  expect(second.fixes).toEqual([{ check: "leftovers", done: true, what: "removed 1 networks, 1 volumes" }]);
  expect(third.fixes).toEqual([]);
  expect(third.findings.find(({ check }: { check: string }) => check === "leftovers").found).toBe("none");
});

it("leaves what it cannot fix with its command: an engine that is not installed", async () => {
  const bin = join(tool.folder, "bin");
  await mkdir(bin);
  await symlink(process.execPath, join(bin, "node"));
  // What is installed on the machine that runs this is not there: neither to be seen nor to be run.
  const hide = "mount --bind /dev/null $(command -v dockerd)";
  const { code, stdout, stderr } = await onMachine(`${hide}; PATH=${bin} ${doctor()}`);
  expect(code).toBe(4);
  const { fixes, findings } = JSON.parse(stdout);
  expect(fixes).toEqual([]);
  expect(findings.find(({ check }: { check: string }) => check === "engine")).toMatchObject({
    status: "fail",
    remedy: expect.stringContaining("apt-get install docker.io"),
  });
  expect(stderr).toContain("apt-get install docker.io");
});

it("says what kept an engine from starting", async () => {
  // A daemon that its own configuration stops: it ends at once, and its log has the reason.
  const script = `mkdir -p ${tool.folder}/etc; echo '{"nonsense": 1}' >${tool.folder}/etc/daemon.json
    mount --bind ${tool.folder}/etc /etc/docker; ${doctor()}`;
  const { code, stdout } = await onMachine(script);
  expect(code).toBe(4);
  const { fixes } = JSON.parse(stdout);
  expect(fixes).toEqual([
    { check: "engine", done: false, what: expect.stringMatching(/cannot be started.*nonsense/s) },
  ]);
});

it("tells who is not root that root can start the engine", async () => {
  const script = `chmod 755 ${tool.folder} $(dirname $(readlink -f ${tool.folder}/node_modules))
    mkdir -m 777 ${tool.folder}/theirs
    exec setpriv --reuid 65534 --regid 65534 --clear-groups \\
      env HOME=${tool.folder}/theirs MAJEK_LAB_CACHE=${tool.folder}/theirs ${doctor()}`;
  const { code, stdout } = await onMachine(script);
  expect(code).toBe(4);
  const { fixes, findings } = JSON.parse(stdout);
  const what = "only root can start it; as root: majek-lab doctor --fix";
  expect(fixes).toEqual([{ check: "engine", done: false, what }]);
  const engine = findings.find(({ check }: { check: string }) => check === "engine");
  expect(engine).toMatchObject({ status: "fail", remedy: "start it, as root: majek-lab doctor --fix" });
});

it("finds the engine's program with the PATH that su leaves root on Debian", async () => {
  const { code, stdout } = await onMachine(`PATH=/usr/local/bin:/usr/bin:/bin ${doctor()}`);
  expect([code, JSON.parse(stdout).fixes[0]]).toEqual([0, { check: "engine", done: true, what: "started" }]);
});

it("says at once what systemd says where it cannot start the engine", async () => {
  // systemd's own mark, and its own systemctl, which finds nobody to talk to.
  const began = Date.now();
  const { code, stdout } = await onMachine(`mkdir -p /run/systemd/system; ${doctor()}`);
  expect(code).toBe(4);
  const { fixes, findings } = JSON.parse(stdout);
  const what = expect.stringMatching(/cannot be started; .*Failed to connect to bus.*journalctl -u docker/s);
  expect(fixes).toEqual([{ check: "engine", done: false, what }]);
  const engine = findings.find(({ check }: { check: string }) => check === "engine");
  expect(engine).toMatchObject({ remedy: "start it, as root: systemctl start docker" });
  // It once waited a minute for an engine that nobody was starting.
  expect(Date.now() - began).toBeLessThan(45_000);
});
