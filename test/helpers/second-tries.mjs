// A reporter that names the tests which passed only at their second try: a test that is not sure of itself has a fault,
// or has found one, and must not hide it.
import { appendFileSync } from "node:fs";

export default class SecondTries {
  onTestCaseResult(test) {
    const { retryCount = 0 } = test.diagnostic() ?? {};
    const file = process.env.MAJEK_LAB_SECOND_TRIES;
    if (retryCount === 0 || test.result().state !== "passed" || file === undefined) return;
    const first = test.result().errors?.[0]?.message ?? "";
    appendFileSync(file, `${test.fullName}\n${first.slice(0, 2000)}\n`);
  }
}
