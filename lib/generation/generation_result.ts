import type { DataFrame } from "nodejs-polars";
import { escapeHtml } from "../display/escape_html.ts";
import type { MimeBundle } from "../display/table.ts";
import { loadTrajectories } from "../trajectories/load_trajectories.ts";
import { trajectoriesFrame } from "../trajectories/trajectories_frame.ts";
import type { GenerationOptions } from "./generation_options.ts";
import { commonestFailure } from "./run_tally.ts";
import type { GenerationStatus } from "./run_attempts.ts";
import type { GenerationSummary } from "./run_generation.ts";

/** A run that ended; it shows itself in a notebook and, as `String(...)`, in a terminal. */
export interface GenerationResult {
  /** The run's folder. */
  readonly path: string;
  /** End of the run. */
  readonly status: GenerationStatus;
  /** Summary of the run. */
  readonly summary: GenerationSummary;
  /** The run's trajectories as a Polars frame, one row each. @throws {Error} when there is none */
  frame(): Promise<DataFrame>;
  /** The result as text for a terminal. */
  toString(): string;
}

/** The result of a run. @param budgetSpentUsd what the budget counted, or null without one */
export function generationResult(
  path: string,
  options: GenerationOptions,
  summary: GenerationSummary,
  budgetSpentUsd: number | null,
): GenerationResult {
  const rows = resultRows(path, options, summary, budgetSpentUsd);
  const width = Math.max(...rows.map(([name]) => name.length));
  const text = rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join("\n");
  const result = {
    path,
    status: summary.status,
    summary,
    frame: async () => {
      const { trajectories } = await loadTrajectories(path, options.paradigm);
      return trajectoriesFrame(trajectories);
    },
    toString: () => text,
    [Symbol.for("Jupyter.display")]: (): MimeBundle => ({
      "text/plain": text,
      "text/html": `<table>${
        rows.map(([name, value]) =>
          `<tr><th style="text-align:left">${escapeHtml(name)}</th>` +
          `<td style="text-align:left">${escapeHtml(value)}</td></tr>`
        ).join("")
      }</table>`,
    }),
  };
  return result;
}

function resultRows(
  path: string,
  options: GenerationOptions,
  summary: GenerationSummary,
  budgetSpentUsd: number | null,
): [string, string][] {
  const { tally, usage, problem } = summary;
  const share = (n: number) => `${n} (${((100 * n) / Math.max(1, tally.done)).toFixed(1)}%)`;
  const rows: [string, string][] = [
    ["run", path],
    ["status", problem === null ? summary.status : `${summary.status}: ${problem}`],
    ["trajectories", `${tally.done} of ${summary.attempts}`],
    ["correct", share(tally.correct)],
    ["kept by the filter", share(tally.kept)],
    ["rejected for", counts(tally.reasons) || "nothing"],
    ["steps", `${tally.steps} (${(tally.steps / Math.max(1, tally.done)).toFixed(2)} each)`],
    ["failed steps", counts(tally.errors) || "none"],
    ["commonest failure", commonestFailure(tally) ?? "none"],
    ["tool calls", `${tally.toolCalls}`],
    ["tokens", `${tally.promptTokens} read, ${tally.completionTokens} written`],
  ];
  if (options.firstThoughtPrefix) {
    const { total, withPrefix, cases } = tally.firstThoughts;
    const { native, emulated } = tally.prefixed;
    rows.push([
      "first thoughts",
      `${withPrefix} of ${total}; ${native} native, ${emulated} emulated; ${
        counts(cases) || "nothing unusual"
      }`,
    ]);
  }
  if (usage !== null) {
    const { requests, retries, unusable, estimated } = usage;
    rows.push(["requests", `${requests} answered, ${retries} retries, ${unusable} unusable`]);
    if (estimated > 0) {
      rows.push(["estimated", `${estimated} requests, whose use the endpoint did not tell`]);
    }
    rows.push(["paid tokens", `${usage.promptTokens} read, ${usage.completionTokens} written`]);
    if (usage.costUsd !== null) rows.push(["cost", `$${usage.costUsd.toFixed(4)}`]);
  }
  if (budgetSpentUsd !== null) rows.push(["of the budget", `$${budgetSpentUsd.toFixed(4)} spent`]);
  return rows;
}

function counts(record: Readonly<Partial<Record<string, number>>>): string {
  return Object.entries(record).sort((a, b) => b[1]! - a[1]!).map(([name, n]) => `${name} ${n}`)
    .join(", ");
}
