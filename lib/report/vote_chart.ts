import { calibration } from "../evaluation/calibration.ts";
import type { EvaluationRow } from "../evaluation/evaluation_row.ts";
import type { Chart } from "../display/chart.ts";
import { figure } from "../display/figure.ts";
import { systemColors } from "./system_colors.ts";
import { percent } from "../display/table.ts";

/** Accuracy against vote share, for the systems that vote; null when none does. */
export function voteChart(
  rows: readonly EvaluationRow[],
  systems: readonly string[],
): Promise<Chart> | null {
  const colors = systemColors(rows, systems);
  const voting = systems.filter((system) =>
    rows.some((row) => row.system === system && row.voteShare !== null)
  );
  if (voting.length === 0) return null;
  const calibrations = voting.map((system) =>
    calibration(rows.filter((row) => row.system === system))
  );
  const data = calibrations.flatMap((c) =>
    c.bins.map((bin) => ({
      system: c.system,
      share: bin.meanShare,
      accuracy: bin.accuracy.estimate,
      low: bin.accuracy.low,
      high: bin.accuracy.high,
      tasks: bin.accuracy.n,
    }))
  );
  return figure({
    form: "line",
    name: "vote_share",
    caption:
      "Does agreement tell a right answer? Accuracy of the tasks in each fifth of vote share, " +
      "with 95% intervals; the size of a point is the number of tasks. On the dashed line share and " +
      "accuracy agree.",
    text: calibrations.map((c) =>
      `${c.system}: calibration error ${percent(c.error)} points, ` +
      `AUROC ${Number.isNaN(c.auroc) ? "undefined" : c.auroc.toFixed(2)}, ${c.n} tasks`
    ).join("\n"),
    data,
    x: "share",
    y: "accuracy",
    interval: ["low", "high"],
    band: false,
    color: "system",
    colors: Object.fromEntries(systems.map((system, i) => [system, colors[i]])),
    size: "tasks",
    diagonal: true,
    xAxis: { title: "mean share of the winning vote", percent: true, domain: [0, 1] },
    yAxis: { percent: true, domain: [0, 1] },
    width: 560,
    height: 300,
  });
}
