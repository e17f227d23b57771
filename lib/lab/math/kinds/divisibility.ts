import { digitSum, factorise, gcd } from "../integers.ts";
import type { MathKind } from "../math_kind.ts";
import { rational } from "../../../grading/rational.ts";
import type { Scribe } from "../scribe.ts";

/** The greatest common divisor of two numbers. */
export const greatestCommonDivisor: MathKind = {
  name: "gcd",
  level: "2",
  templates: [
    "What is the greatest common divisor of {a} and {b}?",
    "Find the greatest common factor of {a} and {b}.",
    "Compute $\\gcd({a}, {b})$.",
    "Determine the largest positive integer that divides both {a} and {b}.",
    "What is the largest integer that is a factor of both {a} and {b}?",
    "Two ropes of {a} cm and {b} cm are cut into equal pieces of whole centimetres with nothing left over. What is the greatest possible length of a piece, in cm?",
    "The numbers {a} and {b} have several common divisors. Find the greatest one.",
  ],
  phrase: "the greatest common divisor of {a} and {b}",
  draw(random) {
    const common = random.integer(2, 90);
    const [a, b] = [common * random.integer(2, 60), common * random.integer(2, 60)];
    return a === b || a < 12 || b < 12 ? null : { a, b };
  },
  solve: ({ a, b }) => rational(gcd(a, b)),
  thoughts: ["I use math.gcd.", "I compute the greatest common divisor."],
  programs: ({ a, b }) => [
    `print(math.gcd(${a}, ${b}))`,
    `a, b = ${a}, ${b}\nwhile b:\n    a, b = b, a % b\nprint(a)`,
  ],
  plans: ["I use the Euclidean algorithm.", "I divide with remainders until nothing is left."],
  work: ({ a, b }, scribe) => rational(euclid(a, b, scribe)),
};

/** The least common multiple of two numbers. */
export const leastCommonMultiple: MathKind = {
  name: "lcm",
  level: "2",
  templates: [
    "What is the least common multiple of {a} and {b}?",
    "Find the smallest positive integer that is a multiple of both {a} and {b}.",
    "Compute lcm({a}, {b}).",
    "Determine the lowest common multiple of {a} and {b}.",
    "What is the smallest positive number divisible by both {a} and {b}?",
    "One light blinks every {a} seconds and another every {b} seconds. They have just blinked together. After how many seconds do they next blink together?",
    "Buses on two lines leave every {a} and every {b} minutes. Two buses leave together now. In how many minutes does this next happen?",
  ],
  phrase: "the least common multiple of {a} and {b}",
  draw(random) {
    const common = random.integer(1, 20);
    const [a, b] = [common * random.integer(2, 40), common * random.integer(2, 40)];
    return a === b || a < 10 || b < 10 ? null : { a, b };
  },
  solve({ a, b }) {
    let multiple = a > b ? a : b;
    const step = multiple;
    while (multiple % a !== 0n || multiple % b !== 0n) multiple += step;
    return rational(multiple);
  },
  thoughts: ["I use math.gcd.", "I compute the least common multiple."],
  programs: ({ a, b }) => [
    `print(${a} * ${b} // math.gcd(${a}, ${b}))`,
    `n = ${a}\nwhile n % ${b} != 0:\n    n += ${a}\nprint(n)`,
  ],
  plans: [
    "The least common multiple is the product divided by the greatest common divisor.",
    "I find the greatest common divisor first.",
  ],
  work({ a, b }, scribe) {
    const common = euclid(a, b, scribe);
    return rational(scribe.multiply(scribe.divide(a, common), b));
  },
};

/** Number of positive divisors. */
export const divisorCount: MathKind = {
  name: "divisor-count",
  level: "3",
  templates: [
    "How many positive divisors does {a} have?",
    "Find the number of positive factors of {a}.",
    "Count the positive integers that divide {a}.",
    "What is the number of positive divisors of {a}?",
    "How many positive integers are factors of {a}?",
    "In how many ways can {a} be written as an ordered product of two positive integers?",
  ],
  phrase: "the number of positive divisors of {a}",
  draw: (random) => ({
    a: random.integer(2, 60) * random.integer(2, 20) * random.integer(1, 6),
  }),
  solve: ({ a }) => rational(factorise(a).reduce((count, [, e]) => count * (e + 1n), 1n)),
  thoughts: ["I count the divisors with a loop.", "I try every divisor."],
  programs: ({ a }) => [
    counting(`d in range(1, ${a} + 1)`, `${a} % d == 0`),
    `print(sum(1 for d in range(1, ${a} + 1) if ${a} % d == 0))`,
  ],
  plans: ["I factorise the number and multiply the exponents plus one."],
  work({ a }, scribe) {
    const factors = factorise(a);
    scribe.say(`${a} = ${powers(factors)}`);
    return rational(product(factors.map(([, e]) => e + 1n), scribe));
  },
};

/** The sum of a number's positive divisors. */
export const divisorSum: MathKind = {
  name: "divisor-sum",
  level: "4",
  templates: [
    "What is the sum of the positive divisors of {a}?",
    "Find the sum of all positive factors of {a}.",
    "Add up all positive integers that divide {a}. What is the total?",
    "Compute the sum of the divisors of {a}, including 1 and {a}.",
    "What do the positive factors of {a} add up to?",
    "Determine the sum of every positive integer that is a factor of {a}.",
  ],
  phrase: "the sum of the positive divisors of {a}",
  draw: (random) => ({ a: random.integer(2, 50) * random.integer(2, 24) }),
  solve: ({ a }) =>
    rational(
      factorise(a).reduce((sum, [p, e]) => sum * ((p ** (e + 1n) - 1n) / (p - 1n)), 1n),
    ),
  thoughts: ["I add up the divisors with a loop.", "I try every divisor and add it up."],
  programs: ({ a }) => [
    adding(`d in range(1, ${a} + 1)`, `${a} % d == 0`, "d"),
    `print(sum(d for d in range(1, ${a} + 1) if ${a} % d == 0))`,
  ],
  plans: ["I factorise the number and multiply the sums of the prime powers."],
  work({ a }, scribe) {
    const factors = factorise(a);
    scribe.say(`${a} = ${powers(factors)}`);
    const sums = factors.map(([p, e]) =>
      scribe.sum(...Array.from({ length: Number(e) + 1 }, (_, i) => p ** BigInt(i)))
    );
    return rational(product(sums, scribe));
  },
};

/** The digit sum of a product or power. */
export const digitSumOfProduct: MathKind = {
  name: "digit-sum-product",
  level: "3",
  templates: [
    "What is the sum of the digits of {a} * {b}?",
    "Find the digit sum of the product of {a} and {b}.",
    "Multiply {a} by {b}. What is the sum of the digits of the result?",
    "Compute the sum of the decimal digits of ${a} \\times {b}$.",
    "The product {a} * {b} is written out. What do its digits add up to?",
    "Determine the sum of the digits of the number {a} times {b}.",
  ],
  draw: (random) => ({ a: random.integer(12, 9999), b: random.integer(12, 999) }),
  solve: ({ a, b }) => rational(digitSum(a * b)),
  thoughts: ["I add up the digits.", "I compute the number and add up its digits."],
  programs: ({ a, b }) => [
    `print(sum(int(d) for d in str(${a} * ${b})))`,
    `total = 0\nfor d in str(${a} * ${b}):\n    total += int(d)\nprint(total)`,
  ],
  plans: ["I multiply and then add the digits."],
  work({ a, b }, scribe) {
    const number = scribe.multiply(a, b);
    return rational(scribe.sum(...[...String(number)].map(BigInt)));
  },
};

/** The digit sum of a power. */
export const digitSumOfPower: MathKind = {
  name: "digit-sum-power",
  level: "4",
  templates: [
    "What is the sum of the digits of ${a}^{{b}}$?",
    "Find the digit sum of {a} to the power {b}.",
    "Compute {a} to the power of {b}. What is the sum of the digits of the result?",
    "Determine the sum of the decimal digits of {a}^{b}.",
    "The number {a}^{b} is written out. What do its digits add up to?",
    "Add the digits of {a} raised to the power {b}. What is the total?",
  ],
  draw(random) {
    const [a, b] = [random.integer(2, 99), random.integer(3, 30)];
    return a ** b < 1e13 ? { a, b } : null;
  },
  solve: ({ a, b }) => rational(digitSum(a ** b)),
  thoughts: ["I add up the digits.", "I compute the power and add up its digits."],
  programs: ({ a, b }) => [
    `print(sum(int(d) for d in str(${a} ** ${b})))`,
    `total = 0\nfor d in str(${a} ** ${b}):\n    total += int(d)\nprint(total)`,
  ],
  plans: ["I compute the power step by step and then add the digits."],
  work({ a, b }, scribe) {
    let power = 1n;
    for (const bit of b.toString(2)) {
      power = power === 1n ? 1n : scribe.multiply(power, power);
      if (bit === "1") power = power === 1n ? a : scribe.multiply(power, a);
    }
    return rational(scribe.sum(...[...String(power)].map(BigInt)));
  },
};

/** The largest prime factor of a number. */
export const largestPrimeFactor: MathKind = {
  name: "largest-prime-factor",
  level: "3",
  templates: [
    "What is the largest prime factor of {a}?",
    "Find the greatest prime that divides {a}.",
    "Determine the largest prime number that is a factor of {a}.",
    "Which is the greatest prime divisor of {a}?",
    "The number {a} is factorised into primes. What is the largest of them?",
    "Compute the largest prime divisor of {a}.",
  ],
  phrase: "the largest prime factor of {a}",
  draw: (random) => ({ a: random.integer(4, 99) * random.integer(4, 99) }),
  solve: ({ a }) => rational(factorise(a).at(-1)![0]),
  thoughts: ["I divide out every factor.", "I divide out the factors with a loop."],
  programs: ({ a }) => [
    `n = ${a}\nd = 2\nwhile n > 1:\n    if n % d == 0:\n        n = n // d\n    else:\n        d += 1\nprint(d)`,
  ],
  plans: ["I divide out the prime factors from the smallest on."],
  work({ a }, scribe) {
    let rest = a;
    const primes = factorise(a).flatMap(([p, e]) => Array<bigint>(Number(e)).fill(p));
    for (const prime of primes.slice(0, -1)) rest = scribe.divide(rest, prime);
    return rational(rest);
  },
};

/** A counting loop: how many values of the range meet the condition. */
export function counting(range: string, condition: string): string {
  return `count = 0\nfor ${range}:\n    if ${condition}:\n        count += 1\nprint(count)`;
}

/** A summing loop: the sum of `term` over the values of the range that meet the condition. */
export function adding(range: string, condition: string, term: string): string {
  return `total = 0\nfor ${range}:\n    if ${condition}:\n        total += ${term}\nprint(total)`;
}

/** Euclid's algorithm, one division a line. */
export function euclid(a: bigint, b: bigint, scribe: Scribe): bigint {
  let [x, y] = a > b ? [a, b] : [b, a];
  for (let line = 0; y !== 0n && line < 20; line++) [x, y] = [y, scribe.remainder(x, y)];
  return x;
}

function powers(factors: readonly (readonly [bigint, bigint])[]): string {
  return factors.map(([p, e]) => e === 1n ? `${p}` : `${p}^${e}`).join(" * ");
}

function product(values: readonly bigint[], scribe: Scribe): bigint {
  return values.slice(1).reduce((x, y) => scribe.multiply(x, y), values[0]);
}
