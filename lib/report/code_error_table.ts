import type { EvaluationRow } from "../evaluation/evaluation_row.ts";
import type { Table } from "../display/table.ts";
import { tableOf } from "../display/table_of.ts";

/** Rates of errors in an agent's steps, as shares from 0 to 1. */
export interface CodeErrorRates {
  /** Steps of all tasks. */
  readonly steps: number;
  /** Steps whose code was run. */
  readonly codeSteps: number;
  /** Steps without readable code, of all steps. */
  readonly parse: number;
  /** Steps whose code failed, of those that ran code. */
  readonly execution: number;
  /** Steps whose code ran out of time, of those that ran code. */
  readonly timeout: number;
  /** Tasks that came to the step limit without an answer. */
  readonly unfinished: number;
}

/** The error rates of the rows' steps. */
export function codeErrorRates(rows: readonly EvaluationRow[]): CodeErrorRates {
  const sum = (of: (row: EvaluationRow) => number) =>
    rows.reduce((total, row) => total + of(row), 0);
  const unfinished = sum((row) => row.errorKinds["max-steps"]);
  const codeSteps = sum((row) => row.codeSteps);
  const steps = Math.max(codeSteps, sum(turns));
  const share = (n: number, of: number) => of === 0 ? 0 : n / of;
  return {
    steps,
    codeSteps,
    parse: share(sum((row) => row.errorKinds.parse), steps),
    execution: share(sum((row) => row.errorKinds.execution), codeSteps),
    timeout: share(sum((row) => row.errorKinds.timeout), codeSteps),
    unfinished: share(unfinished, rows.length),
  };
}

/** Turns of the model. Older rows, and some imported ones, count the step limit among the steps. */
function turns({ steps, codeSteps, errorKinds }: EvaluationRow): number {
  const others = Math.max(0, steps - codeSteps - errorKinds.parse);
  return steps - Math.min(others, errorKinds["max-steps"]);
}

/**
 * Error rates of the agents' code, by system; the frame has them by benchmark too. Null when no system
 * is an agent.
 */
export function codeErrorTable(
  rows: readonly EvaluationRow[],
  systems: readonly string[],
): Table | null {
  const agents = systems.filter((system) =>
    rows.some((row) => row.system === system && row.paradigm === "agent")
  );
  if (agents.length === 0) return null;
  const data = agents.flatMap((system) => {
    const ofSystem = rows.filter((row) => row.system === system);
    const benchmarks = [...new Set(ofSystem.map((row) => row.benchmark))];
    return [
      { system, benchmark: "all", ...codeErrorRates(ofSystem) },
      ...benchmarks.map((benchmark) => ({
        system,
        benchmark,
        ...codeErrorRates(ofSystem.filter((row) => row.benchmark === benchmark)),
      })),
    ];
  });
  return tableOf({
    name: "code_errors",
    caption:
      "How often the agents' steps went wrong, in percent: steps without readable code (of " +
      "all steps), code that failed or ran out of time (of the code that was run), and tasks that " +
      "came to the step limit. The CSV has the rates by benchmark.",
    data,
    only: ({ benchmark }) => benchmark === "all",
    columns: [
      "system",
      { field: "benchmark", header: null },
      { field: "steps", digits: 0 },
      { field: "codeSteps", header: null },
      { field: "parse", percent: true },
      { field: "execution", percent: true },
      { field: "timeout", percent: true },
      { field: "unfinished", header: "step limit", percent: true },
    ],
  });
}
