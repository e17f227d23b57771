import { gcd, powerModulo } from "../integers.ts";
import type { MathKind } from "../math_kind.ts";
import { rational } from "../../../grading/rational.ts";

/** The remainder of a power. */
export const modularPower: MathKind = {
  name: "modular-power",
  level: "4",
  templates: [
    "What is the remainder when ${a}^{{b}}$ is divided by {m}?",
    "Find the remainder when {a} to the power {b} is divided by {m}.",
    "Compute ${a}^{{b}} \\bmod {m}$.",
    "Determine {a}^{b} modulo {m}.",
    "When {a} is raised to the power {b} and divided by {m}, what remainder is left?",
    "The number {a}^{b} is divided by {m}. What is the remainder?",
  ],
  phrase: "the remainder when {a}^{b} is divided by {m}",
  draw: (random) => ({
    a: random.integer(2, 60),
    b: random.integer(10, 99),
    m: random.integer(7, 99),
  }),
  solve: ({ a, b, m }) => m < 2n || b < 1n ? null : rational(powerModulo(a, b, m)),
  thoughts: ["I use pow with a modulus.", "I compute the power modulo the divisor."],
  programs: ({ a, b, m }) => [`print(pow(${a}, ${b}, ${m}))`, `print(${a} ** ${b} % ${m})`],
  plans: ["I square repeatedly and reduce each time."],
  work({ a, b, m }, scribe) {
    const base = a % m;
    let power = 1n;
    for (const [i, bit] of [...b.toString(2)].entries()) {
      if (i > 0) power = scribe.remainder(power * power, m);
      if (bit === "1") power = i === 0 ? base : scribe.remainder(power * base, m);
    }
    return rational(power);
  },
};

/** The remainder of a product plus a number. */
export const remainderOfExpression: MathKind = {
  name: "remainder",
  level: "2",
  templates: [
    "What is the remainder when {a} * {b} + {c} is divided by {m}?",
    "Find the remainder of {a} * {b} + {c} modulo {m}.",
    "Compute $({a} \\cdot {b} + {c}) \\bmod {m}$.",
    "The product of {a} and {b} is increased by {c} and then divided by {m}. What is the remainder?",
    "Multiply {a} by {b} and add {c}. What remainder does the result leave when divided by {m}?",
    "{name} has {a} {box} of {b} {thing} and {c} single {thing}, and makes groups of {m}. How many {thing} are left over?",
  ],
  draw: (random) => ({
    a: random.integer(12, 999),
    b: random.integer(12, 999),
    c: random.integer(2, 99),
    m: random.integer(3, 60),
  }),
  solve: ({ a, b, c, m }) => m < 2n ? null : rational(((a % m) * (b % m) + c) % m),
  thoughts: ["I use the remainder operator.", "I compute the remainder."],
  programs: ({ a, b, c, m }) => [
    `print((${a} * ${b} + ${c}) % ${m})`,
    `total = ${a} * ${b} + ${c}\nprint(total % ${m})`,
  ],
  plans: ["I compute the number and reduce it.", "I multiply, add and take the remainder."],
  work: ({ a, b, c, m }, scribe) =>
    rational(scribe.remainder(scribe.sum(scribe.multiply(a, b), c), m)),
};

/** The smallest positive integer with two given remainders. */
export const twoRemainders: MathKind = {
  name: "two-remainders",
  level: "4",
  templates: [
    "Find the smallest positive integer that leaves a remainder of {r} when divided by {a} and a remainder of {s} when divided by {b}.",
    "What is the least positive integer n with n mod {a} = {r} and n mod {b} = {s}?",
    "A positive integer leaves remainder {r} on division by {a} and remainder {s} on division by {b}. What is its smallest possible value?",
    "Determine the smallest positive n such that $n \\equiv {r} \\pmod{{a}}$ and $n \\equiv {s} \\pmod{{b}}$.",
    "{name} has some {thing}. In rows of {a} there are {r} left over, in rows of {b} there are {s} left over. What is the least possible number of {thing}?",
    "Dividing a positive integer by {a} leaves {r}, and dividing it by {b} leaves {s}. Find the least such integer.",
  ],
  draw(random) {
    const [a, b] = [random.integer(5, 60), random.integer(4, 16)];
    if (gcd(BigInt(a), BigInt(b)) !== 1n) return null;
    return { a, b, r: random.integer(1, a - 1), s: random.integer(1, b - 1) };
  },
  solve({ a, b, r, s }) {
    if (r >= a || s >= b) return null;
    for (let k = 0n; k < b; k++) if ((r + a * k) % b === s) return rational(r + a * k);
    return null;
  },
  thoughts: ["I try the integers one by one.", "I search with a loop."],
  programs: ({ a, b, r, s }) => [
    `n = 1\nwhile n % ${a} != ${r} or n % ${b} != ${s}:\n    n += 1\nprint(n)`,
    `for n in range(1, ${a} * ${b} + 1):\n    if n % ${a} == ${r} and n % ${b} == ${s}:\n        print(n)\n        break`,
  ],
  plans: ["I list the numbers with the first remainder until one has the second."],
  work({ a, b, r, s }, scribe) {
    let n = r;
    for (let k = 0n; k < b; k++) {
      if (scribe.remainder(n, b) === s) break;
      n += a;
    }
    return rational(n);
  },
};

/** The smallest positive solution of a linear congruence. */
export const linearCongruence: MathKind = {
  name: "linear-congruence",
  level: "4",
  templates: [
    "Find the smallest positive integer x such that {a}x leaves a remainder of {r} when divided by {m}.",
    "What is the least positive integer x with ${a}x \\equiv {r} \\pmod{{m}}$?",
    "Determine the smallest positive integer x for which {a} * x mod {m} equals {r}.",
    "A positive integer x is multiplied by {a}; the product leaves remainder {r} when divided by {m}. Find the least possible x.",
    "Solve {a}x = {r} modulo {m} for the smallest positive integer x.",
    "Which is the smallest positive multiplier x such that {a} times x has remainder {r} on division by {m}?",
  ],
  draw(random) {
    const [a, m] = [random.integer(3, 99), random.integer(11, 60)];
    if (gcd(BigInt(a), BigInt(m)) !== 1n) return null;
    return { a, m, r: random.integer(1, m - 1) };
  },
  solve({ a, m, r }) {
    if (gcd(a, m) !== 1n || r >= m) return null;
    let totient = 0n;
    for (let k = 1n; k <= m; k++) if (gcd(k, m) === 1n) totient++;
    const x = (r * powerModulo(a, totient - 1n, m)) % m;
    return rational(x === 0n ? m : x);
  },
  thoughts: ["I try the integers one by one.", "I search with a loop."],
  programs: ({ a, m, r }) => [
    `x = 1\nwhile ${a} * x % ${m} != ${r}:\n    x += 1\nprint(x)`,
    `for x in range(1, ${m} + 1):\n    if ${a} * x % ${m} == ${r}:\n        print(x)\n        break`,
  ],
  plans: ["I find the inverse with the Euclidean algorithm and multiply."],
  work({ a, m, r }, scribe) {
    let [old, rest, x, y] = [m, a % m, 0n, 1n];
    while (rest > 1n) {
      const quotient = old / rest;
      const next = old - quotient * rest;
      scribe.say(`${old} = ${quotient} * ${rest} + ${next}`);
      [old, rest, x, y] = [rest, next, y, x - quotient * y];
    }
    const inverse = ((y % m) + m) % m;
    scribe.say(`The inverse of ${a} mod ${m} is ${inverse}.`);
    return rational(scribe.remainder(scribe.multiply(inverse, r), m));
  },
};
