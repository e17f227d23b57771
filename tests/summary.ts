/** How many tests passed, failed and were skipped. */
export interface TestSummary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Reads the last line that `deno test` prints, `ok | 3 passed (2 steps) | 0 failed | 1 ignored`.
 * When there is none, or when the process failed with no failed test, one failure is counted, so
 * that a crash never looks like success.
 */
export function parseTestSummary(output: string, success: boolean): TestSummary {
  // deno-lint-ignore no-control-regex
  const plain = output.replace(/\x1b\[[0-9;]*m/g, "");
  const lines = [...plain.matchAll(/^(?:ok|FAILED) \| \d+ passed\b.*$/gm)];
  const line = lines.at(-1)?.[0] ?? "";
  const count = (word: string) => Number(line.match(new RegExp(`(\\d+) ${word}\\b`))?.[1] ?? 0);
  const failed = count("failed");
  return {
    passed: count("passed"),
    failed: success && line !== "" ? failed : Math.max(1, failed),
    skipped: count("ignored"),
  };
}

/** The counts of several runs together. */
export function addSummaries(summaries: readonly TestSummary[]): TestSummary {
  const sum = (count: (summary: TestSummary) => number) =>
    summaries.reduce((total, summary) => total + count(summary), 0);
  return {
    passed: sum(({ passed }) => passed),
    failed: sum(({ failed }) => failed),
    skipped: sum(({ skipped }) => skipped),
  };
}
