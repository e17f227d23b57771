import type { EvaluationRow } from "../evaluation/evaluation_row.ts";
import type { Summary } from "../evaluation/summarize.ts";
import type { Chart } from "../display/chart.ts";
import { figure } from "../display/figure.ts";
import { MEAN_LABELS } from "./main_table.ts";
import { systemColors } from "./system_colors.ts";
import { percent } from "../display/table.ts";

/** Room that a benchmark's slanted name needs, in pixels. */
const ROOM = 44;

/** Accuracy by benchmark and system with 95% intervals: in-domain, out-of-domain, means. */
export function accuracyChart(
  summary: Summary,
  rows: readonly EvaluationRow[],
): Promise<Chart> {
  const ofDomain = (inDomain: boolean) =>
    summary.scores.filter((score) => score.inDomain === inDomain).map((score) => ({
      panel: inDomain ? "In-domain benchmarks" : "Out-of-domain benchmarks",
      benchmark: score.benchmark,
      system: score.system,
      accuracy: score.accuracy.estimate,
      low: score.accuracy.low,
      high: score.accuracy.high,
    }));
  const means = summary.means.map((mean) => ({
    panel: "Macro means",
    benchmark: MEAN_LABELS[mean.domain].replace(" mean", "").replace("mean of all", "all"),
    system: mean.system,
    accuracy: mean.accuracy.estimate,
    low: mean.accuracy.low,
    high: mean.accuracy.high,
  }));
  const ofAll = means.filter(({ benchmark }) => benchmark === "all");
  const domains = new Set(summary.means.map((mean) => mean.domain));
  const colors = systemColors(rows, summary.systems);
  const count = Math.max(1, summary.systems.length);
  return figure({
    form: "columns",
    name: "accuracy_by_benchmark",
    caption: "Accuracy by benchmark and system, with 95% intervals.",
    text: ofAll.map(({ system, accuracy }) =>
      `${system}: ${percent(accuracy)}% over all benchmarks`
    ).join("\n"),
    data: [...ofDomain(true), ...ofDomain(false), ...domains.size === 3 ? means : ofAll],
    panel: "panel",
    x: "benchmark",
    y: "accuracy",
    interval: ["low", "high"],
    color: "system",
    colors: Object.fromEntries(summary.systems.map((system, i) => [system, colors[i]])),
    grouped: true,
    xAxis: { title: null, labelAngle: -30 },
    yAxis: { percent: true, domain: [0, 1] },
    legend: "bottom",
    height: 240,
    barSize: Math.max(5, ROOM / count, Math.min(14, 72 / count)),
  });
}
