import type { Task } from "../../records/task.ts";
import type { Retriever } from "../retriever.ts";

/** Passages of an index by which gold passages are told. */
export interface KnownPassages {
  /** Ids that the index has. */
  readonly ids: ReadonlySet<string>;
  /** Titles that it has. */
  readonly titles: ReadonlySet<string>;
}

/** How a question's gold passages were told. */
export type GoldKey = "id" | "title";

/** What a search found of one question's gold passages. */
export interface QuestionRecall {
  /** The question. */
  readonly task: Task;
  /** Its gold passages: ids or titles. */
  readonly gold: readonly string[];
  /** Those of them that the index does not have; they count as not found. */
  readonly missing: number;
  /** Share of the gold passages among the best `k`, by `k`. */
  readonly recall: Readonly<Record<number, number>>;
}

/**
 * Tells gold passages by their ids if the index has any of these, else by their titles, as when an index
 * was built of other passages than the questions come with.
 */
export function goldKey(tasks: readonly Task[], known: KnownPassages): GoldKey {
  return tasks.some(({ evidence = [] }) => evidence.some((id) => known.ids.has(id)))
    ? "id"
    : "title";
}

/**
 * Searches for each question by its own words, and tells the share of its gold passages among the best `k`.
 * An agent asks better: a question of two hops does not name its second passage.
 *
 * @param tasks those with gold passages; others are left out
 * @param ks numbers of hits that are looked at
 * @param onQuestion called after each question with the number done
 *
 * @example
 * ```ts
 * import { goldRecall } from "@potstill/retrieval";
 * const passage = { id: "p1", title: "Chad", text: "Its capital is N'Djamena." };
 * const search = () => Promise.resolve([{ passage, score: 1 }]);
 * const [found] = await goldRecall({ name: "one", search }, [{
 *   id: "1",
 *   benchmark: "b",
 *   split: "test",
 *   kind: "qa",
 *   question: "What is the capital of Chad?",
 *   answer: "N'Djamena",
 *   evidence: ["p1", "p2"],
 * }], { ks: [2], key: "id", known: { ids: new Set(["p1"]), titles: new Set(["Chad"]) } });
 * if (found.recall[2] !== 0.5 || found.missing !== 1) throw new Error("one of two");
 * ```
 */
export async function goldRecall(
  retriever: Retriever,
  tasks: readonly Task[],
  { ks, key, known, onQuestion, signal }: {
    readonly ks: readonly number[];
    readonly key: GoldKey;
    readonly known: KnownPassages;
    readonly onQuestion?: (done: number) => void;
    readonly signal?: AbortSignal;
  },
): Promise<QuestionRecall[]> {
  const results: QuestionRecall[] = [];
  for (const task of tasks) {
    const gold = [...new Set((key === "id" ? task.evidence : task.goldTitles) ?? [])];
    if (gold.length === 0) continue;
    const hits = await retriever.search(task.question, Math.max(...ks), signal);
    const names = hits.map(({ passage }) => key === "id" ? passage.id : passage.title);
    const has = key === "id" ? known.ids : known.titles;
    const shares = ks.map((k) => {
      const best = new Set(names.slice(0, k));
      return [k, gold.filter((name) => best.has(name)).length / gold.length] as const;
    });
    results.push({
      task,
      gold,
      missing: gold.filter((name) => !has.has(name)).length,
      recall: Object.fromEntries(shares),
    });
    onQuestion?.(results.length);
  }
  return results;
}
