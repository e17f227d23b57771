import { COUNT_THOUGHTS } from "../conditions.ts";
import { counting } from "../kinds/divisibility.ts";
import type { MathKind } from "../math_kind.ts";
import { powerModulo } from "../integers.ts";
import { type Rational, rational } from "../../../grading/rational.ts";

/** Number of arguments for which a quadratic expression is divisible. */
export const quadraticDivisible: MathKind = {
  name: "aime-quadratic",
  level: "5",
  templates: [
    "For how many integers n from 1 to {hi} is n^2 + {a}n + {b} divisible by {m}?",
    "How many integers n with 1 <= n <= {hi} have the property that {m} divides n^2 + {a}n + {b}?",
  ],
  draw: (random) => ({
    hi: random.integer(100, 1900),
    a: random.integer(2, 9),
    b: random.integer(2, 40),
    m: random.integer(3, 40),
  }),
  solve({ hi, a, b, m }) {
    let count = 0n;
    for (let r = 0n; r < m; r++) {
      if (((r + a) * r + b) % m === 0n) {
        count += r === 0n ? hi / m : hi < r ? 0n : (hi - r) / m + 1n;
      }
    }
    return count < 2n ? null : small(count);
  },
  thoughts: COUNT_THOUGHTS,
  programs: ({ hi, a, b, m }) => [
    counting(`n in range(1, ${hi} + 1)`, `(n ** 2 + ${a} * n + ${b}) % ${m} == 0`),
  ],
  plans: ["I test the residues and count how often each occurs."],
  work({ hi, a, b, m }, scribe) {
    const residues: bigint[] = [];
    for (let r = 0n; r < m; r++) if (((r + a) * r + b) % m === 0n) residues.push(r);
    const found = scribe.list(residues);
    const full = scribe.divide(hi, m);
    const rest = hi - full * m;
    const extra = BigInt(found.filter((r) => r > 0n && r <= rest).length);
    return rational(scribe.sum(scribe.multiply(full, BigInt(found.length)), extra));
  },
};

/** Ordered pairs with a divisible product. */
export const productPairs: MathKind = {
  name: "aime-product-pairs",
  level: "5",
  templates: [
    "How many ordered pairs (a, b) of integers from 1 to {k} have a product a * b divisible by {m}?",
    "Count the ordered pairs (a, b) with 1 <= a, b <= {k} such that {m} divides a * b.",
  ],
  draw: (random) => ({ k: random.integer(12, 60), m: random.integer(6, 90) }),
  solve: ({ k, m }) => pairs(k, (a, b) => (a * b) % m === 0n),
  thoughts: ["I count with two loops.", "I count the pairs by brute force."],
  programs: ({ k, m }) => [pairLoop(k, `a * b % ${m} == 0`)],
  plans: ["For each a I count the b that fit."],
  work({ k, m }, scribe) {
    const counts: bigint[] = [];
    for (let a = 1n; a <= k; a++) {
      let step = 1n;
      while ((a * step) % m !== 0n) step++;
      if (step <= k) counts.push(k / step);
    }
    return rational(scribe.sum(...counts));
  },
};

/** Ordered pairs with a divisible sum of squares. */
export const squarePairs: MathKind = {
  name: "aime-square-pairs",
  level: "5",
  templates: [
    "How many ordered pairs (a, b) of integers from 1 to {k} have a^2 + b^2 divisible by {m}?",
    "Find the number of ordered pairs (a, b), both from 1 to {k}, for which the sum of the squares of a and b is a multiple of {m}.",
  ],
  draw: (random) => ({ k: random.integer(12, 60), m: random.integer(3, 40) }),
  solve: ({ k, m }) => pairs(k, (a, b) => (a * a + b * b) % m === 0n),
  thoughts: ["I count with two loops.", "I count the pairs by brute force."],
  programs: ({ k, m }) => [pairLoop(k, `(a ** 2 + b ** 2) % ${m} == 0`)],
  plans: ["For each a I count the b that fit."],
  work({ k, m }, scribe) {
    const counts: bigint[] = [];
    for (let a = 1n; a <= k; a++) {
      let fitting = 0n;
      for (let b = 1n; b <= k; b++) if ((a * a + b * b) % m === 0n) fitting++;
      if (fitting > 0n) counts.push(fitting);
    }
    return rational(scribe.sum(...counts));
  },
};

/** Triples with a given sum. */
export const triplesWithSum: MathKind = {
  name: "aime-triples",
  level: "5",
  templates: [
    "How many triples (a, b, c) of integers with {k} <= a < b < c have the sum a + b + c = {s}?",
    "In how many ways can {s} be written as a sum of three different integers, none of them below {k}, if order does not matter?",
  ],
  draw: (random) => ({ k: random.integer(1, 30), s: random.integer(40, 200) }),
  solve({ k, s }) {
    // Partitions of s into three distinct parts of k and up are those of n into at most three parts.
    const n = s - 3n * k - 3n;
    const count = n < 0n ? 0n : (n * n + 6n * n + 12n) / 12n;
    return count < 2n ? null : small(count);
  },
  thoughts: ["I count with two loops.", "I count the triples by brute force."],
  programs: ({ k, s }) => [
    `count = 0\nfor a in range(${k}, ${s}):\n    for b in range(a + 1, ${s}):\n        if ${s} - a - b > b:\n            count += 1\nprint(count)`,
  ],
  plans: ["For each a I count the pairs that remain."],
  work({ k, s }, scribe) {
    const counts: bigint[] = [];
    for (let a = k; 3n * a + 3n <= s; a++) counts.push((s - a - 1n) / 2n - a);
    return rational(scribe.sum(...counts));
  },
};

/** Lattice points in a disc. */
export const latticePoints: MathKind = {
  name: "aime-lattice",
  level: "5",
  templates: [
    "How many pairs of integers (x, y) satisfy x^2 + y^2 <= {r}?",
    "Find the number of points with integer coordinates (x, y) for which x^2 + y^2 is at most {r}.",
  ],
  draw: (random) => ({ r: random.integer(10, 310) }),
  solve({ r }) {
    // Jacobi: the number of representations of n is 4(d1(n) - d3(n)).
    let count = 1n;
    for (let n = 1n; n <= r; n++) {
      for (let d = 1n; d <= n; d++) {
        if (n % d === 0n && d % 4n === 1n) count += 4n;
        if (n % d === 0n && d % 4n === 3n) count -= 4n;
      }
    }
    return small(count);
  },
  thoughts: ["I count with two loops.", "I count the points by brute force."],
  programs: ({ r }) => [
    `count = 0\nfor x in range(-${r}, ${r} + 1):\n    for y in range(-${r}, ${r} + 1):\n        if x ** 2 + y ** 2 <= ${r}:\n            count += 1\nprint(count)`,
  ],
  plans: ["For each x I count the y that fit."],
  work({ r }, scribe) {
    const column = (x: bigint) => 2n * BigInt(Math.floor(Math.sqrt(Number(r - x * x)))) + 1n;
    const counts: bigint[] = [];
    for (let x = 1n; x * x <= r; x++) counts.push(column(x));
    const side = scribe.sum(...counts);
    return rational(scribe.sum(scribe.multiply(2n, side), column(0n)));
  },
};

/** The last three digits of a power. */
export const lastThreeDigits: MathKind = {
  name: "aime-last-digits",
  level: "5",
  templates: [
    "Find the last three digits of {a}^{b}, as a number from 0 to 999.",
    "What number do the last three digits of {a} raised to the power {b} form?",
  ],
  draw: (random) => ({ a: random.integer(3, 99), b: random.integer(20, 999) }),
  solve: ({ a, b }) => rational(powerModulo(a, b, 1000n)),
  thoughts: ["I use pow with a modulus.", "I compute the power modulo 1000."],
  programs: ({ a, b }) => [`print(pow(${a}, ${b}, 1000))`],
  plans: ["I square repeatedly and keep three digits."],
  work({ a, b }, scribe) {
    let power = 1n;
    for (const bit of b.toString(2)) {
      if (power !== 1n) power = scribe.remainder(power * power, 1000n);
      if (bit === "1") power = power === 1n ? a : scribe.remainder(power * a, 1000n);
    }
    return rational(power);
  },
};

/** A sum of powers modulo 1000. */
export const powerSum: MathKind = {
  name: "aime-power-sum",
  level: "5",
  templates: [
    "Find the remainder when 1^{k} + 2^{k} + ... + {hi}^{k} is divided by 1000.",
    "Let S be the sum of n^{k} over all integers n from 1 to {hi}. What is S modulo 1000?",
  ],
  draw: (random) => ({ hi: random.integer(11, 900), k: random.integer(2, 3) }),
  solve({ hi, k }) {
    let sum = 0n;
    for (let n = 1n; n <= hi; n++) sum += powerModulo(n, k, 1000n);
    return rational(sum % 1000n);
  },
  thoughts: ["I add them up with a loop.", "I add up the powers."],
  programs: ({ hi, k }) => [
    `total = 0\nfor n in range(1, ${hi} + 1):\n    total += n ** ${k}\nprint(total % 1000)`,
  ],
  plans: ["I use the formula for the sum of powers."],
  work({ hi, k }, scribe) {
    const triangle = scribe.divide(scribe.multiply(hi, hi + 1n), 2n);
    const sum = k === 2n
      ? scribe.divide(scribe.multiply(triangle, 2n * hi + 1n), 3n)
      : scribe.multiply(triangle, triangle);
    return rational(scribe.remainder(sum, 1000n));
  },
};

/** Solutions of a linear equation in positive integers. */
export const positiveSolutions: MathKind = {
  name: "aime-diophantine",
  level: "5",
  templates: [
    "How many pairs (x, y) of positive integers satisfy {a}x + {b}y = {t}?",
    "In how many ways can {t} cents be paid with coins of {a} and {b} cents, using at least one of each?",
  ],
  draw(random) {
    const [a, b] = [random.integer(2, 13), random.integer(2, 13)];
    return a === b ? null : { a, b, t: random.integer(60, 900) };
  },
  solve({ a, b, t }) {
    let count = 0n;
    for (let rest = t - b; rest >= a; rest -= b) if (rest % a === 0n) count++;
    return count < 2n || count > 40n ? null : rational(count);
  },
  thoughts: ["I count with a loop.", "I try every x."],
  programs: ({ a, b, t }) => [
    `count = 0\nfor x in range(1, ${t}):\n    for y in range(1, ${t}):\n        if ${a} * x + ${b} * y == ${t}:\n            count += 1\nprint(count)`,
  ],
  plans: ["I list the x for which y is a positive integer."],
  work({ a, b, t }, scribe) {
    const xs: bigint[] = [];
    for (let x = 1n; a * x < t; x++) if ((t - a * x) % b === 0n) xs.push(x);
    const count = BigInt(scribe.list(xs).length);
    scribe.say(`There are ${count}.`);
    return rational(count);
  },
};

/** The largest amount that two coins cannot pay. */
export const largestUnpayable: MathKind = {
  name: "aime-coins",
  level: "5",
  templates: [
    "Stamps cost {a} and {b} cents. What is the largest amount in cents that cannot be paid exactly with such stamps?",
    "Find the largest integer that is not of the form {a}x + {b}y with integers x, y >= 0.",
  ],
  draw: (random) => ({ a: random.integer(3, 31), b: random.integer(4, 40) }),
  solve({ a, b }) {
    const [payable, limit] = [[true], Number(a * b)];
    for (let n = 1; n <= limit; n++) {
      payable[n] = payable[n - Number(a)] === true || payable[n - Number(b)] === true;
    }
    const largest = payable.lastIndexOf(false);
    return payable[limit - 1] && largest > 0 && largest < limit - Number(a)
      ? small(BigInt(largest))
      : null;
  },
  thoughts: ["I try the amounts one by one.", "I search with a loop."],
  programs: ({ a, b }) => [
    `best = 0\nfor n in range(1, ${a} * ${b}):\n    if all((n - ${a} * x) % ${b} != 0 for x in range(n // ${a} + 1)):\n        best = n\nprint(best)`,
  ],
  plans: ["The largest such number is ab - a - b."],
  work: ({ a, b }, scribe) =>
    rational(scribe.subtract(scribe.subtract(scribe.multiply(a, b), a), b)),
};

/** The exponent of a prime in a factorial. */
export const factorialExponent: MathKind = {
  name: "aime-factorial",
  level: "5",
  templates: [
    "Find the largest integer n such that {p}^n divides {a}!.",
    "How often does the prime {p} occur in the factorisation of {a}!?",
  ],
  draw: (random) => ({ a: random.integer(20, 900), p: random.pick([2, 3, 5, 7, 11, 13]) }),
  solve({ a, p }) {
    let [count, rest] = [0n, a];
    while (rest > 0n) count += rest /= p;
    return small(count);
  },
  thoughts: ["I count the factors with a loop.", "I divide out the prime."],
  programs: ({ a, p }) => [
    `count = 0\nfor n in range(1, ${a} + 1):\n    while n % ${p} == 0:\n        n = n // ${p}\n        count += 1\nprint(count)`,
  ],
  plans: ["I add the quotients by the powers of the prime."],
  work({ a, p }, scribe) {
    const quotients: bigint[] = [];
    for (let rest = a; rest >= p;) quotients.push(rest = scribe.divide(rest, p));
    return rational(scribe.sum(...quotients));
  },
};

function small(count: bigint): Rational | null {
  return count < 0n || count > 999n ? null : rational(count);
}

function pairs(k: bigint, holds: (a: bigint, b: bigint) => boolean): Rational | null {
  let count = 0n;
  for (let b = k; b >= 1n; b--) for (let a = k; a >= 1n; a--) if (holds(a, b)) count++;
  return count === 0n ? null : small(count);
}

function pairLoop(k: bigint, condition: string): string {
  return `count = 0\nfor a in range(1, ${k} + 1):\n    for b in range(1, ${k} + 1):\n        if ${condition}:\n            count += 1\nprint(count)`;
}
