import type { CurvePoint } from "../evaluation/sample_curves.ts";
import type { Chart } from "../display/chart.ts";
import { figure } from "../display/figure.ts";
import { percent } from "../display/table.ts";

/** One system's accuracy by number of samples. */
export interface SampleCurve {
  /** The system's name. */
  readonly system: string;
  /** One point per number of samples. */
  readonly points: readonly CurvePoint[];
}

/** Pass@k (dashed) and majority@k (solid) by number of samples, with 95% bands. */
export function sampleChart(curves: readonly SampleCurve[]): Promise<Chart> {
  const data = curves.flatMap(({ system, points }) =>
    points.flatMap(({ k, passAtK, majorityAtK }) => [
      { system, k, measure: "majority@k", ...bounds(majorityAtK) },
      { system, k, measure: "pass@k", ...bounds(passAtK) },
    ])
  );
  return figure({
    form: "line",
    name: "samples",
    caption:
      "Accuracy by number of samples per task, with 95% bands: the majority vote of k samples, and the " +
      "chance that one of k is correct (what a perfect choice would reach).",
    text: curves.map(({ system, points }) => {
      const last = points.at(-1);
      return last === undefined
        ? `${system}: no samples`
        : `${system}, k = ${last.k}: majority ${percent(last.majorityAtK.estimate)}%, pass ${
          percent(last.passAtK.estimate)
        }%`;
    }).join("\n"),
    data,
    x: "k",
    y: "accuracy",
    interval: ["low", "high"],
    color: "system",
    dash: "measure",
    xAxis: { title: "samples k", log: true, ticks: [...new Set(data.map(({ k }) => k))] },
    yAxis: { percent: true },
    width: 560,
    height: 280,
  });
}

function bounds({ estimate: accuracy, low, high }: CurvePoint["passAtK"]) {
  return { accuracy, low, high };
}
