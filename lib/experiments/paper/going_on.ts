import type { Chart } from "../../display/chart.ts";
import { figure } from "../../display/figure.ts";
import type { Table } from "../../display/table.ts";
import { tableOf } from "../../display/table_of.ts";
import type { EvaluationRow } from "../../evaluation/evaluation_row.ts";
import { IMPROVE_METHODS } from "../improve/improve_options.ts";
import type { FindingInput } from "../findings/finding_input.ts";
import { systemRows } from "../findings/finding_input.ts";
import { cellsGoingOn, thenMethodOf } from "../findings/past_imitation.ts";
import type { SeededInterval } from "../findings/seeded_bootstrap.ts";
import { seededAccuracy } from "../findings/seeded_tasks.ts";
import type { StoredCell } from "../sweep/stored_cell.ts";

/** A way in which students went on, and what it came to. */
export interface GoingOn {
  /** The method, or `before` for the students that all went on from. */
  readonly method: string;
  /** Accuracy on benchmarks that were trained on, mean over benchmarks and seeds. */
  readonly inDomain: SeededInterval | null;
  /** Accuracy on the others. */
  readonly outOfDomain: SeededInterval | null;
  /** Tokens that a student drew, mean over the seeds. */
  readonly sampledTokens: number;
  /** Tokens that were trained. */
  readonly trainedTokens: number;
  /** Tokens that training read. */
  readonly readTokens: number;
  /** Wall time, without what was shared with other methods. */
  readonly minutes: number;
}

/** The ways in which students of stored runs went on, in the order of the methods. */
export function goingOn(input: FindingInput): GoingOn[] {
  const cells = cellsGoingOn(input);
  const point = (
    method: string,
    rows: readonly EvaluationRow[],
    own: readonly StoredCell[],
  ): GoingOn => {
    const mean = (field: keyof NonNullable<StoredCell["then"]>) =>
      own.reduce((sum, { then }) => sum + (then?.[field] ?? 0), 0) / Math.max(1, own.length);
    return {
      method,
      inDomain: seededAccuracy(rows.filter(({ inDomain }) => inDomain), input),
      outOfDomain: seededAccuracy(rows.filter(({ inDomain }) => !inDomain), input),
      sampledTokens: mean("sampledTokens"),
      trainedTokens: mean("trainedTokens"),
      readTokens: mean("readTokens"),
      minutes: mean("durationMs") / 60_000,
    };
  };
  const methods = IMPROVE_METHODS.flatMap((method) => {
    const own = cells.filter((cell) => thenMethodOf(cell) === method);
    return own.length === 0 ? [] : [{ method, own }];
  });
  if (methods.length === 0) return [];
  // Every method went on from the same students.
  const before = methods.reduce((a, b) => b.own.length > a.own.length ? b : a).own;
  return [
    point("before", systemRows(before, "agent-student"), []),
    ...methods.map(({ method, own }) => point(method, systemRows(own, "agent-student-then"), own)),
  ];
}

/** Accuracy and cost of each way to go on. */
export function goingOnTable(points: readonly GoingOn[]): Table {
  const count = (tokens: number) => tokens === 0 ? null : Math.round(tokens);
  return tableOf({
    name: "going_on",
    caption: "Agent students before they go on, and after it: accuracy in percent, mean over " +
      "benchmarks and seeds, with 95% intervals over tasks and seeds; tokens and minutes are means " +
      "over the seeds, minutes without attempts that are shared with another method.",
    data: points.map((point) => ({
      ...point,
      sampledTokens: count(point.sampledTokens),
      trainedTokens: count(point.trainedTokens),
      readTokens: count(point.readTokens),
      minutes: point.minutes === 0 ? null : Number(point.minutes.toFixed(1)),
      seeds: point.inDomain?.seeds ?? null,
    })),
    columns: [
      "method",
      { header: "in-domain", show: ({ inDomain }) => inDomain },
      { header: "out-of-domain", show: ({ outOfDomain }) => outOfDomain },
      { field: "sampledTokens", header: "tokens sampled" },
      { field: "trainedTokens", header: "tokens trained" },
      { field: "readTokens", header: "tokens read" },
      "minutes",
      "seeds",
    ],
  });
}

/** Accuracy of each way to go on, with its interval, in domain and out of domain. */
export function goingOnChart(points: readonly GoingOn[]): Promise<Chart> {
  const data = points.flatMap(({ method, inDomain, outOfDomain }) =>
    [["in-domain", inDomain] as const, ["out-of-domain", outOfDomain] as const]
      .flatMap(([domain, value]) =>
        value === null
          ? []
          : [{ method, domain, accuracy: value.estimate, low: value.low, high: value.high }]
      )
  );
  return figure({
    form: "bars",
    name: "going_on",
    caption: "Accuracy of agent students before and after they go on, by method, with 95% " +
      "intervals over tasks and seeds.",
    data,
    x: "method",
    y: "accuracy",
    interval: ["low", "high"],
    panel: "domain",
    panels: "beside",
    yAxis: { percent: true },
    width: 240,
  });
}
