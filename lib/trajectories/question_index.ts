import { foldText } from "../retrieval/words/fold_text.ts";
import { wordsOf } from "../retrieval/words/search_words.ts";

/**
 * Finds questions that are nearly the same as one of a set: nearly the same words in nearly the same
 * order, and the same names and numbers. Two questions are compared by the share of their words and pairs of neighbouring
 * words that they have in common (Jaccard index).
 *
 * @example
 * ```ts
 * import { QuestionIndex } from "@potstill/trajectories/question_index.ts";
 * const index = new QuestionIndex(["In which year was the tower in Paris built?"]);
 * if (index.nearest("In which year was the tower in Paris built") === null) throw new Error("missed");
 * if (index.nearest("In which year was the tower in Rome built?") !== null) throw new Error("other");
 * ```
 */
export class QuestionIndex {
  readonly #questions: readonly string[];
  readonly #shingles: readonly ReadonlySet<string>[];
  readonly #particulars: readonly string[];
  readonly #byShingle = new Map<string, number[]>();
  readonly #threshold: number;

  /**
   * An index over questions.
   *
   * @param threshold overlap from which on two questions are nearly the same
   * @throws {RangeError} when the threshold is not above 0 and at most 1
   */
  constructor(questions: readonly string[], threshold: number = 0.75) {
    if (!(threshold > 0 && threshold <= 1)) {
      throw new RangeError(`Cannot compare questions: the threshold is ${threshold}`);
    }
    this.#questions = questions;
    this.#threshold = threshold;
    this.#shingles = questions.map(shinglesOf);
    this.#particulars = questions.map(particularsOf);
    this.#shingles.forEach((shingles, i) => {
      for (const shingle of shingles) {
        const list = this.#byShingle.get(shingle);
        if (list) list.push(i);
        else this.#byShingle.set(shingle, [i]);
      }
    });
  }

  /** The question of the set that is nearest, or null when none is near enough. */
  nearest(question: string): { readonly question: string; readonly overlap: number } | null {
    const shingles = shinglesOf(question);
    const particulars = particularsOf(question);
    const common = new Map<number, number>();
    for (const shingle of shingles) {
      for (const i of this.#byShingle.get(shingle) ?? []) common.set(i, (common.get(i) ?? 0) + 1);
    }
    let best: { question: string; overlap: number } | null = null;
    for (const [i, count] of common) {
      const overlap = count / (shingles.size + this.#shingles[i].size - count);
      if (overlap < this.#threshold || overlap <= (best?.overlap ?? 0)) continue;
      if (this.#particulars[i] === particulars) best = { question: this.#questions[i], overlap };
    }
    return best;
  }
}

function shinglesOf(question: string): Set<string> {
  const words = wordsOf(question);
  const shingles = new Set(words);
  for (let i = 1; i < words.length; i++) shingles.add(`${words[i - 1]} ${words[i]}`);
  return shingles;
}

/**
 * Numbers and capitalised words but the first: questions of one template that ask about different
 * things are different questions.
 */
function particularsOf(question: string): string {
  const numbers = question.match(/\d+(?:[.,]\d+)*/g) ?? [];
  const names = question.normalize("NFC").trim().slice(1)
    .match(/(?<![\p{L}\p{M}\p{N}])\p{Lu}[\p{L}\p{M}\p{N}]*/gu) ?? [];
  return [...numbers, ...names.map(foldText).sort()].join(" ");
}
