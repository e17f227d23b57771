import {
  type Condition,
  containsDigit,
  coprimeTo,
  COUNT_FRAMES,
  COUNT_THOUGHTS,
  divisibleBy,
  hasDigitSum,
  leavesRemainder,
  worded,
} from "../conditions.ts";
import { adding, counting } from "../kinds/divisibility.ts";
import type { MathKind, Numbers } from "../math_kind.ts";
import { type Rational, rational } from "../../../grading/rational.ts";
import type { Scribe } from "../scribe.ts";

const MAX_LISTED = 40;

/** Number of integers that have both properties. */
function both(name: string, first: Condition, second: Condition): MathKind {
  const wordings = first.plural.map((w, i) => `${w} and ${second.plural[i]}`);
  return {
    name,
    level: "5",
    templates: worded(COUNT_FRAMES, wordings),
    draw: (random) => ({ ...bounds(random), ...first.draw(random), ...second.draw(random) }),
    solve: (n) => counted(n, (k) => first.holds(k, n) && second.holds(k, n)),
    thoughts: COUNT_THOUGHTS,
    programs: (n) => [
      counting(`n in range(${n.lo}, ${n.hi} + 1)`, `${first.code(n)} and ${second.code(n)}`),
    ],
    plans: ["I list the numbers with both properties."],
    work: (n, scribe) =>
      rational(BigInt(list(n, (k) => first.holds(k, n) && second.holds(k, n), scribe).length)),
  };
}

/** Number of integers that have the first property but not the second. */
function butNot(name: string, first: Condition, second: Condition): MathKind {
  return {
    name,
    level: "5",
    templates: worded(COUNT_FRAMES, first.plural.map((w) => `${w} but ${second.negated}`)),
    draw: (random) => ({ ...bounds(random), ...first.draw(random), ...second.draw(random) }),
    solve: (n) => counted(n, (k) => first.holds(k, n) && !second.holds(k, n)),
    thoughts: COUNT_THOUGHTS,
    programs: (n) => [
      counting(
        `n in range(${n.lo}, ${n.hi} + 1)`,
        `${first.code(n)} and ${second.negatedCode(n)}`,
      ),
    ],
    plans: ["I list the numbers with the first property and strike out the others."],
    work: (n, scribe) =>
      rational(BigInt(list(n, (k) => first.holds(k, n) && !second.holds(k, n), scribe).length)),
  };
}

/** The smallest integer above a bound with both properties. */
function smallest(name: string, first: Condition, second: Condition): MathKind {
  const holds = (k: bigint, n: Numbers) => first.holds(k, n) && second.holds(k, n);
  return {
    name,
    level: "5",
    templates: worded([
      "Find the smallest integer greater than {lo} that CONDITION.",
      "What is the least integer above {lo} that CONDITION?",
    ], [`${first.singular} and ${second.singular}`]),
    draw: (random) => ({
      lo: random.integer(10, 700),
      ...first.draw(random),
      ...second.draw(random),
    }),
    solve(n) {
      for (let k = n.lo + 1n; k < 1000n; k++) if (holds(k, n)) return rational(k);
      return null;
    },
    thoughts: ["I try the integers one by one.", "I search with a loop."],
    programs: (n) => [
      `n = ${n.lo} + 1\nwhile not (${first.code(n)} and ${second.code(n)}):\n    n += 1\nprint(n)`,
    ],
    plans: ["I go through the numbers with the first property."],
    work(n, scribe) {
      const tried: bigint[] = [];
      let k = n.lo + 1n;
      for (; k < 1000n && !holds(k, n); k++) if (first.holds(k, n)) tried.push(k);
      scribe.list(tried);
      scribe.say(`None of these has both. ${k} has.`);
      return rational(k);
    },
  };
}

/** The sum of all integers of a range with a property, modulo 1000. */
function sumOf(
  name: string,
  condition: Condition,
  work: MathKind["work"] = (n, scribe) => {
    const found = list(n, (k) => condition.holds(k, n), scribe);
    const sum = found.reduce((x, y) => x + y, 0n);
    scribe.say(`The sum is ${sum}.`);
    return rational(scribe.remainder(sum, 1000n));
  },
): MathKind {
  return {
    name,
    level: "5",
    templates: worded([
      "Find the remainder when the sum of all integers from {lo} to {hi} that CONDITION is divided by 1000.",
      "Let S be the sum of the integers from {lo} to {hi} that CONDITION. What is S modulo 1000?",
    ], condition.plural),
    draw: (random) => ({ ...bounds(random), ...condition.draw(random) }),
    solve(n) {
      let sum = 0n;
      for (let k = n.hi; k >= n.lo; k--) if (condition.holds(k, n)) sum += k;
      return sum === 0n ? null : rational(sum % 1000n);
    },
    thoughts: ["I add them up with a loop.", "I add them up by brute force."],
    programs: (n) => [
      adding(`n in range(${n.lo}, ${n.hi} + 1)`, condition.code(n), "n")
        .replace("print(total)", "print(total % 1000)"),
    ],
    plans: ["I find the numbers and add them."],
    work,
  };
}

/** The sum of the equally spaced numbers with a remainder, from the first and the last one. */
function workEquallySpaced({ lo, hi, q, r }: Numbers, scribe: Scribe): Rational {
  const first = lo + ((r - lo) % q + q) % q;
  const last = hi - ((hi - r) % q + q) % q;
  scribe.say(`The first is ${first} and the last is ${last}.`);
  const count = scribe.sum(scribe.divide(scribe.subtract(last, first), q), 1n);
  const doubled = scribe.multiply(scribe.sum(first, last), count);
  return rational(scribe.remainder(scribe.divide(doubled, 2n), 1000n));
}

/** Counting and searching under conditions that `lab-math` has one at a time. */
export const conditionKinds: readonly MathKind[] = [
  both("aime-divisible-digit-sum", divisibleBy, hasDigitSum),
  both("aime-remainder-digit", leavesRemainder, containsDigit),
  both("aime-digit-coprime", containsDigit, coprimeTo),
  both("aime-digit-sum-coprime", hasDigitSum, coprimeTo),
  both("aime-divisible-digit", divisibleBy, containsDigit),
  butNot("aime-divisible-not-digit", divisibleBy, containsDigit),
  butNot("aime-digit-sum-not-divisible", hasDigitSum, divisibleBy),
  butNot("aime-remainder-not-coprime", leavesRemainder, coprimeTo),
  smallest("aime-least-remainder-digit-sum", leavesRemainder, hasDigitSum),
  smallest("aime-least-divisible-digit", divisibleBy, containsDigit),
  sumOf("aime-sum-digit-sum", hasDigitSum),
  sumOf("aime-sum-remainder", leavesRemainder, workEquallySpaced),
  sumOf("aime-sum-coprime", coprimeTo),
];

function bounds(
  random: { integer(low: number, high: number): number; chance(p: number): boolean },
) {
  const lo = random.chance(0.6) ? 1 : random.integer(10, 400);
  return { lo, hi: lo + random.integer(100, 1900) };
}

/** The count from 3 to 999, found from the upper end down; null outside that range. */
function counted(numbers: Numbers, holds: (k: bigint) => boolean) {
  let count = 0n;
  for (let k = numbers.hi; k >= numbers.lo; k--) if (holds(k)) count++;
  return count < 3n || count > 999n ? null : rational(count);
}

/** Lists what has the property; past a bound, a calculation by hand loses patience and stops. */
function list(numbers: Numbers, holds: (k: bigint) => boolean, scribe: Scribe): readonly bigint[] {
  const members: bigint[] = [];
  for (let k = numbers.lo; k <= numbers.hi && members.length < MAX_LISTED; k++) {
    if (holds(k)) members.push(k);
  }
  const kept = scribe.list(members);
  scribe.say(`There are ${kept.length}.`);
  return kept;
}
