import { join } from "node:path";
import { z } from "zod";
import { LabError } from "../model/errors.js";
import type { Stick } from "../model/stick.js";
import { readTextIfPresent } from "../system/files.js";

/** What is on a stick, in its own folder. */
export const STICK_FILE = "stick.json";
/** The folder that an archive for a stick unpacks to. */
export const STICK_FOLDER = "majek-lab-workshop";

const stickSchema: z.ZodType<Stick> = z.strictObject({
  schemaVersion: z.literal(1),
  toolVersion: z.string(),
  platform: z.string(),
  serves: z.string(),
  labs: z.array(
    z.strictObject({
      name: z.string(),
      title: z.string(),
      memoryBytes: z.int().min(0),
      share: z.string().nullable(),
      shareBytes: z.int().min(0),
    }),
  ),
});

/**
 * What is on the stick that was unpacked to a folder.
 * @param folder - absolute
 * @returns `undefined` where the folder is no such stick
 * @throws LabError "input" where its description is damaged
 */
export async function readStick(folder: string): Promise<Stick | undefined> {
  const where = join(folder, STICK_FILE);
  const text = await readTextIfPresent(where);
  if (text === undefined) return undefined;
  try {
    return stickSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new LabError("input", "this does not describe a workshop's stick", {
      where,
      next: "unpack the archive again",
      cause,
    });
  }
}

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;

/** README.txt: what a student needs and types. */
export function stickReadme({ toolVersion, platform, labs }: Stick): string {
  const disk = labs.reduce((sum, { shareBytes }) => sum + shareBytes, 0);
  const rows = labs.map(
    ({ name, title, memoryBytes }) => `  ${name}: ${title} (up to ${megabytes(memoryBytes)} of memory)`,
  );
  const title = `A workshop with majek-lab ${toolVersion}`;
  return `${title}
${"=".repeat(title.length)}

You need Node 20.19 or newer and a container engine (Docker or Podman) on
${platform}. You do not need a network, and nothing here asks for one.

1. Unpack the archive on your own disk; a stick is slow, and some have no
   programs that may be run:      tar xf FILE && cd ${STICK_FOLDER}
2. Check the machine:             ./check
3. Start:                         ./start
   It prints an address; open it in a browser on this machine. It goes on
   until Ctrl-C, and ./start takes it up again.
4. The steps name commands. Type them in a second terminal, after
                                  cd ${STICK_FOLDER} && PATH="$PWD:$PATH"

Where your disk forbids programs, type "sh ./check" and "sh ./start".

Both compare every file with SHA256SUMS first. If one is cut or altered they
name it, and import nothing: unpack again, or copy from the stick again.
The images take ${megabytes(disk)} in the engine, besides this folder.

When you are done, for the teacher's table, in this folder:
                                  majek-lab workshop export --name "Your Name"
To remove what is left:           majek-lab down --all

On this stick:
${rows.join("\n")}
  handouts/       the texts of the steps
  instructor.md   notes for who teaches
  share/          the labs with their images (majek-lab load FILE)
  tool/           majek-lab, with the Node packages that it needs
`;
}
