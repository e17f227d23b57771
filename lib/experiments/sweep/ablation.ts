import type { DataFrame } from "nodejs-polars";
import type { DistillOptions, SystemSlug } from "../distill/distill_options.ts";
import { type FindingVerdict, judge, MIN_SEEDS } from "../findings/finding.ts";
import { systemRows } from "../findings/finding_input.ts";
import type { SeededInterval } from "../findings/seeded_bootstrap.ts";
import { pairedDifference, seededAccuracy } from "../findings/seeded_tasks.ts";
import type { Chart } from "../../display/chart.ts";
import { figure } from "../../display/figure.ts";
import { escapeHtml } from "../../display/escape_html.ts";
import { frameFrom } from "../../report/frame.ts";
import { type MimeBundle, Table } from "../../display/table.ts";
import { canonicalJson } from "../../runs/canonical_json.ts";
import type { StoredCell } from "./stored_cell.ts";
import { cellName } from "./sweep_cells.ts";
import { sweepFrame } from "./sweep_frame.ts";

/** Finished runs, and what of them is compared. */
export interface AblationInput {
  /** The folder of the runs. */
  readonly path: string;
  /** The runs. */
  readonly cells: readonly StoredCell[];
  /** The option that is varied. */
  readonly option: keyof DistillOptions;
  /** The options that each value sets; those of the first are what the others are compared with. */
  readonly overrides: readonly Partial<DistillOptions>[];
  /** The settings that all runs begin with. */
  readonly reference: DistillOptions;
  /** The seeds that are compared. */
  readonly seeds: readonly number[];
  /** The system that is compared. */
  readonly system: SystemSlug;
  /** Only these benchmarks. @default all */
  readonly benchmarks?: readonly string[];
}

/** One value of the option that was varied. */
export interface AblatedValue {
  /** The value as text. */
  readonly label: string;
  /** Accuracy, as the mean over benchmarks, with a 95% interval over tasks and seeds. */
  readonly accuracy: SeededInterval;
  /** Accuracy minus that of the first value, paired by task and seed; null for the first. */
  readonly difference: SeededInterval | null;
  /** Whether the value is better than the first (`holds`); null for the first. */
  readonly verdict: FindingVerdict | null;
}

/** What an ablation gave. In a notebook it shows as its table and verdict. */
export class Ablation {
  /** The folder of its runs. */
  readonly path: string;
  /** The verdict on every value in a sentence. */
  readonly verdict: string;
  /** One entry for each value, in the order asked for. */
  readonly values: readonly AblatedValue[];
  /** The same as a table. */
  readonly table: Table;
  /** Accuracy by value with its intervals. */
  readonly chart: Chart;
  /** The finished runs. */
  readonly cells: readonly StoredCell[];

  /** Puts an ablation together; {@link ablationOf} makes one from runs. */
  constructor(
    parts: Pick<Ablation, "path" | "verdict" | "values" | "table" | "chart" | "cells">,
  ) {
    this.path = parts.path;
    this.verdict = parts.verdict;
    this.values = parts.values;
    this.table = parts.table;
    this.chart = parts.chart;
    this.cells = parts.cells;
  }

  /** Every graded answer of every run, as one Polars frame. */
  frame(): DataFrame {
    return sweepFrame({ cells: this.cells });
  }

  /** How Jupyter front ends show it. */
  [Symbol.for("Jupyter.display")](): MimeBundle {
    return {
      "text/plain": `${this.table.toText()}\n\n${this.verdict}`,
      "text/markdown": `${this.table.toMarkdown()}\n\n${this.verdict}`,
      "text/html": `${this.table.toHtml()}<p>${escapeHtml(this.verdict)}</p>`,
    };
  }
}

/**
 * What one option changed in runs that are finished.
 *
 * @throws {Error} when the system has no graded answer under some value
 */
export async function ablationOf(input: AblationInput): Promise<Ablation> {
  const { path, cells, option, overrides, system } = input;
  const first = rowsOf(input, overrides[0]);
  const values = overrides.map((override, i): AblatedValue => {
    const rows = rowsOf(input, override);
    const label = labelOf(option, override);
    const accuracy = seededAccuracy(rows);
    if (accuracy === null) {
      throw new Error(`Cannot compare ${option} ${label}: ${system} has no graded answer there`);
    }
    const difference = i === 0 ? null : pairedDifference([{ a: rows, b: first }]);
    const verdict = i === 0 ? null : judge(difference, { above: 0 });
    return { label, accuracy, difference, verdict };
  });
  return new Ablation({
    path,
    verdict: verdictText(option, values),
    values,
    table: ablationTable(option, system, values),
    chart: await ablationChart(option, system, values),
    cells,
  });
}

function rowsOf(
  { cells, reference, overrides, seeds, system, benchmarks }: AblationInput,
  override: Partial<DistillOptions>,
) {
  const wanted = { ...reference, ...override };
  const chosen = cells.filter(({ options }) =>
    seeds.includes(options.seed) && isOf(options, wanted, overrides)
  );
  return systemRows(chosen, system).filter((row) => benchmarks?.includes(row.benchmark) ?? true);
}

/** Whether a run has the wanted values of every option that some value sets. */
function isOf(
  options: DistillOptions,
  wanted: DistillOptions,
  overrides: readonly Partial<DistillOptions>[],
): boolean {
  const varied = new Set(overrides.flatMap((override) => Object.keys(override)));
  return [...varied].every((name) =>
    canonicalJson(options[name as keyof DistillOptions]) ===
      canonicalJson(wanted[name as keyof DistillOptions])
  );
}

function labelOf<Name extends keyof DistillOptions>(
  option: Name,
  override: Partial<DistillOptions>,
): string {
  const own = String(override[option]);
  const { [option]: _, ...others } = override;
  const rest = cellName(others as Partial<DistillOptions>);
  return Object.keys(others).length === 0 ? own : `${own} (${rest.replaceAll("_", ", ")})`;
}

function verdictText(option: string, [first, ...others]: readonly AblatedValue[]): string {
  const words: Readonly<Record<FindingVerdict, string>> = {
    "holds": "is better than",
    "does not hold": "is worse than",
    "undecided": "cannot be told from",
  };
  const sentences = others.map(({ label, verdict }) =>
    `${option} ${label} ${words[verdict!]} ${first.label}.`
  );
  const few = first.accuracy.seeds < MIN_SEEDS
    ? [`With ${first.accuracy.seeds} of at least ${MIN_SEEDS} seeds nothing is decided.`]
    : [];
  return [...sentences, ...few].join(" ");
}

function ablationTable(
  option: string,
  system: string,
  values: readonly AblatedValue[],
): Table {
  const { accuracy: { seeds, n } } = values[0];
  return new Table({
    name: `ablation_${option}`,
    caption: `Accuracy of ${system} by ${option} in percent, and the difference from the first ` +
      `value, with 95% intervals over ${n} tasks and ${seeds} seeds.`,
    columns: [option, "accuracy", `difference from ${values[0].label}`, "verdict"],
    rows: values.map(({ label, accuracy: { estimate, low, high }, difference, verdict }) => [
      label,
      { estimate, low, high },
      difference === null ? null : {
        estimate: difference.estimate,
        low: difference.low,
        high: difference.high,
        signed: true,
      },
      verdict === null
        ? null
        : { "holds": "better", "does not hold": "worse", "undecided": "undecided" }[verdict],
    ]),
    frame: frameFrom(
      values.map(({ label, accuracy, difference, verdict }) => ({
        value: label,
        accuracy: accuracy.estimate,
        low: accuracy.low,
        high: accuracy.high,
        difference: difference?.estimate ?? null,
        differenceLow: difference?.low ?? null,
        differenceHigh: difference?.high ?? null,
        verdict,
        tasks: accuracy.n,
        seeds: accuracy.seeds,
      })),
      {
        value: "text",
        accuracy: "number",
        low: "number",
        high: "number",
        difference: "number",
        differenceLow: "number",
        differenceHigh: "number",
        verdict: "text",
        tasks: "number",
        seeds: "number",
      },
    ),
  });
}

function ablationChart(
  option: string,
  system: string,
  values: readonly AblatedValue[],
): Promise<Chart> {
  return figure({
    form: "points",
    name: `ablation_${option}`,
    caption: `Accuracy of ${system} by ${option}, with 95% intervals over tasks and seeds.`,
    data: values.map(({ label, accuracy: { estimate, low, high } }) => ({
      [option]: label,
      accuracy: estimate,
      low,
      high,
    })),
    x: option,
    y: "accuracy",
    interval: ["low", "high"],
    yAxis: { percent: true },
  });
}
