// Run by probe.test.ts: a probe that speaks the protocol well or badly, as its argument says.
import { createInterface } from "node:readline";

const answers = {
  good: (line) => JSON.stringify({ ok: true, line }),
  slow: () => undefined,
  garbage: () => "Segmentation fault",
  array: () => "[1]",
  unfinished: () => '{"ok": tr',
  refusal: () => JSON.stringify({ ok: false, error: "Permission denied", where: "/proc/1/pagemap" }),
  neither: () => JSON.stringify({ p0Pages: 3 }),
  death: () => {
    process.stderr.write("out of memory\n");
    process.exit(3);
  },
};
const answer = answers[process.argv[2]];
createInterface({ input: process.stdin }).on("line", (line) => {
  const text = answer(line);
  if (text !== undefined) process.stdout.write(`${text}\n`);
});
