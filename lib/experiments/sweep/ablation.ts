import type { DataFrame } from "nodejs-polars";
import type { SystemSlug } from "../distill/system_facts.ts";
import type { DistillOptions } from "../distill/distill_options.ts";
import { type FindingVerdict, judge, MIN_SEEDS } from "../findings/finding.ts";
import { systemRows } from "../findings/finding_input.ts";
import type { SeededInterval } from "../findings/seeded_bootstrap.ts";
import { pairedDifference, seededAccuracy } from "../findings/seeded_tasks.ts";
import type { EvaluationRow } from "../../evaluation/evaluation_row.ts";
import type { Chart } from "../../display/chart.ts";
import { figure } from "../../display/figure.ts";
import { escapeHtml } from "../../display/escape_html.ts";
import type { MimeBundle, Table } from "../../display/table.ts";
import { tableOf } from "../../display/table_of.ts";
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
  /** Verdict on the claim that the value is better than the first (`holds`); null for the first. */
  readonly verdict: FindingVerdict | null;
}

/** The result of an ablation. In a notebook it shows as its table and verdict. */
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
  /** The distillations; none where a finished model was asked with each value. */
  readonly cells: readonly StoredCell[];
  /** Every graded answer of every run, as one Polars frame. */
  readonly frame: () => DataFrame;

  /** Puts an ablation together; {@link ablationOf} makes one from distillations. */
  constructor(
    parts: Pick<Ablation, "path" | "verdict" | "values" | "table" | "chart" | "cells" | "frame">,
  ) {
    this.path = parts.path;
    this.verdict = parts.verdict;
    this.values = parts.values;
    this.table = parts.table;
    this.chart = parts.chart;
    this.cells = parts.cells;
    this.frame = parts.frame;
  }

  /** Its display in Jupyter front ends. */
  [Symbol.for("Jupyter.display")](): MimeBundle {
    return {
      "text/plain": `${this.table.toText()}\n\n${this.verdict}`,
      "text/markdown": `${this.table.toMarkdown()}\n\n${this.verdict}`,
      "text/html": `${this.table.toHtml()}<p>${escapeHtml(this.verdict)}</p>`,
    };
  }
}

/**
 * The effect of one option in runs that are finished.
 *
 * @throws {Error} when the system has no graded answer under some value
 */
export function ablationOf(input: AblationInput): Promise<Ablation> {
  const { path, cells, option, overrides, system } = input;
  return compareValues({
    path,
    cells,
    option,
    system,
    values: overrides.map((override) => ({
      label: labelOf(option, override),
      rows: rowsOf(input, override),
    })),
    frame: () => sweepFrame({ cells }),
    minSeeds: MIN_SEEDS,
  });
}

/** Graded answers under each value of an option; the first value is what the others are compared with. */
export interface ValueRows extends Pick<Ablation, "path" | "cells" | "frame"> {
  /** The option that is varied. */
  readonly option: string;
  /** The system that is compared. */
  readonly system: string;
  /** Rows of that system under each value. */
  readonly values: readonly { readonly label: string; readonly rows: readonly EvaluationRow[] }[];
  /** Seeds below which nothing is decided: 1 where chance in training is not in question. */
  readonly minSeeds: number;
}

/**
 * Accuracies under each value of an option, with differences from the first and verdicts.
 *
 * @throws {Error} when there is no graded answer under some value
 */
export async function compareValues(input: ValueRows): Promise<Ablation> {
  const { option, system, minSeeds } = input;
  const values = input.values.map(({ label, rows }, i): AblatedValue => {
    const accuracy = seededAccuracy(rows);
    if (accuracy === null) {
      throw new Error(`Cannot compare ${option} ${label}: ${system} has no graded answer there`);
    }
    const difference = i === 0 ? null : pairedDifference([{ a: rows, b: input.values[0].rows }]);
    const verdict = i === 0 ? null : judge(difference, { above: 0 }, minSeeds);
    return { label, accuracy, difference, verdict };
  });
  const { path, cells, frame } = input;
  return new Ablation({
    path,
    cells,
    frame,
    values,
    verdict: verdictText(option, values, minSeeds),
    table: ablationTable(option, system, values),
    chart: await ablationChart(option, system, values),
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

/** True if a run has the wanted values of every option that some value sets. */
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

/** A value as text, with the further options that it sets. */
export function labelOf(option: string, override: Readonly<Record<string, unknown>>): string {
  const { [option]: own, ...others } = override;
  const rest = cellName(others);
  return Object.keys(others).length === 0 ? String(own) : `${own} (${rest.replaceAll("_", ", ")})`;
}

function verdictText(
  option: string,
  [first, ...others]: readonly AblatedValue[],
  minSeeds: number,
): string {
  const words: Readonly<Record<FindingVerdict, string>> = {
    "holds": "is better than",
    "does not hold": "is worse than",
    "no difference": "is within 2 points of",
    "undecided": "cannot be told from",
  };
  const sentences = others.map(({ label, verdict }) =>
    `${option} ${label} ${words[verdict!]} ${first.label}.`
  );
  const few = first.accuracy.seeds < minSeeds
    ? [`With ${first.accuracy.seeds} of at least ${minSeeds} seeds nothing is decided.`]
    : [];
  return [...sentences, ...few].join(" ");
}

/** The verdict on a value, in the table. */
const WORDS: Readonly<Record<FindingVerdict, string>> = {
  "holds": "better",
  "does not hold": "worse",
  "no difference": "no difference",
  "undecided": "undecided",
};

function ablationTable(
  option: string,
  system: string,
  values: readonly AblatedValue[],
): Table {
  const { accuracy: { seeds, n } } = values[0];
  return tableOf({
    name: `ablation_${option}`,
    caption: `Accuracy of ${system} by ${option} in percent, and the difference from the first ` +
      `value, with 95% intervals over ${n} tasks${seeds > 1 ? ` and ${seeds} seeds` : ""}.`,
    data: values.map(({ label, accuracy, difference, verdict }) => ({
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
    columns: [
      { field: "value", header: option },
      { field: "accuracy", interval: ["low", "high"] },
      {
        field: "difference",
        header: `difference from ${values[0].label}`,
        interval: ["differenceLow", "differenceHigh"],
        signed: true,
      },
      { field: "verdict", show: ({ verdict }) => verdict === null ? null : WORDS[verdict] },
      { field: "tasks", header: null },
      { field: "seeds", header: null },
    ],
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
    caption: `Accuracy of ${system} by ${option}, with 95% intervals over tasks${
      values[0].accuracy.seeds > 1 ? " and seeds" : ""
    }.`,
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
