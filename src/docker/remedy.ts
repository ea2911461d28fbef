import { accessSync, constants, existsSync } from "node:fs";
import { join } from "node:path";

/** Why a socket is no engine: it is not there, may not be used, or nothing of use answers. */
export interface Refusal {
  readonly kind: "missing" | "denied" | "silent";
  readonly socket: string;
  readonly text: string;
}

/** What a machine has of engines, and of what starts or installs them. */
export interface Machine {
  readonly systemd: boolean;
  readonly apt: boolean;
  readonly docker: boolean;
  readonly podman: boolean;
}

/** Users, and root after `su`, do not have all of these in their PATH. */
const FOLDERS = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** Whether a program of the system is installed. */
export function isInstalled(program: string): boolean {
  return FOLDERS.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

export function thisMachine(): Machine {
  return {
    // What systemd itself says that one should look at: sd_booted(3).
    systemd: existsSync("/run/systemd/system"),
    apt: isInstalled("apt-get"),
    docker: isInstalled("dockerd"),
    podman: isInstalled("podman"),
  };
}

function forDenied(denied: readonly Refusal[]): string {
  // Podman's has no group: it is root's.
  if (denied.every(({ socket }) => socket.includes("podman"))) {
    return "run the command as root; Podman's own socket for a user: systemctl --user enable --now podman.socket";
  }
  return "sudo usermod -aG docker $USER, then log in again; or run the command as root";
}

/** What to do where no socket leads to an engine. */
export function remedy(refusals: readonly Refusal[], dockerHost: string | undefined, machine: Machine): string {
  const of = (kind: Refusal["kind"]): readonly Refusal[] => refusals.filter((one) => one.kind === kind);
  if (of("denied").length > 0) return forDenied(of("denied"));
  if (dockerHost !== undefined) return "start the engine that DOCKER_HOST names, or unset DOCKER_HOST";
  if (machine.docker)
    return `start it, as root: ${machine.systemd ? "systemctl start docker" : "majek-lab doctor --fix"}`;
  if (machine.podman) {
    const start = machine.systemd ? "systemctl enable --now podman.socket" : "podman system service --time 0 &";
    return `start Podman's socket, as root: ${start}`;
  }
  if (of("silent").length > 0) return "start the engine whose socket that is";
  return machine.apt
    ? "install one, as root: apt-get install docker.io"
    : "install Docker Engine or Podman, and start it";
}
