import { wilsonInterval } from "../evaluation/wilson_interval.ts";
import { percent } from "../display/table.ts";
import { Chart } from "../display/chart.ts";
import type { EvidenceRecall } from "../retrieval/quality/evidence_recall.ts";

// Okabe and Ito's colours, told apart with any colour vision.
const COLORS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9"];

/** The share of gold passages found, by benchmark and mode, as bars with 95% intervals. */
export function recallChart(recalls: readonly EvidenceRecall[]): Promise<Chart> {
  const modes = [...new Set(recalls.map(({ mode }) => mode))];
  const values = recalls.map(({ benchmark, mode, found, gold }) => {
    const { estimate, low, high } = wilsonInterval(found, gold);
    return { benchmark, mode, recall: 100 * estimate, low: 100 * low, high: 100 * high };
  });
  const topK = recalls[0]?.topK ?? 3;
  const y = { field: "mode", type: "nominal", sort: modes, title: null };
  return Chart.draw({
    name: "retrieval_recall",
    caption: `Recall@${topK} of the gold passages for the question's own words, by benchmark and ` +
      "search mode, with 95% intervals.",
    text: values.map(({ benchmark, mode, recall }) =>
      `${benchmark}, ${mode}: ${percent(recall / 100)}`
    ).join("\n"),
    spec: {
      data: { values },
      facet: {
        row: {
          field: "benchmark",
          type: "nominal",
          sort: null,
          title: null,
          header: { labelAngle: 0, labelAlign: "left", labelFontSize: 12 },
        },
      },
      spec: {
        width: 520,
        height: { step: 20 },
        layer: [
          {
            mark: { type: "bar", cornerRadius: 1, height: 14 },
            encoding: {
              y: { ...y, axis: { ticks: false } },
              x: {
                field: "recall",
                type: "quantitative",
                title: `recall@${topK} (%)`,
                scale: { domain: [0, 100] },
              },
              color: {
                field: "mode",
                type: "nominal",
                scale: { domain: modes, range: COLORS.slice(0, modes.length) },
                legend: null,
              },
            },
          },
          {
            mark: { type: "rule", strokeWidth: 1.5 },
            encoding: {
              y,
              x: { field: "low", type: "quantitative" },
              x2: { field: "high" },
            },
          },
        ],
      },
    } as never,
  });
}
