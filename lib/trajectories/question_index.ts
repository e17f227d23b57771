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
  readonly #particulars: readonly Particulars[];
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
    let best: { question: string; overlap: number } | null = null;
    for (const i of this.#candidates(shingles)) {
      const other = this.#shingles[i];
      const [few, many] = shingles.size < other.size ? [shingles, other] : [other, shingles];
      if (few.size < this.#threshold * many.size) continue;
      let common = 0;
      for (const shingle of few) if (many.has(shingle)) common++;
      const overlap = common / (few.size + many.size - common);
      if (overlap < this.#threshold || overlap <= (best?.overlap ?? 0)) continue;
      if (areAlike(this.#particulars[i], particulars)) {
        best = { question: this.#questions[i], overlap };
      }
    }
    return best;
  }

  /**
   * The questions that may be near enough, in their order. One that is has most shingles of this one, so
   * that it has one of the rarest of them.
   *
   * @source prefix filtering: Chaudhuri, Ganti and Kaushik, ICDE 2006
   */
  #candidates(shingles: ReadonlySet<string>): number[] {
    const lists = [...shingles].map((shingle) => this.#byShingle.get(shingle) ?? [])
      .sort((a, b) => a.length - b.length);
    const rarest = shingles.size - Math.ceil(this.#threshold * shingles.size) + 1;
    return [...new Set(lists.slice(0, rarest).flat())].sort((a, b) => a - b);
  }
}

function shinglesOf(question: string): Set<string> {
  const words = wordsOf(question);
  const shingles = new Set(words);
  for (let i = 1; i < words.length; i++) shingles.add(`${words[i - 1]} ${words[i]}`);
  return shingles;
}

/** What tells questions of one template apart. */
interface Particulars {
  /** Numbers in their order, in digits and in words. */
  readonly numbers: string;
  /** Capitalised words, folded, without those that questions begin with. */
  readonly names: readonly string[];
  /** All words, folded. */
  readonly words: ReadonlySet<string>;
}

const NUMBER_WORDS = new Set(
  ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen " +
    "sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety " +
    "hundred thousand million half third quarter twice thrice double triple dozen").split(" "),
);

/** Words with which questions and problems begin, and which are no names. */
const OPENING_WORDS = new Set(
  ("a about according after all an and another are as at before between both by calculate can compute " +
    "consider could determine did do does during each evaluate every express find for from give given " +
    "had has have he how i if in into is it its let list name of on one or our over prove she show " +
    "simplify since solve some state suppose than that the their then there these they this those to " +
    "under until we were was what when where whether which while who whom whose why will with would " +
    "write you your").split(" "),
);

function particularsOf(question: string): Particulars {
  const plain = question.normalize("NFC").trim();
  const words = foldText(plain).match(/\d+(?:[.,]\d+)*|[\p{L}\p{M}\p{N}]+/gu) ?? [];
  const names = (plain.match(/(?<![\p{L}\p{M}\p{N}])\p{Lu}[\p{L}\p{M}\p{N}]*/gu) ?? [])
    .filter((name) => !OPENING_WORDS.has(name.toLowerCase()));
  const numbers = words.filter((word) => /^\d/.test(word) || NUMBER_WORDS.has(word));
  return { numbers: numbers.join(" "), names: names.map(foldText), words: new Set(words) };
}

/**
 * True if both have the same numbers, and each the names of the other, in whatever case: questions of
 * one template that ask about different things are different questions.
 */
function areAlike(one: Particulars, other: Particulars): boolean {
  return one.numbers === other.numbers && one.names.every((name) => other.words.has(name)) &&
    other.names.every((name) => one.words.has(name));
}
