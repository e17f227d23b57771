import type { Summary } from "../evaluation/summarize.ts";
import { crossTable } from "../display/cross_table.ts";
import type { Table } from "../display/table.ts";

/** Columns of the means, after the benchmarks. */
export const MEAN_LABELS = {
  "in-domain": "in-domain mean",
  "out-of-domain": "out-of-domain mean",
  all: "mean of all",
} as const;

/** Options of {@link mainTable}. */
export interface MainTableOptions {
  /** Systems among which the best of each column is set off, such as all but the teacher. @default all */
  readonly ranked?: readonly string[];
  /** A sentence for the caption, such as how mathematics is graded. @default none */
  readonly note?: string;
}

/**
 * The main table: systems by benchmarks, then the in-domain, out-of-domain and overall means, each
 * with its interval. The frame is long: one line per system and column.
 */
export function mainTable(summary: Summary, options: MainTableOptions = {}): Table {
  const { ranked = summary.systems, note = "" } = options;
  const data = [
    ...summary.scores.map((score) => ({
      system: score.system,
      column: score.benchmark,
      accuracy: score.accuracy.estimate,
      low: score.accuracy.low,
      high: score.accuracy.high,
      tasks: score.accuracy.n,
      unscored: score.unscored as number | null,
      f1: score.f1,
    })),
    ...summary.means.map((mean) => ({
      system: mean.system,
      column: MEAN_LABELS[mean.domain],
      accuracy: mean.accuracy.estimate,
      low: mean.accuracy.low,
      high: mean.accuracy.high,
      tasks: mean.accuracy.n,
      unscored: null,
      f1: null,
    })),
  ];
  const domains = new Set(summary.means.map((mean) => mean.domain));
  return crossTable({
    name: "main_table",
    caption: "Accuracy in percent with its 95% interval. " +
      `Where one ${ranked.length < summary.systems.length ? "student" : "system"} alone has the ` +
      "highest figure of a column, it is set off (in plain text by a star); the intervals and paired " +
      "differences tell what that is worth. Means weigh every benchmark the same." +
      (note === "" ? "" : ` ${note}`) + missingNote(summary),
    data,
    rows: ["system"],
    across: "column",
    values: [
      ...summary.benchmarks.map((benchmark) => benchmark.name),
      // With one domain only, its mean is the mean of all.
      ...domains.size === 3 ? Object.values(MEAN_LABELS) : [MEAN_LABELS.all],
    ],
    cells: [{ field: "accuracy", interval: ["low", "high"] }],
    trail: [
      { field: "tasks", header: null },
      { field: "unscored", header: null },
      { field: "f1", header: null, percent: true },
    ],
    best: "column",
    ranked: ({ system }) => ranked.includes(system),
  });
}

/** A note on answers without a verdict, and on benchmarks whose systems have unequal numbers of tasks. */
function missingNote({ scores, benchmarks }: Summary): string {
  const unscored = scores.filter((score) => score.unscored > 0)
    .map((score) => `${score.system} ${score.unscored} on ${score.benchmark}`);
  const uneven = benchmarks.filter(({ name }) => {
    const counts = scores.filter(({ benchmark }) => benchmark === name)
      .map((score) => score.accuracy.n + score.unscored);
    return new Set(counts).size > 1;
  }).map(({ name }) => name);
  return (unscored.length === 0
    ? ""
    : ` Without a verdict, and in no mean: ${unscored.join("; ")}.`) +
    (uneven.length === 0
      ? ""
      : ` Not every system has the same number of tasks on ${uneven.join(", ")}.`);
}
