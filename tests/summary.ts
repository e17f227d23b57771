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
  const lines = [...withoutColours(output).matchAll(/^(?:ok|FAILED) \| \d+ passed\b.*$/gm)];
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

/** Characters of a part of a failed file's output that are repeated. */
const MOST_CHARACTERS = 2_000;

/**
 * What a test file's output says of its failed tests; of a file that broke off, how it ended and the
 * end of what it wrote.
 */
export function failureReport(stdout: string, stderr: string, ending: string): string {
  const [out, err] = [withoutColours(stdout), withoutColours(stderr)];
  const at = (heading: string) => out.search(new RegExp(`^ ${heading} $`, "m"));
  const [errors, failures] = [at("ERRORS"), at("FAILURES")];
  const parts = errors < 0 ? [ending, err.slice(-MOST_CHARACTERS), out.slice(-MOST_CHARACTERS)] : [
    beginning(out.slice(errors, failures < 0 ? undefined : failures)),
    failures < 0 ? "" : out.slice(failures),
  ];
  return parts.map((part) => part.trim()).filter((part) => part !== "").join("\n\n")
    .replaceAll(/^(?=.)/gm, "  ");
}

function beginning(text: string): string {
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS)} ...`;
}

function withoutColours(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/\x1b\[[0-9;]*m/g, "");
}
