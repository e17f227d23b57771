import type { EvaluationRow } from "../../evaluation/evaluation_row.ts";
import { type FindingInput, systemRows, tiers } from "../findings/finding_input.ts";
import type { SeededInterval } from "../findings/seeded_bootstrap.ts";
import { seededAccuracy } from "../findings/seeded_tasks.ts";
import type { SystemSlug } from "../distill/system_facts.ts";
import type { Chart } from "../../display/chart.ts";
import { figure } from "../../display/figure.ts";
import type { FigureAxis } from "../../display/figure_options.ts";
import { crossTable } from "../../display/cross_table.ts";
import { percent, type Table } from "../../display/table.ts";

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
  ["base-cot", "CoT prompting", "#8a94a1"],
  ["base-agent", "agent prompting", "#56b4e9"],
  ["cot-student", "CoT", "#e69f00"],
  ["cot-student-majority", "CoT, majority", "#d55e00"],
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

/**
 * The rows of the students of all sizes, named and marked by size, for tables by benchmark.
 *
 * @param isShown chooses the systems @default all
 */
export function tierRows(
  input: FindingInput,
  isShown: (system: SystemSlug) => boolean = () => true,
): EvaluationRow[] {
  return tiers(input).flatMap(({ size, cells }) =>
    METHODS.filter(([slug]) => isShown(slug)).flatMap(([slug, method]) =>
      systemRows(cells, slug).map((row) => ({
        ...row,
        system: `${size} ${method}`,
        systemId: `${size}-${slug}`,
        tier: size,
      }))
    )
  );
}

/** The points as a table, one line per size. */
export function tierMeansTable(points: readonly TierPoint[]): Table {
  const count = (tier: string, field: "n" | "seeds") => {
    const all = points.filter((point) => point.tier === tier).map(({ accuracy }) =>
      accuracy[field]
    );
    const [least, most] = [Math.min(...all), Math.max(...all)];
    return least === most ? least : `${least} to ${most}`;
  };
  return crossTable({
    name: "tier_means",
    caption:
      "Accuracy in percent, mean over the benchmarks and the seeds, with 95% intervals over tasks " +
      "and seeds.",
    data: points.map(({ accuracy, ...rest }) => ({
      ...rest,
      ...accuracy,
      n: count(rest.tier, "n"),
      seeds: count(rest.tier, "seeds"),
    })),
    rows: [{ field: "tier", header: "students" }],
    across: "method",
    values: METHODS.map(([_, method]) => method).filter((method) =>
      points.some((point) => point.method === method)
    ),
    cells: [{ field: "estimate", interval: ["low", "high"] }],
    trail: [{ field: "n", header: "tasks" }, "seeds"],
    best: "row",
  });
}

/** Accuracy by size for each method, as in the paper's first figure. */
export function tierChart(points: readonly TierPoint[]): Promise<Chart> {
  const data = points.map(({ tier, method, accuracy: { estimate, low, high } }) => ({
    tier,
    method,
    accuracy: estimate,
    low,
    high,
  }));
  return figure({
    form: "line",
    name: "accuracy_by_tier",
    caption:
      "Accuracy by size of the student and method: mean over the benchmarks and seeds, with " +
      "95% intervals over tasks and seeds.",
    text: data.map((v) => `${v.tier} ${v.method}: ${percent(v.accuracy)}%`).join("\n"),
    data,
    x: "tier",
    y: "accuracy",
    interval: ["low", "high"],
    color: "method",
    colors: Object.fromEntries(
      METHODS.filter(([_, name]) => points.some(({ method }) => method === name))
        .map(([_, name, hex]) => [name, hex]),
    ),
    grouped: true,
    xAxis: { title: "parameters of the student" },
    yAxis: { percent: true },
    width: 460,
    height: 300,
  });
}

/** Points and axes of a curve. */
export interface CurveOptions {
  /** A file name without extension. */
  readonly name: string;
  /** The caption, in a sentence or two. */
  readonly caption: string;
  /** The horizontal axis. */
  readonly xAxis: FigureAxis;
  /** The points, at least one. */
  readonly points: readonly { readonly x: number; readonly accuracy: SeededInterval }[];
}

/** Accuracy over a number, with its 95% band. */
export function curveChart({ name, caption, xAxis, points }: CurveOptions): Promise<Chart> {
  return figure({
    form: "line",
    name,
    caption,
    data: points.map(({ x, accuracy: { estimate: accuracy, low, high } }) => ({
      x,
      accuracy,
      low,
      high,
    })),
    x: "x",
    y: "accuracy",
    interval: ["low", "high"],
    xAxis: { ...xAxis, ticks: points.map(({ x }) => x) },
    yAxis: { percent: true },
  });
}
