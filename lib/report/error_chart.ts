import { ERROR_KINDS, type EvaluationRow } from "../evaluation/evaluation_row.ts";
import { Chart } from "../display/chart.ts";

const KIND_COLORS = ["#d55e00", "#e69f00", "#cc79a7", "#0072b2", "#8a8f98", "#56b4e9"];

/** Errors by kind for every 100 tasks, stacked, by system. */
export function errorChart(
  rows: readonly EvaluationRow[],
  systems: readonly string[],
): Promise<Chart> {
  const values = systems.flatMap((system) => {
    const ofSystem = rows.filter((row) => row.system === system);
    return ERROR_KINDS.map((kind) => ({
      system,
      kind,
      errors: 100 * ofSystem.reduce((sum, row) => sum + (row.errorKinds[kind] ?? 0), 0) /
        Math.max(1, ofSystem.length),
    }));
  });
  return Chart.draw({
    name: "errors_by_kind",
    caption:
      "Errors of each kind for every 100 tasks, by system. Execution errors may be recovered " +
      "from in a later step.",
    text: values.filter((value) => value.errors > 0)
      .map((value) => `${value.system}, ${value.kind}: ${value.errors.toFixed(1)} per 100 tasks`)
      .join("\n"),
    spec: {
      width: 800,
      height: { step: 26 },
      data: { values },
      mark: { type: "bar", cornerRadius: 1 },
      encoding: {
        y: {
          field: "system",
          type: "nominal",
          sort: null,
          title: null,
          axis: { labelLimit: 260, ticks: false },
        },
        x: { field: "errors", type: "quantitative", title: "errors per 100 tasks" },
        color: {
          field: "kind",
          type: "nominal",
          sort: null,
          scale: { domain: ERROR_KINDS, range: KIND_COLORS },
          legend: { title: null, orient: "bottom" },
        },
        order: { field: "rank", type: "ordinal" },
        tooltip: [{ field: "system" }, { field: "kind" }, { field: "errors", format: ".1f" }],
      },
      transform: [{ calculate: `indexof(${JSON.stringify(ERROR_KINDS)}, datum.kind)`, as: "rank" }],
    } as never,
  });
}
