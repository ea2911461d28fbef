/** A lab on a workshop's stick. */
export interface StickLab {
  readonly name: string;
  readonly title: string;
  /** What its fleet may take. */
  readonly memoryBytes: number;
  /** Its archive, below the stick's folder; `null`: it came with the tool, and its images are in another lab's archive. */
  readonly share: string | null;
  /** Bytes of that archive. */
  readonly shareBytes: number;
}

/** What is on a workshop's stick, as its `stick.json` says. schemaVersion history: 1 - first format. */
export interface Stick {
  readonly schemaVersion: 1;
  readonly toolVersion: string;
  /** The engine's platform that the images are for, such as `linux/amd64`. */
  readonly platform: string;
  /** The lab whose steps `./start` serves. */
  readonly serves: string;
  readonly labs: readonly StickLab[];
}
