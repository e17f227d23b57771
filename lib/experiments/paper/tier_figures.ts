import type { EvaluationRow } from "../../evaluation/evaluation_row.ts";
import { type FindingInput, systemRows, tiers } from "../findings/finding_input.ts";
import type { SeededInterval } from "../findings/seeded_bootstrap.ts";
import { seededAccuracy } from "../findings/seeded_tasks.ts";
import type { SystemSlug } from "../distill/distill_options.ts";
import { bestEstimate } from "../../report/best_estimate.ts";
import { Chart } from "../../display/chart.ts";
import { frameFrom } from "../../report/frame.ts";
import { shareAxis } from "../../display/share_axis.ts";
import { percent, Table } from "../../display/table.ts";

/** One method at one size, over all seeds. */
export interface TierPoint {
  /** Size of the student. */
  readonly tier: string;
  /** The method, as in the paper's figure. */
  readonly method: string;
  /** Mean over the benchmarks. */
  readonly accuracy: SeededInterval;
}

const METHODS: readonly (readonly [SystemSlug, string, string])[] = [
  ["cot-student", "CoT", "#e69f00"],
  ["cot-rag-student", "CoT + RAG", "#cc79a7"],
  ["agent-student", "agent", "#0072b2"],
  ["agent-student-sag", "agent + sag", "#009e73"],
];

/** Accuracy of every method at every size, with intervals over tasks and seeds. */
export function tierPoints(input: FindingInput): TierPoint[] {
  return tiers(input).flatMap(({ size, cells }) =>
    METHODS.flatMap(([slug, method]) => {
      const accuracy = seededAccuracy(systemRows(cells, slug), input);
      return accuracy === null ? [] : [{ tier: size, method, accuracy }];
    })
  );
}

/** The rows of the students of all sizes, named and marked by size, for tables by benchmark. */
export function tierRows(input: FindingInput): EvaluationRow[] {
  return tiers(input).flatMap(({ size, cells }) =>
    METHODS.flatMap(([slug, method]) =>
      systemRows(cells, slug).map((row) => ({ ...row, system: `${size} ${method}`, tier: size }))
    )
  );
}

/** The points as a table, one line a size. */
export function tierMeansTable(points: readonly TierPoint[]): Table {
  const sizes = [...new Set(points.map(({ tier }) => tier))];
  const methods = METHODS.map(([_, method]) => method).filter((method) =>
    points.some((point) => point.method === method)
  );
  return new Table({
    name: "tier_means",
    caption:
      "Accuracy in percent, mean over the benchmarks and the seeds, with 95% intervals over tasks " +
      "and seeds.",
    columns: ["students", ...methods, "tasks", "seeds"],
    rows: sizes.map((size) => {
      const own = points.filter(({ tier }) => tier === size);
      const best = bestEstimate(own.map(({ accuracy }) => accuracy.estimate));
      return [
        size,
        ...methods.map((method) => {
          const found = own.find((point) => point.method === method)?.accuracy;
          if (found === undefined) return null;
          const { estimate, low, high } = found;
          return { estimate, low, high, best: estimate === best };
        }),
        String(own[0].accuracy.n),
        String(own[0].accuracy.seeds),
      ];
    }),
    frame: frameFrom(points.map(({ accuracy, ...rest }) => ({ ...rest, ...accuracy })), {
      tier: "text",
      method: "text",
      estimate: "number",
      low: "number",
      high: "number",
      n: "number",
      seeds: "number",
    }),
  });
}

/** Accuracy by size for each method, as in the paper's first figure. */
export function tierChart(points: readonly TierPoint[]): Promise<Chart> {
  const values = points.map(({ tier, method, accuracy: { estimate, low, high } }) => ({
    tier,
    method,
    accuracy: estimate,
    low,
    high,
  }));
  const shown = METHODS.filter(([_, method]) => values.some((value) => value.method === method));
  const x = {
    field: "tier",
    type: "nominal",
    sort: null,
    title: "parameters of the student",
    axis: { labelAngle: 0, grid: false },
    scale: { type: "point", padding: 0.4 },
  };
  const color = {
    field: "method",
    type: "nominal",
    scale: { domain: shown.map(([_, name]) => name), range: shown.map(([_, __, hex]) => hex) },
    legend: { title: null, orient: "right", symbolType: "circle", symbolOpacity: 1 },
  };
  const xOffset = {
    field: "method",
    type: "nominal",
    scale: { domain: shown.map(([_, name]) => name), range: [-14, 14] },
  };
  return Chart.draw({
    name: "accuracy_by_tier",
    caption:
      "Accuracy by size of the student and method: mean over the benchmarks and seeds, with " +
      "95% intervals over tasks and seeds.",
    text: values.map((v) => `${v.tier} ${v.method}: ${percent(v.accuracy)}%`).join("\n"),
    spec: {
      width: 460,
      height: 300,
      data: { values },
      encoding: { x, xOffset, color },
      layer: [
        {
          mark: { type: "line", strokeWidth: 1.6, opacity: 0.55 },
          encoding: {
            y: {
              field: "accuracy",
              type: "quantitative",
              title: "accuracy",
              ...shareAxis(values.flatMap((value) => [value.accuracy, value.high])),
            },
          },
        },
        {
          mark: { type: "rule", strokeWidth: 1.4 },
          encoding: { y: { field: "low", type: "quantitative" }, y2: { field: "high" } },
        },
        {
          mark: { type: "point", filled: true, size: 60, opacity: 1 },
          encoding: {
            y: { field: "accuracy", type: "quantitative" },
            tooltip: [
              { field: "tier" },
              { field: "method" },
              { field: "accuracy", format: ".1%" },
              { field: "low", format: ".1%" },
              { field: "high", format: ".1%" },
            ],
          },
        },
      ],
    } as never,
  });
}
