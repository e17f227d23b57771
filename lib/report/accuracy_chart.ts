import type { EvaluationRow } from "../evaluation/evaluation_row.ts";
import type { Summary } from "../evaluation/summarize.ts";
import { Chart } from "../display/chart.ts";
import { MEAN_LABELS } from "./main_table.ts";
import { systemColors } from "./system_colors.ts";
import { percent } from "../display/table.ts";

interface Bar {
  readonly group: string;
  readonly system: string;
  readonly accuracy: number;
  readonly low: number;
  readonly high: number;
}

/** Accuracy by benchmark and system with 95% intervals: in-domain, out-of-domain, means. */
export function accuracyChart(
  summary: Summary,
  rows: readonly EvaluationRow[],
): Promise<Chart> {
  const bars = (inDomain: boolean): Bar[] =>
    summary.scores.filter((score) => score.inDomain === inDomain).map((score) => ({
      group: score.benchmark,
      system: score.system,
      accuracy: score.accuracy.estimate,
      low: score.accuracy.low,
      high: score.accuracy.high,
    }));
  const means: Bar[] = summary.means.map((mean) => ({
    group: MEAN_LABELS[mean.domain].replace(" mean", "").replace("mean of all", "all"),
    system: mean.system,
    accuracy: mean.accuracy.estimate,
    low: mean.accuracy.low,
    high: mean.accuracy.high,
  }));
  const domains = new Set(summary.means.map((mean) => mean.domain));
  const panels: [string, Bar[]][] = [
    ["In-domain benchmarks", bars(true)],
    ["Out-of-domain benchmarks", bars(false)],
    ["Macro means", domains.size === 3 ? means : means.filter((bar) => bar.group === "all")],
  ];
  const colors = systemColors(rows, summary.systems);
  const step = Math.max(5, Math.min(14, 72 / Math.max(1, summary.systems.length)));
  const shown = panels.filter(([, data]) => data.length > 0);
  return Chart.draw({
    name: "accuracy_by_benchmark",
    caption: "Accuracy by benchmark and system, with 95% intervals.",
    text: means.filter((bar) => bar.group === "all")
      .map((bar) => `${bar.system}: ${percent(bar.accuracy)}% over all benchmarks`).join("\n"),
    spec: {
      hconcat: shown.map(([title, data], index) => ({
        title,
        width: { step, for: "offset" },
        height: 240,
        data: { values: data },
        encoding: {
          x: {
            field: "group",
            type: "nominal",
            sort: null,
            title: null,
            axis: { labelAngle: -30, ticks: false, domain: false },
            scale: { paddingInner: 0.25, paddingOuter: 0.1 },
          },
          xOffset: { field: "system", sort: summary.systems },
        },
        layer: [
          {
            mark: { type: "bar", cornerRadiusEnd: 1.5 },
            encoding: {
              y: {
                field: "accuracy",
                type: "quantitative",
                scale: { domain: [0, 1] },
                title: index === 0 ? "accuracy" : null,
                axis: { format: ".1~%", labels: index === 0, ticks: false, domain: false },
              },
              color: {
                field: "system",
                type: "nominal",
                sort: null,
                scale: { domain: summary.systems, range: colors },
                legend: { orient: "bottom", title: null, columns: 4, symbolType: "square" },
              },
              tooltip: [
                { field: "system" },
                { field: "group", title: "benchmark" },
                { field: "accuracy", format: ".1%" },
                { field: "low", format: ".1%" },
                { field: "high", format: ".1%" },
              ],
            },
          },
          {
            mark: { type: "rule", strokeWidth: 1.1, opacity: 0.75 },
            encoding: {
              y: { field: "low", type: "quantitative" },
              y2: { field: "high" },
              color: { value: "currentColor" },
            },
          },
        ],
      })),
      resolve: { scale: { y: "shared", color: "shared" } },
      spacing: 18,
    } as never,
  });
}
