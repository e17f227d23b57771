import type { CurvePoint } from "../evaluation/sample_curves.ts";
import { Chart } from "../display/chart.ts";
import { shareAxis } from "../display/share_axis.ts";
import { percent } from "../display/table.ts";

/** One system's accuracy by number of samples. */
export interface SampleCurve {
  /** The system's name. */
  readonly system: string;
  /** One a number of samples. */
  readonly points: readonly CurvePoint[];
}

const COLORS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00"];

/** Pass@k (dashed) and majority@k (solid) by number of samples, with 95% bands. */
export function sampleChart(curves: readonly SampleCurve[]): Promise<Chart> {
  const values = curves.flatMap(({ system, points }) =>
    points.flatMap(({ k, passAtK, majorityAtK }) => [
      { system, k, measure: "majority@k", ...pick(majorityAtK) },
      { system, k, measure: "pass@k", ...pick(passAtK) },
    ])
  );
  const x = {
    field: "k",
    type: "quantitative",
    title: "samples k",
    scale: { type: "log", base: 2, nice: false },
    axis: { values: [...new Set(values.map((v) => v.k))], grid: false, format: "d" },
  };
  const color = {
    field: "system",
    type: "nominal",
    sort: null,
    scale: { domain: curves.map((c) => c.system), range: COLORS },
    legend: { title: null, orient: "right", symbolType: "circle", symbolOpacity: 1 },
  };
  const dash = {
    field: "measure",
    type: "nominal",
    scale: { domain: ["majority@k", "pass@k"], range: [[1, 0], [5, 3]] },
    // Vega draws no lines in the legend of a layer with points: the axis title explains them.
    legend: null,
  };
  return Chart.draw({
    name: "samples",
    caption:
      "Accuracy by number of samples a task, with 95% bands: the majority vote of k samples, and the " +
      "chance that one of k is correct (what a perfect choice would reach).",
    text: curves.map(({ system, points }) => {
      const last = points.at(-1);
      return last === undefined
        ? `${system}: no samples`
        : `${system}, k = ${last.k}: majority ${percent(last.majorityAtK.estimate)}%, pass ${
          percent(last.passAtK.estimate)
        }%`;
    }).join("\n"),
    spec: {
      width: 560,
      height: 280,
      data: { values },
      layer: [
        {
          mark: { type: "area", opacity: 0.13 },
          encoding: {
            x,
            y: { field: "low", type: "quantitative" },
            y2: { field: "high" },
            color,
            detail: { field: "measure" },
          },
        },
        {
          mark: { type: "line", point: true, strokeWidth: 1.8 },
          encoding: {
            x,
            y: {
              field: "accuracy",
              type: "quantitative",
              title: "accuracy (solid: majority@k, dashed: pass@k)",
              ...shareAxis(values.flatMap((value) => [value.accuracy, value.high])),
            },
            color,
            strokeDash: dash,
          },
        },
      ],
    } as never,
  });
}

function pick(interval: CurvePoint["passAtK"]) {
  return { accuracy: interval.estimate, low: interval.low, high: interval.high };
}
