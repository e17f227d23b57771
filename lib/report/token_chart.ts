import type { EvaluationRow } from "../evaluation/evaluation_row.ts";
import { Chart } from "../display/chart.ts";
import { systemColors } from "./system_colors.ts";

const KINDS = { qa: "factual questions", math: "mathematics" } as const;

/** Mean tokens written for one task, factual and mathematical apart; null when none were counted. */
export function tokenChart(
  rows: readonly EvaluationRow[],
  systems: readonly string[],
): Promise<Chart> | null {
  const counted = rows.filter((row) => row.completionTokens > 0);
  const values = systems.flatMap((system) =>
    (["qa", "math"] as const).flatMap((kind) => {
      const used = counted.filter((row) => row.system === system && row.kind === kind);
      if (used.length === 0) return [];
      const tokens = used.reduce((sum, row) => sum + row.completionTokens, 0) / used.length;
      return [{ system, kind: KINDS[kind], tokens }];
    })
  );
  if (values.length === 0) return null;
  const shown = systems.filter((system) => values.some((value) => value.system === system));
  const colors = systemColors(rows, systems);
  return Chart.draw({
    name: "tokens_written",
    caption: "Tokens written for one task, over all steps and samples, by kind of question.",
    text: values.map((v) => `${v.system}, ${v.kind}: ${v.tokens.toFixed(0)} tokens`).join("\n"),
    spec: {
      data: { values },
      facet: {
        column: { field: "kind", type: "nominal", title: null, sort: Object.values(KINDS) },
      },
      spec: {
        width: 300,
        height: { step: 22 },
        mark: { type: "bar", cornerRadiusEnd: 1.5 },
        encoding: {
          y: {
            field: "system",
            type: "nominal",
            sort: null,
            title: null,
            axis: { labelLimit: 260, ticks: false },
          },
          x: { field: "tokens", type: "quantitative", title: "tokens a task" },
          color: {
            field: "system",
            type: "nominal",
            sort: null,
            scale: { domain: shown, range: shown.map((name) => colors[systems.indexOf(name)]) },
            legend: null,
          },
          tooltip: [{ field: "system" }, { field: "tokens", format: ".0f" }],
        },
      },
    } as never,
  });
}
