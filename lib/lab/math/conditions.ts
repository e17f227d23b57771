import type { Random } from "../../records/random.ts";
import { digitSum, gcd } from "./integers.ts";
import type { Numbers } from "./math_kind.ts";

/** A property of integers that can be worded, programmed, checked and drawn. */
export interface Condition {
  /** Wordings that follow a plural, as in "How many integers from 1 to 99 ...". */
  readonly plural: readonly string[];
  /** The wording that follows "an integer that ...". */
  readonly singular: string;
  /** The negated wording that follows a plural. */
  readonly negated: string;
  /** The Python condition on `n`. */
  code(numbers: Numbers): string;
  /** The Python condition that `n` does not have the property. */
  negatedCode(numbers: Numbers): string;
  /** True if `n` has the property. */
  holds(n: bigint, numbers: Numbers): boolean;
  /** Draws the condition's numbers. */
  draw(random: Random): Readonly<Record<string, number>>;
}

/** Divisible by `m`. */
export const divisibleBy: Condition = {
  plural: ["are divisible by {m}", "are multiples of {m}"],
  singular: "is divisible by {m}",
  negated: "are not divisible by {m}",
  code: ({ m }) => `n % ${m} == 0`,
  negatedCode: ({ m }) => `n % ${m} != 0`,
  holds: (n, { m }) => n % m === 0n,
  draw: (random) => ({ m: random.integer(2, 29) }),
};

/** Leaves remainder `r` when divided by `q`. */
export const leavesRemainder: Condition = {
  plural: [
    "leave a remainder of {r} when divided by {q}",
    "are congruent to {r} modulo {q}",
  ],
  singular: "leaves a remainder of {r} when divided by {q}",
  negated: "do not leave a remainder of {r} when divided by {q}",
  code: ({ q, r }) => `n % ${q} == ${r}`,
  negatedCode: ({ q, r }) => `n % ${q} != ${r}`,
  holds: (n, { q, r }) => n % q === r,
  draw(random) {
    const q = random.integer(3, 29);
    return { q, r: random.integer(1, q - 1) };
  },
};

/** Has digit sum `s`. */
export const hasDigitSum: Condition = {
  plural: ["have a digit sum of {s}", "have digits that add up to {s}"],
  singular: "has a digit sum of {s}",
  negated: "do not have a digit sum of {s}",
  code: ({ s }) => `sum(int(d) for d in str(n)) == ${s}`,
  negatedCode: ({ s }) => `sum(int(d) for d in str(n)) != ${s}`,
  holds: (n, { s }) => digitSum(n) === s,
  draw: (random) => ({ s: random.integer(4, 17) }),
};

/** Shares no factor with `k`. */
export const coprimeTo: Condition = {
  plural: ["are relatively prime to {k}", "have no common factor with {k} other than 1"],
  singular: "is relatively prime to {k}",
  negated: "are not relatively prime to {k}",
  code: ({ k }) => `math.gcd(n, ${k}) == 1`,
  negatedCode: ({ k }) => `math.gcd(n, ${k}) != 1`,
  holds: (n, { k }) => gcd(n, k) === 1n,
  draw: (random) => ({ k: random.integer(6, 60) }),
};

/** Has the digit `d`, which is not 0. */
export const containsDigit: Condition = {
  plural: ["contain the digit {d}", "have at least one digit equal to {d}"],
  singular: "contains the digit {d}",
  negated: "do not contain the digit {d}",
  code: ({ d }) => `"${d}" in str(n)`,
  negatedCode: ({ d }) => `"${d}" not in str(n)`,
  holds: (n, { d }) => String(n).includes(String(d)),
  draw: (random) => ({ d: random.integer(1, 9) }),
};

/** The ways to ask how many integers of a range meet a condition. */
export const COUNT_FRAMES: readonly string[] = [
  "How many integers from {lo} to {hi} CONDITION?",
  "Find the number of integers n with {lo} <= n <= {hi} that CONDITION.",
  "Count the integers between {lo} and {hi}, both included, that CONDITION.",
  "Of the integers from {lo} through {hi}, how many CONDITION?",
  "Consider the integers from {lo} to {hi}. How many of them CONDITION?",
  "What is the number of integers from {lo} to {hi} that CONDITION?",
];

/** First thoughts before counting. */
export const COUNT_THOUGHTS: readonly string[] = [
  "I count with a loop.",
  "I count them by brute force.",
];

/** Every frame with every wording. */
export function worded(frames: readonly string[], wordings: readonly string[]): readonly string[] {
  return frames.flatMap((frame) => wordings.map((w) => frame.replaceAll("CONDITION", w)));
}
