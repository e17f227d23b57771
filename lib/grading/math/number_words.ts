const UNITS = ("zero one two three four five six seven eight nine ten eleven twelve thirteen " +
  "fourteen fifteen sixteen seventeen eighteen nineteen").split(" ");
const TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split(" ");
const SCALES: ReadonlyMap<string, bigint> = new Map([
  ["thousand", 1_000n],
  ["million", 1_000_000n],
  ["billion", 1_000_000_000n],
  ["trillion", 1_000_000_000_000n],
]);
const PARTS: ReadonlyMap<string, bigint> = new Map([
  ["half", 2n],
  ["halves", 2n],
  ["quarter", 4n],
  ["quarters", 4n],
  ...["third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"].flatMap(
    (name, i) => [[name, BigInt(i + 3)], [`${name}s`, BigInt(i + 3)]] as [string, bigint][],
  ),
]);
/** A longer text is no number. */
const MAX_WORDS = 24;

/**
 * The LaTeX of a number in English words: whole numbers (`one hundred and twenty-five`), with a sign
 * (`minus seven`), and fractions (`two thirds`, `one half`). Null for any other text.
 *
 * @example
 * ```ts
 * import { numberInWords } from "@potstill/grading/math/number_words.ts";
 * if (numberInWords("twenty-five") !== "25") throw new Error("not read");
 * ```
 */
export function numberInWords(text: string): string | null {
  const words = text.toLowerCase().trim().split(/[\s-]+/);
  if (words.length > MAX_WORDS) return null;
  const isNegative = words[0] === "minus" || words[0] === "negative";
  if (isNegative) words.shift();
  const sign = isNegative ? "-" : "";
  const part = PARTS.get(words.at(-1) ?? "");
  if (part !== undefined) {
    const top = words.slice(0, -1);
    const count = top.length === 1 && /^an?$/.test(top[0]) ? 1n : wholeNumber(top);
    return count === null ? null : `${sign}\\frac{${count}}{${part}}`;
  }
  const whole = wholeNumber(words);
  return whole === null ? null : `${sign}${whole}`;
}

function wholeNumber(words: readonly string[]): bigint | null {
  if (words.length === 0) return null;
  let [total, group, last] = [0n, 0n, 1_000_000_000_000_000n];
  let isOpen = false;
  // The place that the next word must stay below: "twenty thirty" is no number.
  let below = 1_000n;
  for (const [i, word] of words.entries()) {
    const [unit, ten] = [UNITS.indexOf(word), TENS.indexOf(word)];
    const scale = SCALES.get(word);
    if (unit !== -1 || ten !== -1) {
      const value = BigInt(unit !== -1 ? unit : (ten + 2) * 10);
      if (value >= below || (value === 0n && words.length > 1)) return null;
      group += value;
      below = ten !== -1 ? 10n : 0n;
      isOpen = true;
    } else if (word === "hundred") {
      if (group === 0n || group > 99n) return null;
      group *= 100n;
      below = 100n;
    } else if (scale !== undefined) {
      if (group === 0n || scale >= last) return null;
      total += group * scale;
      [group, last, below, isOpen] = [0n, scale, 1_000n, true];
    } else if (word !== "and" || i === 0 || i === words.length - 1 || words[i - 1] === "and") {
      return null;
    } else if (below === 0n || below === 10n) return null; // "two and three" is a list
  }
  return isOpen ? total + group : null;
}
