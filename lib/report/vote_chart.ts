import { calibration } from "../evaluation/calibration.ts";
import type { EvaluationRow } from "../evaluation/evaluation_row.ts";
import { Chart } from "../display/chart.ts";
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
  const values = calibrations.flatMap((c) =>
    c.bins.map((bin) => ({
      system: c.system,
      share: bin.meanShare,
      accuracy: bin.accuracy.estimate,
      low: bin.accuracy.low,
      high: bin.accuracy.high,
      tasks: bin.accuracy.n,
    }))
  );
  const x = {
    field: "share",
    type: "quantitative",
    title: "mean share of the winning vote",
    scale: { domain: [0, 1] },
    axis: { format: ".1~%" },
  };
  const color = {
    field: "system",
    type: "nominal",
    sort: null,
    scale: { domain: voting, range: voting.map((system) => colors[systems.indexOf(system)]) },
    legend: { title: null, orient: "right", symbolOpacity: 1, symbolType: "circle" },
  };
  return Chart.draw({
    name: "vote_share",
    caption:
      "Does agreement tell a right answer? Accuracy of the tasks in each fifth of vote share, " +
      "with 95% intervals; the size of a point is the number of tasks. On the dashed line share and " +
      "accuracy agree.",
    text: calibrations.map((c) =>
      `${c.system}: calibration error ${percent(c.error)} points, ` +
      `AUROC ${Number.isNaN(c.auroc) ? "undefined" : c.auroc.toFixed(2)}, ${c.n} tasks`
    ).join("\n"),
    spec: {
      width: 560,
      height: 300,
      layer: [
        {
          data: { values: [{ share: 0, accuracy: 0 }, { share: 1, accuracy: 1 }] },
          mark: { type: "line", strokeDash: [4, 4], opacity: 0.45, color: "currentColor" },
          encoding: { x, y: { field: "accuracy", type: "quantitative" } },
        },
        {
          data: { values },
          mark: { type: "rule", opacity: 0.6 },
          encoding: {
            x,
            y: { field: "low", type: "quantitative", scale: { domain: [0, 1] } },
            y2: { field: "high" },
            color,
          },
        },
        {
          data: { values },
          mark: { type: "line", strokeWidth: 1.5, opacity: 0.6 },
          encoding: { x, y: { field: "accuracy", type: "quantitative" }, color },
        },
        {
          data: { values },
          mark: { type: "point", filled: true, opacity: 1 },
          encoding: {
            x,
            y: {
              field: "accuracy",
              type: "quantitative",
              title: "accuracy",
              axis: { format: ".1~%" },
            },
            size: {
              field: "tasks",
              type: "quantitative",
              scale: { range: [25, 220] },
              title: "tasks",
            },
            color,
          },
        },
      ],
    } as never,
  });
}
