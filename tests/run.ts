/**
 * Runs the tests and ends with one line, `N passed, N failed` (and `, N skipped` when some were).
 * Each file runs in a process of its own, several at once, so that what a file does to its process
 * (memory, environment) reaches no other. Fails when a test failed and when none ran.
 */
import { availableParallelism } from "node:os";
import { forEachConcurrently } from "@potstill/runs/for_each_concurrently.ts";
import { formatDuration } from "@potstill/runs/progress/progress_line.ts";
import { addSummaries, failureReport, parseTestSummary, type TestSummary } from "./summary.ts";
import { softwareVulkan } from "./software_vulkan.ts";
import { testFiles } from "./test_files.ts";

const HELP = `Run the tests in tests/ and end with a line "N passed, N failed".

Usage: deno task test [paths] [--jobs N] [options of deno test]

  paths      Files or folders; every test without one
  --jobs N   Files run at once, each in its process (default: a core each, at most 2)

Options such as --filter TEXT and --fail-fast are those of "deno test", which then runs all files in
one process; it runs with --allow-all and without type checks, which "deno task check" makes. The
slowest files and what failed are listed at the end.`;

/** Two keep two cores busy; a file may take 3 GB and threads of its own. */
const MOST_JOBS = 2;
/** Of the files listed at the end. */
const SLOWEST = 10;

const root = new URL("../", import.meta.url).pathname;
const environment: Record<string, string> = Deno.stdout.isTerminal() && !Deno.noColor
  ? { FORCE_COLOR: "1" }
  : {};
const { args } = Deno;

if (args.includes("--help") || args.includes("-h")) {
  console.log(HELP);
  Deno.exit(0);
}
const at = args.indexOf("--jobs");
const jobs = at < 0 ? Math.min(MOST_JOBS, availableParallelism()) : Number(args[at + 1]);
if (!Number.isInteger(jobs) || jobs < 1) {
  console.error(`Option --jobs must be a whole number from 1: "${args[at + 1] ?? ""}"`);
  Deno.exit(2);
}
const rest = at < 0 ? args : args.toSpliced(at, 2);
const summary = rest.some((arg) => arg.startsWith("-"))
  ? await runTogether(rest)
  : await runApart(await filesOf(rest.length > 0 ? rest : ["tests"]));
console.log(summaryLine(summary));
Deno.exit(summary.failed === 0 && summary.passed > 0 ? 0 : 1);

/** The test files of paths; says so, and ends, where one is not there. */
async function filesOf(paths: readonly string[]): Promise<string[]> {
  try {
    return await testFiles(root, paths);
  } catch (error) {
    console.error((error as Error).message);
    Deno.exit(2);
  }
}

/** All files in one process, whose output is shown as it comes. */
async function runTogether(args: readonly string[]): Promise<TestSummary> {
  const valueOptions = new Set(["--filter", "--reporter", "--junit-path", "--seed"]);
  const hasPath = args.some((arg, i) =>
    !arg.startsWith("-") && !valueOptions.has(args[i - 1] ?? "")
  );
  const child = denoTest([...args, ...(hasPath ? [] : ["tests/"])], "inherit");
  let tail = "";
  const decoder = new TextDecoder();
  for await (const chunk of child.stdout) {
    await writeAll(chunk);
    tail = (tail + decoder.decode(chunk, { stream: true })).slice(-4096);
  }
  const { success } = await child.status;
  return parseTestSummary(tail, success);
}

/** Each file in its process; its output is shown when it has ended. */
async function runApart(files: readonly string[]): Promise<TestSummary> {
  const summaries: TestSummary[] = [];
  const failures: string[] = [];
  const times: { readonly file: string; readonly ms: number }[] = [];
  await forEachConcurrently(files, { concurrency: jobs }, async (file) => {
    const start = performance.now();
    const ended = await denoTest([file], "piped").output();
    const { stdout, stderr } = ended;
    times.push({ file, ms: performance.now() - start });
    const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    const summary = parseTestSummary(out.slice(-4096), ended.success);
    summaries.push(summary);
    if (summary.failed > 0) {
      failures.push(
        `${file}\n${failureReport(out, err, ended.signal ?? `exit code ${ended.code}`)}`,
      );
    }
    await writeAll(stderr);
    await writeAll(stdout);
  });
  times.sort((a, b) => b.ms - a.ms);
  if (files.length > SLOWEST) {
    console.log("The slowest files:");
    for (const { file, ms } of times.slice(0, SLOWEST)) {
      console.log(`${formatDuration(ms).padStart(12)}  ${file}`);
    }
    console.log();
  }
  if (failures.length > 0) console.log(`Failed:\n${failures.join("\n")}\n`);
  return addSummaries(summaries);
}

function denoTest(args: readonly string[], stderr: "inherit" | "piped"): Deno.ChildProcess {
  const needsDevice = args.some((arg) => /webgpu|execution_provider/.test(arg));
  return new Deno.Command(Deno.execPath(), {
    args: ["test", "--allow-all", "--no-check", ...args],
    cwd: root,
    stdin: "null",
    stdout: "piped",
    stderr,
    env: { ...environment, ...(needsDevice ? softwareVulkan() : {}) },
  }).spawn();
}

function summaryLine({ passed, failed, skipped }: TestSummary): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

async function writeAll(bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await Deno.stdout.write(bytes.subarray(written));
  }
}
