import { wilsonInterval } from "../evaluation/wilson_interval.ts";
import { crossTable } from "../display/cross_table.ts";
import type { Table } from "../display/table.ts";
import type { EvidenceRecall } from "../retrieval/quality/evidence_recall.ts";

/**
 * The share of gold passages found, by mode and benchmark, with 95% intervals.
 *
 * @param recalls counts of `evidenceRecall`, all with the same `topK`
 */
export function recallTable(recalls: readonly EvidenceRecall[]): Table {
  return crossTable({
    name: "retrieval_recall",
    caption: `Recall@${recalls[0]?.topK ?? 3}: percent of the gold passages among the best hits ` +
      "for the question's own words, with 95% Wilson intervals.",
    data: recalls.map(({ benchmark, mode, topK, questions, gold, found }) => {
      const { estimate: recall, low, high } = wilsonInterval(found, gold);
      return { benchmark, mode, topK, questions, gold, found, recall, low, high };
    }),
    rows: ["mode"],
    across: "benchmark",
    cells: [
      { field: "topK", header: null },
      { field: "questions", header: null },
      { field: "gold", header: null },
      { field: "found", header: null },
      { field: "recall", interval: ["low", "high"] },
    ],
    best: "column",
  });
}
