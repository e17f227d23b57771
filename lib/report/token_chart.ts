import type { EvaluationRow } from "../evaluation/evaluation_row.ts";
import type { Chart } from "../display/chart.ts";
import { figure } from "../display/figure.ts";
import { systemColors } from "./system_colors.ts";

const KINDS = { qa: "factual questions", math: "mathematics" } as const;

/** Mean tokens written for one task, factual and mathematical apart; null when none were counted. */
export function tokenChart(
  rows: readonly EvaluationRow[],
  systems: readonly string[],
): Promise<Chart> | null {
  const counted = rows.filter((row) => row.completionTokens > 0);
  const data = systems.flatMap((system) =>
    (["qa", "math"] as const).flatMap((kind) => {
      const used = counted.filter((row) => row.system === system && row.kind === kind);
      if (used.length === 0) return [];
      const tokens = used.reduce((sum, row) => sum + row.completionTokens, 0) / used.length;
      return [{ system, kind: KINDS[kind], tokens }];
    })
  );
  if (data.length === 0) return null;
  const colors = systemColors(rows, systems);
  return figure({
    form: "bars",
    name: "tokens_written",
    caption: "Tokens written for one task, over all steps and samples, by kind of question.",
    text: data.map((v) => `${v.system}, ${v.kind}: ${v.tokens.toFixed(0)} tokens`).join("\n"),
    data,
    panel: "kind",
    panels: "beside",
    x: "system",
    y: "tokens",
    color: "system",
    colors: Object.fromEntries(systems.map((system, i) => [system, colors[i]])),
    xAxis: { title: null },
    yAxis: { title: "tokens per task" },
    legend: null,
    width: 300,
    barSize: 22,
  });
}
