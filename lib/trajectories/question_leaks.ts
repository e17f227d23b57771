import type { Task } from "../records/task.ts";
import { foldText } from "../retrieval/words/fold_text.ts";
import { wordsOf } from "../retrieval/words/search_words.ts";
import { QuestionIndex } from "./question_index.ts";

/** A training question that is a test question as well. */
export interface QuestionLeak {
  /** The training task. */
  readonly train: Task;
  /** The test task. */
  readonly test: Task;
  /** The same text, the same words, or nearly the same words. */
  readonly kind: "exact" | "normalised" | "overlap";
  /** Share of words and pairs of neighbouring words in common, from 0 to 1. */
  readonly overlap: number;
}

/** Overlap from which on two questions are nearly the same: Jaccard index of words and word pairs. */
export const LEAK_THRESHOLD = 0.75;

/**
 * The training tasks whose question is also a test task's: as the same text, as the same words in
 * another writing, or nearly (words and pairs of neighbouring words, Jaccard index). Questions that
 * differ in a number or a name are different ones, such as word problems of one template.
 *
 * @returns at most one leak for each training task, in their order
 *
 * @example
 * ```ts
 * import type { Task } from "@potstill";
 * import { questionLeaks } from "@potstill/trajectories/question_leaks.ts";
 * const task = (question: string): Task => (
 *   { id: "1", benchmark: "b", split: "test", kind: "qa", question, answer: "x" }
 * );
 * const [leak] = questionLeaks([task("Who wrote Emma ?")], [task("who wrote Emma")]);
 * if (leak.kind !== "normalised") throw new Error("not found");
 * ```
 */
export function questionLeaks(
  train: readonly Task[],
  test: readonly Task[],
  threshold: number = LEAK_THRESHOLD,
): QuestionLeak[] {
  const exact = byKey(test, (question) => question.trim());
  const normal = byKey(test, wordsKey);
  const index = new QuestionIndex(test.map(({ question }) => question), threshold);
  return train.flatMap((task): QuestionLeak[] => {
    const same = exact.get(task.question.trim());
    if (same !== undefined) return [{ train: task, test: same, kind: "exact", overlap: 1 }];
    const alike = wordsKey(task.question) === "" ? undefined : normal.get(wordsKey(task.question));
    if (alike !== undefined) return [{ train: task, test: alike, kind: "normalised", overlap: 1 }];
    const near = index.nearest(task.question);
    if (near === null) return [];
    const other = exact.get(near.question.trim())!;
    return [{ train: task, test: other, kind: "overlap", overlap: near.overlap }];
  });
}

/** Number of leaks by kind, in words: `64 exact, 1 overlap`. */
export function countLeaks(leaks: readonly QuestionLeak[]): string {
  const kinds = ["exact", "normalised", "overlap"] as const;
  return kinds.map((kind) => [leaks.filter((leak) => leak.kind === kind).length, kind] as const)
    .filter(([count]) => count > 0).map(([count, kind]) => `${count} ${kind}`).join(", ");
}

function byKey(tasks: readonly Task[], key: (question: string) => string): Map<string, Task> {
  const found = new Map<string, Task>();
  for (const task of tasks) {
    const text = key(task.question);
    if (!found.has(text)) found.set(text, task);
  }
  return found;
}

function wordsKey(question: string): string {
  return wordsOf(foldText(question)).join(" ");
}
