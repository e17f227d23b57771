import type { EvaluationRow } from "../evaluation/evaluation_row.ts";
import type { Summary } from "../evaluation/summarize.ts";
import type { SystemTraits } from "../evaluation/system_traits.ts";
import type { Chart } from "../display/chart.ts";
import { figure } from "../display/figure.ts";
import { percent } from "../display/table.ts";

/**
 * Accuracy by the number N of candidates or samples that vote, one line for systems that differ in N alone; null when
 * no system was run with two numbers.
 */
export function numberOfVotesChart(
  summary: Summary,
  traits: readonly SystemTraits[],
  rows: readonly EvaluationRow[],
): Promise<Chart> | null {
  const families = new Map<string, SystemTraits[]>();
  for (const trait of traits) {
    const { model, student, paradigm } = rows.find((row) => row.system === trait.system)!;
    const kind = paradigm === "agent" ? "agent" : "CoT";
    // A student that is called after its paradigm is not told twice.
    const isNamed = model !== undefined || student !== paradigm;
    const key = [trait.tier, isNamed ? model ?? student : null, kind, isNamed ? null : "student"]
      .filter((part) => part != null).join(" ") + (trait.firstThoughtPrefix ? ", ftp" : "");
    if (paradigm !== "cot-rag") families.set(key, [...families.get(key) ?? [], trait]);
  }
  const data = [...families].flatMap(([family, members]) => {
    if (new Set(members.map(({ samples }) => samples)).size < 2) return [];
    return members.flatMap(({ system, samples }) => {
      const mean = summary.means.find((m) => m.system === system && m.domain === "all")?.accuracy;
      if (mean === undefined) return [];
      return [{ family, samples, accuracy: mean.estimate, low: mean.low, high: mean.high }];
    });
  });
  if (data.length === 0) return null;
  return figure({
    form: "line",
    name: "number_of_samples",
    caption:
      "Accuracy over all benchmarks by the number N of candidates or samples, with 95% intervals.",
    text: data.map((v) => `${v.family}, N = ${v.samples}: ${percent(v.accuracy)}%`).join("\n"),
    data,
    x: "samples",
    y: "accuracy",
    interval: ["low", "high"],
    band: false,
    color: "family",
    xAxis: {
      title: "candidates or samples N",
      log: true,
      ticks: [...new Set(data.map(({ samples }) => samples))],
    },
    yAxis: { percent: true },
    legend: "bottom",
  });
}
