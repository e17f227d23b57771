import { type Split, splitOf } from "../question_family.ts";

/**
 * The number pairs of a question, as keys for {@link splitOf}: every two different numbers of two
 * or more digits that stand in it, smaller first, such as `84,126`. A question with fewer than two
 * such numbers has one key, its two largest numbers (or its only one).
 *
 * One-digit numbers form no pair of their own: there are too few of them to be kept apart.
 *
 * @example
 * ```ts
 * import { numberPairs } from "@potstill/lab/math/number_pairs.ts";
 * const pairs = numberPairs("Find gcd(126, 84) and add 5.");
 * if (pairs.join(" ") !== "84,126") throw new Error(pairs.join(" "));
 * ```
 */
export function numberPairs(question: string): readonly string[] {
  const numbers = [...new Set((question.match(/\d+/g) ?? []).map(Number))].sort((a, b) => a - b);
  const large = numbers.filter((n) => n >= 10);
  const members = large.length >= 2 ? large : numbers.slice(-2);
  if (members.length < 2) return [members.join("")];
  return members.flatMap((a, i) => members.slice(i + 1).map((b) => `${a},${b}`));
}

/** True if every number pair of the question belongs to the split. */
export function belongsTo(question: string, split: Split): boolean {
  return numberPairs(question).every((pair) => splitOf(pair) === split);
}
