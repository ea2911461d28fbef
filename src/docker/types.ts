import type { Readable, Writable } from "node:stream";

export interface EngineInfo {
  readonly name: "docker" | "podman";
  readonly version: string;
  /** What we speak: min(engine, tested). */
  readonly apiVersion: string;
  readonly architecture: string;
  readonly kernel: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly storageDriver: string;
  /** Where it keeps images, on its own machine; `undefined` where it does not say. */
  readonly storageFolder: string | undefined;
  readonly rootless: boolean;
  /** Whether it can keep a container from swapping. */
  readonly limitsSwap: boolean;
  /** The socket we talk to. */
  readonly endpoint: string;
}

export type Labels = Readonly<Record<string, string>>;

export interface BuildRequest {
  /** The context as one tar, Dockerfile included. */
  readonly context: Readable;
  readonly tag?: string;
  readonly labels: Labels;
  /** Each complete line of output, and each `Step n/m : ...` title. */
  readonly onOutput?: (line: string) => void;
  /** Ends the build; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface ImageInfo {
  readonly id: string;
  readonly tags: readonly string[];
  readonly labels: Labels;
  readonly sizeBytes: number;
}

export interface ImageDetails extends ImageInfo {
  /** `sha256:<hex>` of each uncompressed layer, lowest first: the same on every engine and store. */
  readonly diffIds: readonly string[];
}

/** Nothing here pulls by itself. */
export interface ImagePort {
  /** Builds with the classic builder and network `none`; resolves with the image id. Rejects with LabError "build" and the end of the log. */
  build(request: BuildRequest): Promise<string>;
  inspect(reference: string): Promise<ImageDetails | undefined>;
  /** Loads an archive that carries manifest.json. Rejects with LabError "build" when the engine does not take it. */
  load(archive: Readable, signal?: AbortSignal): Promise<void>;
  /** Makes an image from a root file system tar. */
  importRootfs(rootfs: Readable, reference: string, labels: Labels): Promise<void>;
  /** Only for a digest-pinned seed; the reference must contain `@sha256:`. */
  pull(reference: string, onOutput?: (line: string) => void): Promise<void>;
  tag(reference: string, repository: string, tag: string): Promise<void>;
  /** Takes away a tag, and the image with its last one. Missing is fine; rejects with LabError "failed" for what is used. */
  remove(reference: string): Promise<void>;
  /** Removes an image by id unless something uses it: a tag, a container or a child. Resolves with whether it is gone. */
  removeUnused(id: string): Promise<boolean>;
  /** Images that are no part of others. */
  list(labels: Labels): Promise<readonly ImageInfo[]>;
}

export interface ContainerSpec {
  readonly image: string;
  readonly name?: string;
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly labels: Labels;
  readonly user?: string;
  readonly workdir?: string;
  readonly hostname?: string;
  /** `none`, or the name of a network made by NetworkPort, or `default` (seed only). */
  readonly network: string;
  /** Replaces all: drop ALL, then add these. `undefined` keeps the engine's default set (seed only). */
  readonly capabilities?: readonly string[];
  readonly noNewPrivileges?: boolean;
  readonly readOnlyRoot?: boolean;
  /** Mount point -> options, e.g. `size=256m,mode=1777`. */
  readonly tmpfs?: Readonly<Record<string, string>>;
  /** Mounted at `path`: a small folder in memory that containers share and anybody may write to, made where it is missing. */
  readonly volume?: { readonly name: string; readonly labels: Labels; readonly path: string };
  /** Also the swap limit, so that swap is never used. */
  readonly memoryBytes?: number;
  readonly pidsLimit?: number;
  /** Container id whose PID namespace is joined. */
  readonly pidOf?: string;
  /** Networks that a packet may cross: 1 keeps it on the container's own. The kernel's default where it is not given. */
  readonly hops?: number;
  /** Container TCP port published on a random port of 127.0.0.1. */
  readonly publish?: number;
  /** Keep stdin open for attach. */
  readonly stdin?: boolean;
}

export interface ContainerState {
  readonly id: string;
  readonly name: string;
  /** As it was named when the container was made; the name may belong to another image by now. */
  readonly image: string;
  readonly imageId: string;
  readonly labels: Labels;
  readonly status: "created" | "running" | "paused" | "restarting" | "removing" | "exited" | "dead";
  readonly exitCode: number | null;
  readonly outOfMemory: boolean;
  /** Published port on 127.0.0.1, where one was asked for and the container runs. */
  readonly port: number | null;
  /** Seconds since the epoch. */
  readonly createdAt: number;
}

/** Both output streams, already taken apart from the engine's multiplexed form; they also end when the engine is lost. */
export interface LogStreams {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Lets go of the connection; without it an open one keeps Node alive. */
  close(): void;
}

export interface AttachedStreams extends LogStreams {
  readonly stdin: Writable;
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

interface ExecCommand {
  readonly command: readonly string[];
  readonly user?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface OpenExecRequest extends ExecCommand {
  /** Whether the command has a standard input; else it reads nothing. */
  readonly stdin?: boolean;
  /** Gives it a terminal of this size; both outputs are one stream then, `stdout`. */
  readonly terminal?: TerminalSize;
}

/** A command that runs in a container. The engine has no way to end it: see fleet/command.ts. */
export interface OpenExec extends AttachedStreams {
  /** Of a terminal only. Rejects while the command has not been started yet. */
  resize(size: TerminalSize): Promise<void>;
  /** Resolves when the command has ended. Rejects with LabError "engine" when the connection was lost. */
  exitCode(): Promise<number>;
}

export interface ExecRequest extends ExecCommand {
  /** Streams output as it comes, besides collecting it. */
  readonly onOutput?: (stream: "stdout" | "stderr", chunk: Buffer) => void;
}

export interface Container {
  readonly id: string;
  start(): Promise<void>;
  kill(signal: string): Promise<void>;
  /** Force-removes with anonymous volumes. Missing is fine. */
  remove(): Promise<void>;
  /** Resolves with the exit code. The signal gives up waiting, whose open connection would keep this process alive. */
  wait(signal?: AbortSignal): Promise<number>;
  inspect(): Promise<ContainerState | undefined>;
  /** The variables that it was made with, those of its image too; none once it is gone. They may be secrets. */
  environment(): Promise<Readonly<Record<string, string>>>;
  pause(): Promise<void>;
  unpause(): Promise<void>;
  /** Unpacks a tar below `path` (must exist). */
  putArchive(path: string, tar: Readable): Promise<void>;
  /** The file or folder at `path` as a tar; entries begin with its last name. */
  getArchive(path: string): Promise<Readable>;
  exec(request: ExecRequest): Promise<ExecResult>;
  /** Like `exec`, with the streams open while the command runs. */
  openExec(request: OpenExecRequest): Promise<OpenExec>;
  /** Attach before start, so that nothing is missed. */
  attach(): Promise<AttachedStreams>;
  /** Dumps the log, or follows it until it is closed. */
  logs(options: { follow: boolean; tail?: number }): Promise<LogStreams>;
}

export interface ContainerPort {
  create(spec: ContainerSpec): Promise<Container>;
  get(id: string): Container;
  /** Running and stopped ones. */
  list(labels: Labels): Promise<readonly ContainerState[]>;
}

export interface NetworkPort {
  /**
   * A bridge without masquerading (trials D2): reachable by published ports; nothing that gets out is answered, unless
   * somebody outside routes to it. Resolves with the id.
   */
  create(name: string, labels: Labels): Promise<string>;
  list(labels: Labels): Promise<readonly { readonly id: string; readonly name: string; readonly labels: Labels }[]>;
  remove(id: string): Promise<void>;
}

export interface VolumePort {
  list(labels: Labels): Promise<readonly { readonly name: string; readonly labels: Labels }[]>;
  remove(name: string): Promise<void>;
}

/** The engine, narrow: what labs need and nothing more. */
export interface Engine {
  readonly info: EngineInfo;
  readonly images: ImagePort;
  readonly containers: ContainerPort;
  readonly networks: NetworkPort;
  readonly volumes: VolumePort;
}
