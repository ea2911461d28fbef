import { describe, expect, it } from "vitest";
import { NoEngineError } from "../../../src/docker/connect.js";
import type { Machine, Refusal } from "../../../src/docker/remedy.js";

const DOCKER = "/var/run/docker.sock";
const PODMAN = "/run/podman/podman.sock";
const BARE: Machine = { systemd: true, apt: true, docker: false, podman: false };
const NO_SYSTEMD = { ...BARE, systemd: false };

function failure(machine: Machine, ...found: readonly (readonly [socket: string, kind: Refusal["kind"]])[]) {
  const refusals = found.map(([socket, kind]) => ({ socket, kind, text: `${socket}: ${kind}` }));
  return new NoEngineError(refusals, undefined, machine);
}

describe("where no engine answers", () => {
  it.each([
    ["nothing is installed", BARE, "install one, as root: apt-get install docker.io"],
    ["nothing is installed, on no Debian", { ...BARE, apt: false }, "install Docker Engine or Podman, and start it"],
    ["Docker was stopped, and took its socket away", { ...BARE, docker: true }, "as root: systemctl start docker"],
    ["Docker is there, but no systemd", { ...NO_SYSTEMD, docker: true }, "as root: majek-lab doctor --fix"],
    ["Podman alone", { ...BARE, podman: true }, "as root: systemctl enable --now podman.socket"],
    ["Podman alone, no systemd", { ...NO_SYSTEMD, podman: true }, "as root: podman system service --time 0 &"],
    ["both", { ...BARE, docker: true, podman: true }, "as root: systemctl start docker"],
  ] as const)("and %s, the next command fits the machine", (_case, machine, next) => {
    const error = failure(machine, [DOCKER, "missing"], [PODMAN, "missing"]);
    expect([error.absent, error.next]).toEqual([true, expect.stringContaining(next)]);
  });

  it("a socket that was left behind does not say that systemd runs", () => {
    expect(failure({ ...BARE, docker: true }, [DOCKER, "silent"]).next).toContain("systemctl start docker");
    expect(failure({ ...NO_SYSTEMD, docker: true }, [DOCKER, "silent"]).next).toContain("majek-lab doctor --fix");
    expect(failure(BARE, [DOCKER, "silent"]).next).toContain("whose socket that is");
  });

  it("a socket that may not be used is Docker's group's, or root's", () => {
    const docker = failure({ ...BARE, docker: true }, [DOCKER, "denied"], [PODMAN, "denied"]);
    expect([docker.absent, docker.next]).toEqual([false, expect.stringContaining("usermod -aG docker")]);
    const podman = failure({ ...BARE, podman: true }, [DOCKER, "missing"], [PODMAN, "denied"]);
    expect([podman.absent, podman.next]).toEqual([false, expect.not.stringContaining("usermod")]);
    expect(podman.next).toContain("systemctl --user enable --now podman.socket");
  });
});
