import { wilsonInterval } from "../evaluation/wilson_interval.ts";
import { frameFrom } from "./frame.ts";
import { Table } from "../display/table.ts";
import type { EvidenceRecall } from "../retrieval/quality/evidence_recall.ts";

/**
 * The share of gold passages found, by mode and benchmark, with 95% intervals.
 *
 * @param recalls counts of `evidenceRecall`, all with the same `topK`
 */
export function recallTable(recalls: readonly EvidenceRecall[]): Table {
  const modes = [...new Set(recalls.map(({ mode }) => mode))];
  const benchmarks = [...new Set(recalls.map(({ benchmark }) => benchmark))];
  const shares = recalls.map((recall) => ({
    ...recall,
    ...wilsonInterval(recall.found, recall.gold),
  }));
  const best = new Map(benchmarks.map((benchmark) => [
    benchmark,
    Math.max(...shares.filter((share) => share.benchmark === benchmark).map((s) => s.estimate)),
  ]));
  const rows = modes.map((mode) => [
    mode,
    ...benchmarks.map((benchmark) => {
      const share = shares.find((one) => one.mode === mode && one.benchmark === benchmark);
      if (share === undefined) return null;
      const { estimate, low, high } = share;
      return { estimate, low, high, best: estimate === best.get(benchmark) };
    }),
  ]);
  return new Table({
    name: "retrieval_recall",
    caption: `Recall@${recalls[0]?.topK ?? 3}: percent of the gold passages among the best hits ` +
      "for the question's own words, with 95% Wilson intervals.",
    columns: ["mode", ...benchmarks],
    rows,
    frame: frameFrom(
      shares.map(({ benchmark, mode, topK, questions, gold, found, estimate, low, high }) => {
        return { benchmark, mode, topK, questions, gold, found, recall: estimate, low, high };
      }),
      {
        benchmark: "text",
        mode: "text",
        topK: "number",
        questions: "number",
        gold: "number",
        found: "number",
        recall: "number",
        low: "number",
        high: "number",
      },
    ),
  });
}
