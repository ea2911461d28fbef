// Run by store.test.ts as a process of its own: writes samples and run.json until it is killed.
import { createRun } from "../../../src/results/store.js";
import { exampleRecord, exampleRun } from "./example-run.js";

const writer = await createRun(process.argv[2] ?? "", exampleRun({ variants: {}, status: "partial" }));
for (let count = 1; ; count += 1) {
  await writer.appendSample(exampleRecord(count));
  await writer.write(exampleRun({ status: "partial" }));
  if (count === 20) process.stdout.write("ready\n");
}
