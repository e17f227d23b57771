import assert from "node:assert/strict";
import { addSummaries, failureReport, parseTestSummary } from "../summary.ts";
import { testFiles } from "../test_files.ts";

Deno.test("the summary of deno test is read", () => {
  const line = "ok | 12 passed (4 steps) | 0 failed | 3 ignored (1s)\n\n";
  assert.deepEqual(parseTestSummary(line, true), { passed: 12, failed: 0, skipped: 3 });
});

Deno.test("colours and look-alike lines of tests do not disturb it", () => {
  const output = "9 passed, 0 failed\nok | 9 passed | 0 failed (1ms)\n" +
    "\x1b[31mFAILED\x1b[0m | 2 passed (1 step) | 5 failed (1 step) | 1 ignored \x1b[38;5;245m(147ms)\x1b[0m\n";
  assert.deepEqual(parseTestSummary(output, false), { passed: 2, failed: 5, skipped: 1 });
});

Deno.test("a crash counts as a failure", () => {
  assert.deepEqual(parseTestSummary("", false), { passed: 0, failed: 1, skipped: 0 });
  assert.deepEqual(parseTestSummary("", true), { passed: 0, failed: 1, skipped: 0 });
  const line = "ok | 3 passed | 0 failed (1s)\n";
  assert.deepEqual(parseTestSummary(line, false), { passed: 3, failed: 1, skipped: 0 });
});

Deno.test("the counts of several files are added", () => {
  const summaries = [
    { passed: 2, failed: 0, skipped: 1 },
    { passed: 3, failed: 1, skipped: 0 },
  ];
  assert.deepEqual(addSummaries(summaries), { passed: 5, failed: 1, skipped: 1 });
});

Deno.test("test files are found in folders, each once, and a path without one is refused", async () => {
  const root = await Deno.makeTempDir();
  await Deno.mkdir(`${root}/a/b`, { recursive: true });
  await Deno.mkdir(`${root}/empty`);
  for (const name of ["a/b/z_test.ts", "a/y_test.ts", "a/helper.ts"]) {
    await Deno.writeTextFile(`${root}/${name}`, "");
  }
  assert.deepEqual(await testFiles(root, ["a", "a/y_test.ts"]), ["a/b/z_test.ts", "a/y_test.ts"]);
  await assert.rejects(testFiles(root, ["empty"]), /Cannot test empty/);
  await Deno.remove(root, { recursive: true });
});

Deno.test("a failed file's errors are repeated without colours, or how it broke off", () => {
  const red = (text: string) => `\x1b[31m${text}\x1b[39m`;
  const long = red("x".repeat(5_000));
  const stdout = `NO ERRORS here\n\n${red(" ERRORS ")}\n\na => a.ts\n${long}\n\n${
    red(" FAILURES ")
  }\n\na => a.ts\nb => b.ts\n\nFAILED | 0 passed | 2 failed\n`;
  const report = failureReport(stdout, "", "exit code 1");
  assert.match(report, /^ {2}ERRORS \n\n {2}a => a\.ts\n {2}x+ \.\.\.\n\n *FAILURES *\n\n {2}a/);
  assert.match(report, / {2}b => b\.ts\n/);
  assert.ok(report.length < 2_200 && !report.includes("\x1b"));
  const broken = failureReport("one ... ok\n", red("error: Module not found"), "SIGKILL");
  assert.equal(broken, "  SIGKILL\n\n  error: Module not found\n\n  one ... ok");
  assert.equal(failureReport("", "", "exit code 1"), "  exit code 1");
});
