import { join } from "node:path";
import { MATH_POLICIES } from "../grading/math/policy.ts";
import type { EvaluationRow } from "../evaluation/evaluation_row.ts";
import type { ImportedResult } from "../evaluation/import_results.ts";
import { systemIdOf } from "../evaluation/system_id.ts";
import type { ResultSource } from "../report/load_results.ts";
import type { OptionValues } from "../records/option_table.ts";
import { defineCommand, UsageError } from "./options.ts";
import { runCommand } from "./run_command.ts";

const COMMAND = defineCommand({
  name: "report",
  summary: "Make tables and figures of evaluations, runs and imported results",
  positionals: [{
    name: "SOURCE",
    description:
      "A run's folder, a folder of them, rows as JSON lines or Parquet, or result files of the paper's reference implementation; NAME=SOURCE names its system",
    rest: true,
  }],
  options: {
    out: { type: "string", short: "o", placeholder: "FOLDER", description: "Folder of the report" },
    title: { type: "string", default: "Evaluation", description: "Heading of the report" },
    compare: {
      type: "string",
      multiple: true,
      placeholder: "A:B",
      defaultNote:
        "agents with CoT of the same size, and what sag and the first-thought prefix add",
      description: "Compare system A with system B on their common tasks",
    },
    tier: {
      type: "string",
      multiple: true,
      placeholder: "SYSTEM=SIZE",
      defaultNote: "read from names",
      description: "The size of a system's model, such as 1.5B",
    },
    student: {
      type: "string",
      multiple: true,
      placeholder: "SYSTEM",
      description: "A system whose model is a distilled student, which result files do not record",
    },
    prefixed: {
      type: "string",
      multiple: true,
      placeholder: "SYSTEM",
      description: "A system with first-thought prefix, which result files do not record",
    },
    policy: {
      type: "string",
      choices: MATH_POLICIES,
      defaultNote: "rounded",
      description: "Policy of grading mathematics in result files",
    },
    benchmarkName: {
      type: "string",
      placeholder: "NAME",
      description: "The benchmark of result files that do not name it",
    },
    recorded: {
      type: "boolean",
      description: "Show result files with their recorded scores too, as systems of their own",
    },
    seed: { type: "integer", default: 0, description: "Seed of the intervals' draws" },
  },
  notes:
    `Writes report.html, report.md, rows.jsonl, tables/ (CSV, LaTeX, Markdown) and figures/ (SVG,
Vega-Lite) into the folder. Answers in result files are graded anew; grader_agreement and
disagreements hold where this differs from the recorded scores. Of a single frame of runs with their
settings (cells.parquet, as sweep and paper write it) the tables have the runs that ablations are
compared with, and findings/ has the verdicts of the findings, their tables and figures.

Exit code: 0, 1 when a source cannot be read, 2 for wrong arguments.

Examples:
  deno task potstill report runs/student-agent runs/student-sag runs/student-cot --out report
  deno task potstill report data/runs/mine "Qwen2.5-1.5B CoT=results/" --out report`,
});

type Values = OptionValues<typeof COMMAND.options>;

/**
 * The command `deno task potstill report`.
 *
 * @returns the exit code
 *
 * @example
 * ```ts
 * import { runReport } from "@potstill/cli/report.ts";
 * if (await runReport(["--help"]) !== 0) throw new Error("no help");
 * ```
 */
export function runReport(args: string[]): Promise<number> {
  return runCommand(COMMAND, args, async ({ values, positionals }) => {
    const { out, title, policy, seed } = values;
    if (out === undefined) throw new UsageError("Missing option --out FOLDER");
    const { loadResults } = await import("../report/load_results.ts");
    const { reportResults } = await import("../report/report_results.ts");
    const { reportFindings, runsOfFrame } = await import(
      "../experiments/paper/report_stored_runs.ts"
    );
    const sources = positionals.map(readSource);
    const [first, ...others] = sources;
    const runs = others.length === 0 && first?.name === undefined && pathExists(first?.path ?? "")
      ? await runsOfFrame(first.path)
      : null;
    const loaded = runs !== null
      ? { rows: runs.rows, imported: [], files: [first.path] }
      : await loadResults(sources, {
        ...(policy === undefined ? {} : { mathPolicy: policy }),
        ...(values.benchmarkName === undefined ? {} : { benchmark: values.benchmarkName }),
      });
    const recorded = values.recorded ? asRecorded(loaded.imported) : [];
    const rows = described([...loaded.rows, ...recorded], values);
    const command = `deno task potstill report ${args.map(quoted).join(" ")}`;
    const { text, files } = await reportResults({ ...loaded, rows }, {
      out,
      title,
      seed,
      command,
      ...(values.compare.length === 0 ? {} : { comparisons: values.compare.map(readPair) }),
    });
    console.log(text);
    console.log(`Report: ${files.at(-1)}`);
    if (runs !== null) {
      const dir = join(out, "findings");
      const { path } = first;
      const { openProgress } = await import("../runs/progress/open_progress.ts");
      const stage = openProgress().stage("findings", null);
      const page = await reportFindings(dir, { ...runs.input, seed }, { path, command });
      stage.done();
      console.log(`Findings: ${page}`);
    }
    return 0;
  });
}

/** `NAME=PATH`; an equals sign within a path that exists is the path's own. */
function readSource(text: string): ResultSource {
  const at = text.indexOf("=");
  const isPath = at <= 0 || pathExists(text);
  return isPath ? { path: text } : { name: text.slice(0, at), path: text.slice(at + 1) };
}

function pathExists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

function readPair(text: string): [string, string] {
  const parts = text.split(":").map((part) => part.trim());
  if (parts.length !== 2 || parts.includes("")) {
    throw new UsageError(`Option --compare must be A:B: "${text}"`);
  }
  return [parts[0], parts[1]];
}

/** Imported rows with the verdicts of their files, as further systems. */
function asRecorded(imported: readonly ImportedResult[]): EvaluationRow[] {
  return imported.map((
    { row: { policy: _, otherPolicy: __, otherVerdict: ___, ...row }, recorded },
  ) => ({
    ...row,
    system: `${row.system}, as recorded`,
    systemId: `${systemIdOf(row)}-as-recorded`,
    verdict: recorded,
    grader: "recorded",
  }));
}

/** The rows with the facts that the options give about their systems. */
function described(rows: readonly EvaluationRow[], values: Values): EvaluationRow[] {
  const systems = new Set(rows.map((row) => row.system));
  const check = (name: string, option: string) => {
    if (!systems.has(name)) {
      throw new UsageError(
        `Option ${option}: no system is called "${name}"; there are ${[...systems].join(", ")}`,
      );
    }
    return name;
  };
  const tiers = new Map(values.tier.map((text) => {
    const at = text.lastIndexOf("=");
    if (at <= 0) throw new UsageError(`Option --tier must be SYSTEM=SIZE: "${text}"`);
    return [check(text.slice(0, at), "--tier"), text.slice(at + 1)];
  }));
  const students = new Set(values.student.map((name) => check(name, "--student")));
  const prefixed = new Set(values.prefixed.map((name) => check(name, "--prefixed")));
  return rows.map((row) => ({
    ...row,
    ...(tiers.has(row.system) ? { tier: tiers.get(row.system)! } : {}),
    ...(students.has(row.system) ? { student: row.student ?? row.system } : {}),
    ...(prefixed.has(row.system) ? { firstThoughtPrefix: true } : {}),
  }));
}

function quoted(text: string): string {
  return /^[\w./:=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
