import type { SeededInterval } from "../findings/seeded_bootstrap.ts";
import { Chart } from "../../display/chart.ts";
import { shareAxis } from "../../display/share_axis.ts";
import { percent } from "../../display/table.ts";

/** A curve of accuracy over a number. */
export interface CurveChartOptions {
  /** A file name without extension. */
  readonly name: string;
  /** What the figure shows, in a sentence or two. */
  readonly caption: string;
  /** Title of the horizontal axis. */
  readonly xTitle: string;
  /** Whether each step to the right doubles. @default false */
  readonly isLog?: boolean;
  /** Whether the horizontal axis is in percent. @default false */
  readonly isShare?: boolean;
  /** At least one. */
  readonly points: readonly { readonly x: number; readonly accuracy: SeededInterval }[];
}

/** Draws accuracy over a number, with its 95% band. */
export function curveChart(options: CurveChartOptions): Promise<Chart> {
  const { name, caption, xTitle, points, isLog = false, isShare = false } = options;
  const values = points.map(({ x, accuracy: { estimate, low, high } }) => ({
    x,
    accuracy: estimate,
    low,
    high,
  }));
  const x = {
    field: "x",
    type: "quantitative",
    title: xTitle,
    scale: isLog ? { type: "log", base: 2, nice: false } : { zero: false },
    axis: { values: values.map((value) => value.x), grid: false, format: isShare ? ".0%" : "d" },
  };
  return Chart.draw({
    name,
    caption,
    text: values.map((v) => `${isShare ? `${percent(v.x)}%` : v.x}: ${percent(v.accuracy)}%`)
      .join("\n"),
    spec: {
      width: 420,
      height: 260,
      data: { values },
      layer: [
        {
          mark: { type: "area", opacity: 0.14, color: "#0072b2" },
          encoding: { x, y: { field: "low", type: "quantitative" }, y2: { field: "high" } },
        },
        {
          mark: { type: "line", point: true, strokeWidth: 1.8, color: "#0072b2" },
          encoding: {
            x,
            y: {
              field: "accuracy",
              type: "quantitative",
              title: "accuracy",
              ...shareAxis(values.flatMap((value) => [value.accuracy, value.high])),
            },
          },
        },
      ],
    } as never,
  });
}
