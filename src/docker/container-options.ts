import type Docker from "dockerode";
import type { ContainerSpec } from "./types.js";

/** The default of Docker 29, set everywhere: a fleet must not depend on the engine's, and lowering is always allowed. */
const OPEN_FILES = 1024;

function portOptions(port: number | undefined): Partial<Docker.HostConfig> {
  return port === undefined ? {} : { PortBindings: { [`${port}/tcp`]: [{ HostIp: "127.0.0.1", HostPort: "" }] } };
}

/** In memory and of its own mode: a volume on disk would belong to root, and a fleet could not write there. */
function volumeMount({ volume }: ContainerSpec): Partial<Docker.HostConfig> {
  if (volume === undefined) return {};
  const DriverConfig = { Name: "local", Options: { type: "tmpfs", device: "tmpfs", o: "size=1m,mode=1777" } };
  const VolumeOptions = { NoCopy: true, Labels: { ...volume.labels }, DriverConfig };
  return { Mounts: [{ Type: "volume", Source: volume.name, Target: volume.path, VolumeOptions }] };
}

function hostConfig(spec: ContainerSpec): Docker.HostConfig {
  return {
    ...(spec.capabilities === undefined ? {} : { CapDrop: ["ALL"], CapAdd: [...spec.capabilities] }),
    NetworkMode: spec.network === "default" ? "bridge" : spec.network,
    ReadonlyRootfs: spec.readOnlyRoot ?? false,
    SecurityOpt: spec.noNewPrivileges ? ["no-new-privileges"] : [],
    Tmpfs: { ...spec.tmpfs },
    // Equal limits: no swap for this container, so pages are resident or they are not.
    ...(spec.memoryBytes === undefined ? {} : { Memory: spec.memoryBytes, MemorySwap: spec.memoryBytes }),
    ...(spec.pidsLimit === undefined ? {} : { PidsLimit: spec.pidsLimit }),
    ...(spec.pidOf === undefined ? {} : { PidMode: `container:${spec.pidOf}` }),
    ...(spec.hops === undefined ? {} : { Sysctls: { "net.ipv4.ip_default_ttl": String(spec.hops) } }),
    ...portOptions(spec.publish),
    ...volumeMount(spec),
    Ulimits: [{ Name: "nofile", Soft: OPEN_FILES, Hard: OPEN_FILES }],
    LogConfig: { Type: "json-file", Config: { "max-size": "10m", "max-file": "2" } },
  };
}

/** What the engine is asked for; nothing of the host is mounted. */
export function createOptions(spec: ContainerSpec): Docker.ContainerCreateOptions {
  return {
    Image: spec.image,
    Labels: { ...spec.labels },
    Env: Object.entries(spec.env ?? {}).map(([name, value]) => `${name}=${value}`),
    ...(spec.name === undefined ? {} : { name: spec.name }),
    ...(spec.command === undefined ? {} : { Cmd: [...spec.command] }),
    ...(spec.entrypoint === undefined ? {} : { Entrypoint: [...spec.entrypoint] }),
    ...(spec.user === undefined ? {} : { User: spec.user }),
    ...(spec.workdir === undefined ? {} : { WorkingDir: spec.workdir }),
    ...(spec.hostname === undefined ? {} : { Hostname: spec.hostname }),
    ...(spec.publish === undefined ? {} : { ExposedPorts: { [`${spec.publish}/tcp`]: {} } }),
    OpenStdin: spec.stdin ?? false,
    StdinOnce: spec.stdin ?? false,
    AttachStdin: spec.stdin ?? false,
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: hostConfig(spec),
  };
}
