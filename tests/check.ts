/** Runs every check that is not a test, one line each, and fails when one of them failed. */
import { defineCommand, UsageError } from "@potstill/cli/options.ts";
import { runCommand } from "@potstill/cli/run_command.ts";
import { forEachConcurrently } from "@potstill/runs/for_each_concurrently.ts";
import { formatDuration } from "@potstill/runs/progress/progress_line.ts";
import { type Check, denoCheck } from "./checks/check.ts";
import { doors } from "./checks/doors.ts";
import { docLint, examples, markdown, solutions } from "./checks/documentation.ts";
import { format } from "./checks/format.ts";
import { layers } from "./checks/layers.ts";
import { notebookCode, notebookRuns } from "./checks/notebooks.ts";
import { commandStyle } from "./checks/command_style.ts";
import { links } from "./checks/links.ts";
import { optionDocs } from "./checks/option_docs.ts";
import { fileLength, machinePaths } from "./checks/source_rules.ts";
import { unusedExports } from "./checks/unused_exports.ts";

/** Of one check's output. */
const MOST_LINES = 200;
/** Checks run together: most of them keep one core busy. */
const AT_ONCE = 2;

const CHECKS: readonly Check[] = [
  format,
  denoCheck("lint", "No lint (deno lint)", "lint"),
  denoCheck("types", "Everything type-checks (deno check)", "check", "-q", "lib", "tests", "bench"),
  notebookCode,
  docLint,
  markdown,
  optionDocs,
  commandStyle,
  links,
  fileLength,
  machinePaths,
  layers,
  doors,
  unusedExports,
  examples,
  solutions,
  ...await notebookRuns(),
];

const COMMAND = defineCommand({
  program: "deno task",
  name: "check",
  summary: "Run every check that is not a test.",
  options: {
    only: {
      type: "string",
      multiple: true,
      placeholder: "NAME",
      description: "Run this check only",
    },
  },
  notes: [
    "Checks:",
    ...CHECKS.map((check) => `  ${check.name.padEnd(24)} ${check.description}`),
  ].join("\n"),
});

const code = await runCommand(COMMAND, Deno.args, async ({ values }) => {
  for (const name of values.only) {
    if (!CHECKS.some((check) => check.name === name)) {
      throw new UsageError(`Option --only must be one of ${names(CHECKS)}: "${name}"`);
    }
  }
  const chosen = CHECKS.filter(({ name }) =>
    values.only.length === 0 || values.only.includes(name)
  );
  const failed: Check[] = [];
  await forEachConcurrently(chosen, { concurrency: AT_ONCE }, async (check) => {
    const start = performance.now();
    const wrong = await check.run().catch((error: Error) => error.stack ?? error.message);
    const time = formatDuration(performance.now() - start).padStart(12);
    console.log(`${wrong === null ? "ok    " : "FAILED"} ${check.name.padEnd(24)}${time}`);
    if (wrong === null) return;
    failed.push(check);
    console.log(indent(wrong) + "\n");
  });
  const ending = failed.length > 0 ? `: ${names(failed)}` : "";
  console.log(`${chosen.length - failed.length} checks passed, ${failed.length} failed${ending}`);
  return failed.length > 0 ? 1 : 0;
});
Deno.exit(code);

function indent(text: string): string {
  const lines = text.split("\n");
  const shown = lines.slice(0, MOST_LINES).map((line) => `    ${line}`);
  if (lines.length > MOST_LINES) shown.push(`    ... and ${lines.length - MOST_LINES} lines more`);
  return shown.join("\n");
}

function names(checks: readonly Check[]): string {
  return checks.map(({ name }) => name).join(", ");
}
