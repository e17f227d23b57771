import {
  containsDigit,
  coprimeTo,
  COUNT_FRAMES,
  COUNT_THOUGHTS,
  hasDigitSum,
  leavesRemainder,
  worded,
} from "../conditions.ts";
import { digitSum, gcd, primesUpTo } from "../integers.ts";
import type { MathKind, Numbers } from "../math_kind.ts";
import { type Rational, rational } from "../../../grading/rational.ts";
import type { Scribe } from "../scribe.ts";
import { counting } from "./divisibility.ts";

function programs({ lo, hi }: Numbers, condition: string): readonly string[] {
  const range = `n in range(${lo}, ${hi} + 1)`;
  return [counting(range, condition), `print(sum(1 for ${range} if ${condition}))`];
}

/** Number of integers in a range that leave a given remainder. */
export const countRemainder: MathKind = {
  name: "count-remainder",
  level: "3",
  templates: worded(COUNT_FRAMES, leavesRemainder.plural),
  phrase:
    "the number of integers from {lo} to {hi} that leave a remainder of {r} when divided by {q}",
  draw(random) {
    const q = random.integer(3, 60);
    const lo = random.chance(0.4) ? 1 : random.integer(10, 500);
    return { lo, hi: lo + random.integer(2 * q, 3000), q, r: random.integer(1, q - 1) };
  },
  solve: ({ lo, hi, q, r }) => r >= q ? null : rational(upTo(hi, q, r) - upTo(lo - 1n, q, r)),
  thoughts: COUNT_THOUGHTS,
  programs: (numbers) => programs(numbers, leavesRemainder.code(numbers)),
  plans: ["The numbers are equally spaced, so I find the first and the last one."],
  work({ lo, hi, q, r }, scribe) {
    const first = lo + ((r - lo) % q + q) % q;
    const last = hi - ((hi - r) % q + q) % q;
    scribe.say(`The first is ${first} and the last is ${last}.`);
    return rational(scribe.sum(scribe.divide(scribe.subtract(last, first), q), 1n));
  },
};

function upTo(limit: bigint, m: bigint, r: bigint): bigint {
  return limit < r ? 0n : (limit - r) / m + 1n;
}

/** Number of integers in a range that are divisible by one of two numbers. */
export const countMultiplesOfEither: MathKind = {
  name: "count-multiples",
  level: "3",
  templates: worded(COUNT_FRAMES, [
    "are divisible by {a} or {b}",
    "are multiples of {a} or of {b} (or both)",
  ]),
  phrase: "the number of integers from {lo} to {hi} that are divisible by {a} or {b}",
  draw(random) {
    const [a, b] = [random.integer(2, 30), random.integer(2, 30)];
    if (a === b) return null;
    const lo = random.chance(0.7) ? 1 : random.integer(2, 300);
    return { lo, hi: lo + random.integer(60, 4000), a, b };
  },
  solve({ lo, hi, a, b }) {
    const both = a * b / gcd(a, b);
    const count = (m: bigint) => hi / m - (lo - 1n) / m;
    return rational(count(a) + count(b) - count(both));
  },
  thoughts: COUNT_THOUGHTS,
  programs: (numbers) => programs(numbers, `n % ${numbers.a} == 0 or n % ${numbers.b} == 0`),
  plans: ["I use inclusion and exclusion."],
  work({ lo, hi, a, b }, scribe) {
    const both = a * b / gcd(a, b);
    const [inA, inB, inBoth] = [a, b, both].map((m) => {
      const high = scribe.divide(hi, m);
      return lo > m ? scribe.subtract(high, scribe.divide(lo - 1n, m)) : high;
    });
    return rational(scribe.sum(inA, inB, -inBoth));
  },
};

/** Number of integers in a range with a given digit sum. */
export const countDigitSum: MathKind = {
  name: "count-digit-sum",
  level: "4",
  templates: worded(COUNT_FRAMES, hasDigitSum.plural),
  phrase: "the number of integers from {lo} to {hi} that have a digit sum of {s}",
  draw(random) {
    const lo = random.chance(0.4) ? 1 : random.integer(10, 800);
    return { lo, hi: lo + random.integer(60, 900), s: random.integer(3, 19) };
  },
  solve({ lo, hi, s }) {
    const count = withDigitSumBelow(hi + 1n, s) - withDigitSumBelow(lo, s);
    return count < 2n || count > 25n ? null : rational(count);
  },
  thoughts: COUNT_THOUGHTS,
  programs: (numbers) => programs(numbers, hasDigitSum.code(numbers)),
  plans: ["I list the numbers.", "I list them and count."],
  work: ({ lo, hi, s }, scribe) => listed(lo, hi, (n) => digitSum(n) === s, scribe),
};

/** Number of integers from 0 up and below `limit` with digit sum `sum`, counted digit by digit. */
function withDigitSumBelow(limit: bigint, sum: bigint): bigint {
  const ways = (places: number, rest: bigint): bigint => {
    if (rest < 0n) return 0n;
    if (places === 0) return rest === 0n ? 1n : 0n;
    let total = 0n;
    for (let digit = 0n; digit < 10n; digit++) total += ways(places - 1, rest - digit);
    return total;
  };
  const text = String(limit);
  let [count, rest] = [0n, sum];
  for (const [i, character] of [...text].entries()) {
    for (let digit = 0n; digit < BigInt(character); digit++) {
      count += ways(text.length - i - 1, rest - digit);
    }
    rest -= BigInt(character);
  }
  return count;
}

/** Number of integers in a range that are relatively prime to a number. */
export const countCoprime: MathKind = {
  name: "count-coprime",
  level: "4",
  templates: worded(COUNT_FRAMES, coprimeTo.plural),
  phrase: "the number of integers from {lo} to {hi} that are relatively prime to {k}",
  draw: (random) => ({
    lo: random.chance(0.7) ? 1 : random.integer(2, 99),
    hi: random.integer(120, 2500),
    k: random.pick([2, 3, 4, 5, 6, 7, 9, 10, 14, 15, 21]) *
      random.pick([1, 2, 3, 5, 7, 11, 13]),
  }),
  solve({ lo, hi, k }) {
    let count = 0n;
    for (let n = lo; n <= hi; n++) if (gcd(n, k) === 1n) count++;
    return rational(count);
  },
  thoughts: COUNT_THOUGHTS,
  programs: (numbers) => programs(numbers, coprimeTo.code(numbers)),
  plans: ["I subtract the multiples of the prime factors by inclusion and exclusion."],
  work({ lo, hi, k }, scribe) {
    const primes = primesUpTo(Number(k)).map(BigInt).filter((p) => k % p === 0n);
    scribe.say(`The prime factors are ${primes.join(", ")}.`);
    const terms: bigint[] = [];
    for (let mask = 0; mask < 2 ** primes.length; mask++) {
      const chosen = primes.filter((_, i) => (mask >> i) & 1);
      const m = chosen.reduce((x, y) => x * y, 1n);
      const count = m === 1n ? hi - lo + 1n : scribe.divide(hi, m) - (lo - 1n) / m;
      terms.push(chosen.length % 2 === 0 ? count : -count);
    }
    return rational(scribe.sum(...terms));
  },
};

/** Number of integers in a range that contain a digit. */
export const countContainingDigit: MathKind = {
  name: "count-digit",
  level: "3",
  templates: worded(COUNT_FRAMES, containsDigit.plural),
  phrase: "the number of integers from {lo} to {hi} that contain the digit {d}",
  draw(random) {
    const lo = random.chance(0.4) ? 1 : random.integer(10, 700);
    return { lo, hi: lo + random.integer(40, 300), d: random.integer(1, 9) };
  },
  solve({ lo, hi, d }) {
    const count = withDigitBelow(hi + 1n, d) - withDigitBelow(lo, d);
    return count < 2n || count > 30n ? null : rational(count);
  },
  thoughts: COUNT_THOUGHTS,
  programs: (numbers) => programs(numbers, containsDigit.code(numbers)),
  plans: ["I list the numbers.", "I list them and count."],
  work: ({ lo, hi, d }, scribe) => listed(lo, hi, (n) => String(n).includes(String(d)), scribe),
};

/**
 * Number of integers from 0 up and below `limit` that contain `digit` (not 0): all but those
 * without it.
 */
function withDigitBelow(limit: bigint, digit: bigint): bigint {
  let without = 0n;
  const text = String(limit);
  for (const [i, character] of [...text].entries()) {
    const value = BigInt(character);
    const choices = value > digit ? value - 1n : value;
    without += choices * 9n ** BigInt(text.length - i - 1);
    if (value === digit) break;
  }
  return limit - without;
}

/** Number of primes in a range. */
export const countPrimes: MathKind = {
  name: "count-primes",
  level: "3",
  templates: [
    "How many prime numbers are there from {lo} to {hi}?",
    "Find the number of primes p with {lo} <= p <= {hi}.",
    "Count the primes between {lo} and {hi}, both included.",
    "Of the integers from {lo} through {hi}, how many are prime?",
    "How many integers from {lo} to {hi} are prime numbers?",
    "What is the number of primes from {lo} to {hi}?",
  ],
  phrase: "the number of primes from {lo} to {hi}",
  draw(random) {
    const lo = random.integer(10, 800);
    return { lo, hi: lo + random.integer(20, 150) };
  },
  solve({ lo, hi }) {
    const count = primesUpTo(Number(hi)).filter((p) => p >= lo).length;
    return count < 2 ? null : rational(BigInt(count));
  },
  thoughts: COUNT_THOUGHTS,
  programs: (numbers) => programs(numbers, "all(n % d for d in range(2, n))"),
  plans: ["I list the primes.", "I list the primes and count them."],
  work({ lo, hi }, scribe) {
    const primes = new Set(primesUpTo(Number(hi)));
    return listed(lo, hi, (n) => primes.has(Number(n)), scribe);
  },
};

/** Number of ordered pairs whose sum is divisible by a number. */
export const countPairs: MathKind = {
  name: "count-pairs",
  level: "5",
  templates: [
    "How many ordered pairs (a, b) of integers from 1 to {k} have a + b divisible by {m}?",
    "Find the number of ordered pairs of integers (a, b), each from 1 to {k}, whose sum is a multiple of {m}.",
    "Two integers a and b are chosen from 1 to {k}. For how many ordered pairs (a, b) is a + b divisible by {m}?",
    "Count the ordered pairs (a, b) with 1 <= a, b <= {k} such that {m} divides a + b.",
    "For how many ordered pairs (a, b) of integers between 1 and {k} inclusive is a + b a multiple of {m}?",
    "Determine how many ordered pairs (a, b) with a and b from 1 to {k} satisfy (a + b) mod {m} = 0.",
  ],
  draw: (random) => ({ k: random.integer(12, 90), m: random.integer(3, 40) }),
  solve({ k, m }) {
    if (m < 1n || 2n * k / m > 24n) return null;
    const residues = (r: bigint) => r === 0n ? k / m : upTo(k, m, r);
    let count = 0n;
    for (let r = 0n; r < m; r++) count += residues(r) * residues((m - r) % m);
    return count === 0n ? null : rational(count);
  },
  thoughts: ["I count with two loops.", "I count the pairs by brute force."],
  programs: ({ k, m }) => [
    `count = 0\nfor a in range(1, ${k} + 1):\n    for b in range(1, ${k} + 1):\n        if (a + b) % ${m} == 0:\n            count += 1\nprint(count)`,
  ],
  plans: ["For each multiple s of the divisor I count the pairs with sum s."],
  work({ k, m }, scribe) {
    const counts: bigint[] = [];
    for (let s = m; s <= 2n * k; s += m) {
      const pairs = s <= k + 1n ? s - 1n : 2n * k + 1n - s;
      if (pairs > 0n) counts.push(pairs);
    }
    return rational(scribe.sum(...counts));
  },
};

function listed(
  lo: bigint,
  hi: bigint,
  holds: (n: bigint) => boolean,
  scribe: Scribe,
): Rational {
  const members: bigint[] = [];
  for (let n = lo; n <= hi; n++) if (holds(n)) members.push(n);
  const count = BigInt(scribe.list(members).length);
  scribe.say(`There are ${count}.`);
  return rational(count);
}
