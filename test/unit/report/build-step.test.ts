import { expect, it } from "vitest";
import { stepDescriber } from "../../../src/report/build-step.js";

it("names the step a build is at beside what it prints", () => {
  const describe = stepDescriber();
  const shown = [
    "Sending context",
    "Step 3/9 : RUN make -j2",
    "  gcc -c a.c ",
    "Step 4/9 : RUN make install",
    "x".repeat(200),
  ].map(describe);
  expect(shown.slice(0, 4)).toEqual([
    "Sending context",
    "step 3/9: RUN make -j2",
    "step 3/9: gcc -c a.c",
    "step 4/9: RUN make install",
  ]);
  expect(shown[4]).toHaveLength(100);
});
