import type { MathKind } from "../math_kind.ts";
import { rational } from "../../../grading/rational.ts";

/** The sum of an arithmetic sequence. */
export const arithmeticSeries: MathKind = {
  name: "arithmetic-series",
  level: "3",
  templates: [
    "Find the sum of the first {k} terms of the arithmetic sequence with first term {a} and common difference {d}.",
    "An arithmetic sequence starts with {a} and has common difference {d}. What is the sum of its first {k} terms?",
    "A theatre has {k} rows. The first row has {a} seats and each further row has {d} more than the row before. How many seats are there?",
    "{name} saves {a} dollars in the first week and {d} dollars more each week than the week before. How many dollars are saved in {k} weeks?",
    "Add {k} numbers that begin with {a} and go up by {d} each time. What is the total?",
    "Compute $\\sum_{i=0}^{n-1} ({a} + {d} i)$ for n = {k}.",
  ],
  phrase:
    "the sum of the first {k} terms of the arithmetic sequence with first term {a} and common difference {d}",
  draw: (random) => ({
    a: random.integer(2, 300),
    d: random.integer(2, 40),
    k: random.integer(10, 90),
  }),
  solve: ({ a, d, k }) => rational(k * (2n * a + (k - 1n) * d), 2n),
  thoughts: ["I add the terms with a loop.", "I add up all terms."],
  programs: ({ a, d, k }) => [
    `total = 0\nfor i in range(${k}):\n    total += ${a} + ${d} * i\nprint(total)`,
    `print(sum(${a} + ${d} * i for i in range(${k})))`,
  ],
  plans: ["I find the last term and use the sum formula."],
  work({ a, d, k }, scribe) {
    const last = scribe.sum(a, scribe.multiply(k - 1n, d));
    return rational(scribe.divide(scribe.multiply(k, scribe.sum(a, last)), 2n));
  },
};

/** A term of an arithmetic sequence. */
export const arithmeticTerm: MathKind = {
  name: "arithmetic-term",
  level: "2",
  templates: [
    "What is term number {k} of the arithmetic sequence {a}, {b}, {c}, ...?",
    "The arithmetic sequence {a}, {b}, {c}, ... continues. Find its term number {k}.",
    "In the sequence {a}, {b}, {c}, ... each term exceeds the one before by the same amount. What is term {k}?",
    "Find term {k} of the arithmetic progression that begins {a}, {b}, {c}.",
    "A list begins {a}, {b}, {c} and grows by equal steps. Which number is in position {k}?",
    "Determine the number in place {k} of the arithmetic sequence starting {a}, {b}, {c}.",
  ],
  draw(random) {
    const [a, d] = [random.integer(2, 200), random.integer(2, 60)];
    return { a, b: a + d, c: a + 2 * d, k: random.integer(10, 400) };
  },
  solve: ({ a, b, k }) => rational(a + (k - 1n) * (b - a)),
  thoughts: ["I take equal steps.", "I add the difference k - 1 times."],
  programs: ({ a, b, k }) => [`d = ${b} - ${a}\nprint(${a} + (${k} - 1) * d)`],
  plans: ["I find the difference and step forward."],
  work: ({ a, b, k }, s) => {
    const difference = s.subtract(b, a);
    return rational(s.sum(a, s.multiply(k - 1n, difference)));
  },
};

/** The sum of a geometric sequence. */
export const geometricSeries: MathKind = {
  name: "geometric-series",
  level: "3",
  templates: [
    "Find the sum of the first {k} terms of the geometric sequence with first term {a} and common ratio {r}.",
    "A geometric sequence starts with {a} and has common ratio {r}. What is the sum of its first {k} terms?",
    "{name} collects {a} {thing} on the first day and {r} times as many each day as on the day before. How many {thing} is that in {k} days?",
    "Compute $\\sum_{i=0}^{n-1} {a} \\cdot {r}^i$ for n = {k}.",
    "Add {k} numbers that begin with {a} and are multiplied by {r} each time. What is the total?",
    "A video has {a} views on day 1, and each day it has {r} times the views of the day before. How many views has it in the first {k} days together?",
  ],
  phrase:
    "the sum of the first {k} terms of the geometric sequence with first term {a} and common ratio {r}",
  draw: (random) => ({
    a: random.integer(2, 400),
    r: random.integer(2, 7),
    k: random.integer(4, 12),
  }),
  solve: ({ a, r, k }) => r < 2n ? null : rational(a * (r ** k - 1n), r - 1n),
  thoughts: ["I add the terms with a loop.", "I add up all terms."],
  programs: ({ a, r, k }) => [
    `total = 0\nfor i in range(${k}):\n    total += ${a} * ${r} ** i\nprint(total)`,
    `print(sum(${a} * ${r} ** i for i in range(${k})))`,
  ],
  plans: ["I use the formula for a geometric sum."],
  work({ a, r, k }, scribe) {
    const power = r ** k;
    scribe.say(`${r}^${k} = ${power}`);
    const sum = scribe.multiply(a, scribe.subtract(power, 1n));
    return rational(r > 2n ? scribe.divide(sum, r - 1n) : sum);
  },
};

/** The sum of consecutive squares. */
export const sumOfSquares: MathKind = {
  name: "sum-of-squares",
  level: "3",
  templates: [
    "What is the sum of the squares of the integers from {lo} to {hi}?",
    "Compute $\\sum_{i={lo}}^{{hi}} i^2$.",
    "Find {lo}^2 + ... + {hi}^2, the sum of all squares of consecutive integers from {lo} to {hi}.",
    "Add the squares of all integers from {lo} through {hi}. What is the total?",
    "Square tiles with sides {lo}, {lo} + 1, and so on up to {hi} are laid out, one of each size. What is their total area?",
    "Determine the total of i^2 over all integers i with {lo} <= i <= {hi}.",
  ],
  phrase: "the sum of the squares of the integers from {lo} to {hi}",
  draw(random) {
    const lo = random.integer(1, 60);
    return { lo, hi: lo + random.integer(9, 90) };
  },
  solve: ({ lo, hi }) => rational(squares(hi) - squares(lo - 1n)),
  thoughts: ["I add the terms with a loop.", "I add up the squares."],
  programs: ({ lo, hi }) => [
    `total = 0\nfor i in range(${lo}, ${hi} + 1):\n    total += i ** 2\nprint(total)`,
    `print(sum(i ** 2 for i in range(${lo}, ${hi} + 1)))`,
  ],
  plans: ["I use n(n+1)(2n+1)/6.", "I use the formula for sums of squares."],
  work({ lo, hi }, scribe) {
    const upTo = (n: bigint) => {
      const product = scribe.multiply(n * (n + 1n), 2n * n + 1n);
      return scribe.divide(product, 6n);
    };
    const high = upTo(hi);
    return rational(lo > 1n ? scribe.subtract(high, upTo(lo - 1n)) : high);
  },
};

function squares(n: bigint): bigint {
  return n * (n + 1n) * (2n * n + 1n) / 6n;
}

/** A term of a sequence given by a recursion. */
export const recursiveSequence: MathKind = {
  name: "recursion",
  level: "4",
  templates: [
    "A sequence starts with {a}. Each next term is {r} times the term before plus {c}. What is term number {k}?",
    "Let $x_1 = {a}$ and $x_{n+1} = {r}x_n + {c}$. Find $x_{{k}}$.",
    "Start with {a}. In each step multiply by {r} and add {c}. What is the number after step {j}, that is term {k}?",
    "The first term of a sequence is {a}, and every term after it is {r} times the previous one plus {c}. Find term {k}.",
    "A colony has {a} bees in year 1. Each year the number is multiplied by {r} and then {c} more bees join. How many bees are there in year {k}?",
    "Given $u_1 = {a}$ and $u_{n+1} = {r}u_n + {c}$, determine $u_{{k}}$.",
  ],
  draw(random) {
    const k = random.integer(4, 9);
    return {
      a: random.integer(2, 99),
      r: random.integer(2, 6),
      c: random.integer(2, 99),
      k,
      j: k - 1,
    };
  },
  solve: ({ a, r, c, k }) =>
    r < 2n ? null : rational(r ** (k - 1n) * a + c * (r ** (k - 1n) - 1n) / (r - 1n)),
  thoughts: ["I compute the terms with a loop.", "I go on term by term."],
  programs: ({ a, r, c, k }) => [
    `x = ${a}\nfor i in range(${k} - 1):\n    x = ${r} * x + ${c}\nprint(x)`,
  ],
  plans: ["I compute the terms one after another."],
  work({ a, r, c, k }, scribe) {
    let x = a;
    for (let i = 1n; i < k; i++) x = scribe.sum(scribe.multiply(x, r), c);
    return rational(x);
  },
};
