import type { Task } from "../../records/task.ts";
import type { Retriever } from "../retriever.ts";

/** Share of the questions' evidence that a retriever finds. */
export interface EvidenceRecall {
  /** The benchmark of the questions. */
  readonly benchmark: string;
  /** Name of the search mode in tables. */
  readonly mode: string;
  /** Passages that were looked at for each question. */
  readonly topK: number;
  /** Questions asked. */
  readonly questions: number;
  /** Passages that hold the questions' evidence, over all questions. */
  readonly gold: number;
  /** Number of evidence passages that were found. */
  readonly found: number;
  /** Questions with at least one of their gold passages found. */
  readonly anyFound: number;
}

/**
 * Searches for each question by its own words, and counts the gold passages among the best `topK`.
 * An agent asks better: a question of two hops does not name its second passage.
 *
 * @param tasks questions with `evidence`; others are left out
 * @param topK passages for each question. @default 3
 * @returns one count for each benchmark, in the order of their first questions
 *
 * @example
 * ```ts
 * import { evidenceRecall } from "@potstill/retrieval";
 * const passage = { id: "p1", title: "Chad", text: "Its capital is N'Djamena." };
 * const search = () => Promise.resolve([{ passage, score: 1 }]);
 * const [recall] = await evidenceRecall({ name: "one", search }, "full-text", [{
 *   id: "1",
 *   benchmark: "b",
 *   split: "test",
 *   kind: "qa",
 *   question: "What is the capital of Chad?",
 *   answer: "N'Djamena",
 *   evidence: ["p1", "p2"],
 * }]);
 * if (recall.found !== 1 || recall.gold !== 2) throw new Error("one of two");
 * ```
 */
export async function evidenceRecall(
  retriever: Retriever,
  mode: string,
  tasks: readonly Task[],
  topK = 3,
): Promise<EvidenceRecall[]> {
  const counts = new Map<string, { questions: number; gold: number; found: number; any: number }>();
  for (const { benchmark, question, evidence = [] } of tasks) {
    const gold = new Set(evidence);
    if (gold.size === 0) continue;
    const hits = await retriever.search(question, topK);
    const found = hits.filter(({ passage }) => gold.has(passage.id)).length;
    const count = counts.get(benchmark) ?? { questions: 0, gold: 0, found: 0, any: 0 };
    count.questions++;
    count.gold += gold.size;
    count.found += found;
    if (found > 0) count.any++;
    counts.set(benchmark, count);
  }
  return [...counts].map(([benchmark, { questions, gold, found, any }]) => {
    return { benchmark, mode, topK, questions, gold, found, anyFound: any };
  });
}
