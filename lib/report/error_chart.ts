import { ERROR_KINDS, type EvaluationRow } from "../evaluation/evaluation_row.ts";
import type { Chart } from "../display/chart.ts";
import { figure } from "../display/figure.ts";

const KIND_COLORS = ["#d55e00", "#e69f00", "#cc79a7", "#0072b2", "#8a8f98", "#56b4e9"];

/** Errors by kind for every 100 tasks, stacked, by system. */
export function errorChart(
  rows: readonly EvaluationRow[],
  systems: readonly string[],
): Promise<Chart> {
  const data = systems.flatMap((system) => {
    const ofSystem = rows.filter((row) => row.system === system);
    return ERROR_KINDS.map((kind) => ({
      system,
      kind,
      errors: 100 * ofSystem.reduce((sum, row) => sum + (row.errorKinds[kind] ?? 0), 0) /
        Math.max(1, ofSystem.length),
    }));
  });
  return figure({
    form: "bars",
    name: "errors_by_kind",
    caption:
      "Errors of each kind for every 100 tasks, by system. Execution errors may be recovered " +
      "from in a later step.",
    text: data.filter((value) => value.errors > 0)
      .map((value) => `${value.system}, ${value.kind}: ${value.errors.toFixed(1)} per 100 tasks`)
      .join("\n"),
    data,
    x: "system",
    y: "errors",
    color: "kind",
    colors: Object.fromEntries(ERROR_KINDS.map((kind, i) => [kind, KIND_COLORS[i]])),
    xAxis: { title: null },
    yAxis: { title: "errors per 100 tasks" },
    legend: "bottom",
    width: 800,
    barSize: 26,
  });
}
