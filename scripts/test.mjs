// Runs the tests in the order of their cost and ends with one line that counts them all.
// Usage: node scripts/test.mjs [--full]
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { shortened } from "../test/helpers/second-tries.mjs";

const full = process.argv.includes("--full");
const scratch = mkdtempSync(join(tmpdir(), "majek-lab-test-"));
const secondTries = join(scratch, "second-tries.txt");
const level = { MAJEK_LAB_SECOND_TRIES: secondTries, ...(full ? { MAJEK_LAB_TEST_FULL: "1" } : {}) };
const totals = { passed: 0, failed: 0, skipped: 0 };
const summary = [];
const failures = [];

function run(title, command, args) {
  console.log(`\n== ${title}`);
  const started = Date.now();
  const { status } = spawnSync(command, args, { stdio: "inherit", env: { ...process.env, ...level } });
  const seconds = ((Date.now() - started) / 1000).toFixed(0);
  summary.push(`${status === 0 ? "ok  " : "FAIL"} ${title} (${seconds} s)`);
  return status === 0;
}

/** A step that is no test but must work: counts as one. */
function step(title, command, args) {
  if (run(title, command, args)) totals.passed += 1;
  else totals.failed += 1;
}

function vitest(project) {
  const report = join(scratch, `${project}.json`);
  const args = ["vitest", "run", "--project", project, "--reporter=default", "--reporter=json", "--reporter=./test/helpers/second-tries.mjs", `--outputFile.json=${report}`];
  const ok = run(`${project} tests`, "npx", args);
  try {
    const counts = JSON.parse(readFileSync(report, "utf8"));
    failures.push(...failuresOf(counts));
    totals.passed += counts.numPassedTests;
    totals.failed += counts.numFailedTests;
    totals.skipped += counts.numPendingTests;
    // A file that cannot be loaded fails without failing a test.
    if (!ok && counts.numFailedTests === 0) totals.failed += 1;
  } catch {
    totals.failed += 1;
  }
}

/** Each failed test with both ends of its message: the end of a long log is often all that is kept of it. */
function failuresOf(report) {
  return report.testResults.flatMap((file) => {
    const failed = file.assertionResults.filter(({ status }) => status === "failed");
    if (failed.length === 0 && file.status === "failed") return [`${file.name}: ${file.message}`];
    return failed.map(({ fullName, failureMessages }) => `${fullName}\n${shortened(failureMessages.join("\n"))}`);
  });
}

step("formatting and lint", "npm", ["run", "-s", "lint"]);
step("types", "npm", ["run", "-s", "typecheck"]);
step("generated files", "node", ["dist/cli/main.js", "generate", "--check"]);
vitest("unit");
step("tools of the tests", "scripts/test-tools.sh", []);
step("Python: formatting, lint and types", "scripts/check-python.sh", []);
step("probe tests", "make", ["-s", "-C", "guest/probe", "test"]);
step("probe tests under the sanitisers", "make", ["-s", "-C", "guest/probe", "test-sanitize"]);
step("probe tests in containers", "make", ["-s", "-C", "guest/probe", "test-container"]);
step("trap tests", "make", ["-s", "-C", "cpython-patch/trap", "test"]);
for (const lab of ["django-8workers", "blog-2008"]) {
  step(`images of ${lab}`, "node", ["dist/cli/main.js", "build", lab]);
}
vitest("integration");
vitest("e2e");
if (full) {
  vitest("engines");
  step("every variant at 10,000 requests per worker", "node", ["dist/cli/main.js", "run", "django-8workers"]);
  step("expectations", "node", ["dist/cli/main.js", "check", "latest:django-8workers"]);
  const labs = readdirSync("labs", { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const { name } of labs) {
    step(`${name}, in short`, "node", ["dist/cli/main.js", "run", name, "--short"]);
    step("its expectations", "node", ["dist/cli/main.js", "check", `latest:${name}`]);
  }
  step("a soak of two hours, or of MAJEK_LAB_SOAK_SECONDS", "node", ["scripts/soak.mjs"]);
}

const shaky = existsSync(secondTries) ? readFileSync(secondTries, "utf8") : "";
rmSync(scratch, { recursive: true, force: true });
console.log(`\n${summary.join("\n")}`);
if (shaky !== "") console.log(`\npassed only at the second try:\n${shaky}`);
for (const failure of failures) console.log(`\nfailed: ${failure}`);
if (!full) {
  console.log("left to make test-full: every variant at 10,000 requests per worker with its expectations, CPython's own tests of all that the patches touch, tools and engines that are killed at further points, a full disk of the engine, writers to shared pages (make trap), the dashboard of a running fleet, published binary wheels in a sealed fleet, the flagship's site on PostgreSQL, every lab in its short form, a soak of two hours (MAJEK_LAB_SOAK_SECONDS=600 for ten minutes), merged pages (KSM), a context that compiles its interpreter, labs that are verified from source, the engines of Debian (make test-engines)");
}
const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : "";
console.log(`${totals.passed} passed, ${totals.failed} failed${skipped}`);
process.exitCode = totals.failed === 0 && totals.passed > 0 ? 0 : 1;
