import { wilsonInterval } from "../evaluation/wilson_interval.ts";
import { percent } from "../display/table.ts";
import type { Chart } from "../display/chart.ts";
import { figure } from "../display/figure.ts";
import type { EvidenceRecall } from "../retrieval/quality/evidence_recall.ts";

/** The share of gold passages found, by benchmark and mode, as bars with 95% intervals. */
export function recallChart(recalls: readonly EvidenceRecall[]): Promise<Chart> {
  const data = recalls.map(({ benchmark, mode, found, gold }) => {
    const { estimate: recall, low, high } = wilsonInterval(found, gold);
    return { benchmark, mode, recall, low, high };
  });
  const topK = recalls[0]?.topK ?? 3;
  return figure({
    form: "bars",
    name: "retrieval_recall",
    caption: `Recall@${topK} of the gold passages for the question's own words, by benchmark and ` +
      "search mode, with 95% intervals.",
    text: data.map(({ benchmark, mode, recall }) => `${benchmark}, ${mode}: ${percent(recall)}`)
      .join("\n"),
    data,
    panel: "benchmark",
    x: "mode",
    y: "recall",
    interval: ["low", "high"],
    color: "mode",
    xAxis: { title: null },
    yAxis: { title: `recall@${topK}`, percent: true, domain: [0, 1] },
    legend: null,
    width: 520,
  });
}
