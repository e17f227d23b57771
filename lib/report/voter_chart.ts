import type { EvaluationRow } from "../evaluation/evaluation_row.ts";
import type { Summary } from "../evaluation/summarize.ts";
import type { SystemTraits } from "../evaluation/system_traits.ts";
import { Chart } from "../display/chart.ts";
import { shareAxis } from "../display/share_axis.ts";
import { percent } from "../display/table.ts";

const COLORS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00"];

/**
 * Accuracy by the number of samples N that vote, one line for systems that differ in N alone; null when
 * no system was run with two numbers.
 */
export function voterChart(
  summary: Summary,
  traits: readonly SystemTraits[],
  rows: readonly EvaluationRow[],
): Promise<Chart> | null {
  const families = new Map<string, SystemTraits[]>();
  for (const trait of traits) {
    const { model, student, paradigm } = rows.find((row) => row.system === trait.system)!;
    const who = [trait.tier, model ?? student].filter((part) => part != null).join(" ");
    const ftp = trait.firstThoughtPrefix ? ", ftp" : "";
    const key = `${who === "" ? "" : `${who} `}${paradigm === "agent" ? "agent" : "CoT"}${ftp}`;
    if (paradigm !== "cot-rag") families.set(key, [...families.get(key) ?? [], trait]);
  }
  const values = [...families].flatMap(([family, members]) => {
    if (new Set(members.map(({ samples }) => samples)).size < 2) return [];
    return members.flatMap(({ system, samples }) => {
      const mean = summary.means.find((m) => m.system === system && m.domain === "all")?.accuracy;
      if (mean === undefined) return [];
      return [{ family, samples, accuracy: mean.estimate, low: mean.low, high: mean.high }];
    });
  });
  if (values.length === 0) return null;
  const names = [...new Set(values.map(({ family }) => family))];
  const x = {
    field: "samples",
    type: "quantitative",
    title: "samples N that vote",
    scale: { type: "log", base: 2, nice: false, padding: 12 },
    axis: { values: [...new Set(values.map((v) => v.samples))], grid: false, format: "d" },
  };
  const color = {
    field: "family",
    type: "nominal",
    sort: null,
    scale: { domain: names, range: names.map((_, i) => COLORS[i % COLORS.length]) },
    legend: { title: null, orient: "bottom", symbolType: "circle", symbolOpacity: 1 },
  };
  return Chart.draw({
    name: "number_of_samples",
    caption: "Accuracy over all benchmarks by the number of samples that vote, with 95% intervals.",
    text: values.map((v) => `${v.family}, N = ${v.samples}: ${percent(v.accuracy)}%`).join("\n"),
    spec: {
      width: 420,
      height: 260,
      data: { values },
      layer: [
        {
          mark: { type: "rule", opacity: 0.6 },
          encoding: {
            x,
            y: { field: "low", type: "quantitative" },
            y2: { field: "high" },
            color,
          },
        },
        {
          mark: { type: "line", point: true, strokeWidth: 2 },
          encoding: {
            x,
            y: {
              field: "accuracy",
              type: "quantitative",
              title: "accuracy",
              ...shareAxis(values.flatMap((value) => [value.accuracy, value.high])),
            },
            color,
          },
        },
      ],
    } as never,
  });
}
