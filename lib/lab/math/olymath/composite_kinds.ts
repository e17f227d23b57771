import type { Random } from "../../../records/random.ts";
import { digitSum, factorise, gcd, modulo, powerModulo } from "../integers.ts";
import { fromBase } from "../kinds/bases.ts";
import { choose } from "../kinds/combinatorics.ts";
import { countCoprime, countDigitSum, countPrimes, countRemainder } from "../kinds/counting.ts";
import {
  divisorCount,
  divisorSum,
  euclid,
  greatestCommonDivisor,
  largestPrimeFactor,
} from "../kinds/divisibility.ts";
import { modularPower } from "../kinds/modular.ts";
import { geometricSeries, sumOfSquares } from "../kinds/sequences.ts";
import type { MathKind, Numbers } from "../math_kind.ts";
import { type Rational, rational } from "../../../grading/rational.ts";
import type { Scribe } from "../scribe.ts";

/** Question about two results A and B. */
interface Combination {
  readonly name: string;
  /** The noun phrase asked for, which may have the slot `{z}`. */
  readonly wording: string;
  /** Draws `z`, where there is one. */
  draw?(random: Random): number;
  /** Null when the combination makes no good problem. */
  solve(a: bigint, b: bigint, z: bigint): Rational | null;
  /** The program's end, after `A` and `B` are set. */
  code(z: bigint): string;
  work(a: bigint, b: bigint, z: bigint, scribe: Scribe): Rational;
}

const productRemainder: Combination = {
  name: "product-remainder",
  wording: "the remainder when A * B is divided by {z}",
  draw: (random) => random.integer(7, 60),
  solve: (a, b, z) => rational(modulo(modulo(a, z) * modulo(b, z), z)),
  code: (z) => `print(A * B % ${z})`,
  work: (a, b, z, scribe) => rational(scribe.remainder(scribe.multiply(a, b), z)),
};

const powerRemainder: Combination = {
  name: "power-remainder",
  wording: "the remainder when A^B is divided by {z}",
  draw: (random) => random.integer(7, 60),
  solve: (a, b, z) => b < 2n || b > 5000n ? null : rational(powerModulo(a, b, z)),
  code: (z) => `print(pow(A, B, ${z}))`,
  work: (a, b, z, scribe) => modularPower.work({ a, b, m: z }, scribe),
};

const commonDivisor: Combination = {
  name: "gcd",
  wording: "the greatest common divisor of A and B",
  solve: (a, b) => gcd(a, b) === 1n ? null : rational(gcd(a, b)),
  code: () => "print(math.gcd(A, B))",
  work: (a, b, _, scribe) => rational(euclid(a, b, scribe)),
};

const quotient: Combination = {
  name: "quotient",
  wording: "A / B as a fraction in lowest terms",
  solve: (a, b) => b === 0n || a % b === 0n ? null : rational(a, b),
  code: () => `g = math.gcd(A, B)\nprint(f"{A // g}/{B // g}")`,
  work(a, b, _, scribe) {
    scribe.say(`A / B = ${a}/${b}`);
    return rational(a, b || 1n);
  },
};

const productDigits: Combination = {
  name: "digit-sum",
  wording: "the sum of the digits of A * B",
  solve: (a, b) => a * b < 100n ? null : rational(digitSum(a * b)),
  code: () => "print(sum(int(d) for d in str(A * B)))",
  work(a, b, _, scribe) {
    const product = scribe.multiply(a, b);
    return rational(scribe.sum(...[...String(product < 0n ? -product : product)].map(BigInt)));
  },
};

const sumDivisors: Combination = {
  name: "divisors",
  wording: "the number of positive divisors of A + B",
  solve: (a, b) =>
    a + b < 6n || a + b > 50_000n
      ? null
      : rational(factorise(a + b).reduce((count, [, e]) => count * (e + 1n), 1n)),
  code: () => "n = A + B\nprint(sum(1 for d in range(1, n + 1) if n % d == 0))",
  work: (a, b, _, scribe) => divisorCount.work({ a: scribe.sum(a, b) }, scribe),
};

const FRAMES = [
  "Let A be FIRST and let B be SECOND. Find RESULT.",
  "Define A as FIRST, and B as SECOND. What is RESULT?",
  "Suppose that A is FIRST and that B is SECOND. Compute RESULT.",
];

/** Two problems of `lab-math` and a question about both results. */
function composite(first: MathKind, second: MathKind, combination: Combination): MathKind {
  const templates = FRAMES.map((frame) =>
    frame
      .replace("FIRST", prefixed(first.phrase!, "p"))
      .replace("SECOND", prefixed(second.phrase!, "q"))
      .replace("RESULT", combination.wording)
  );
  return {
    name: `olymath-${first.name}-${second.name}-${combination.name}`,
    level: "5",
    templates,
    draw(random) {
      const [p, q] = [first.draw(random), second.draw(random)];
      if (p === null || q === null) return null;
      return {
        ...withPrefix(p, "p"),
        ...withPrefix(q, "q"),
        ...(combination.draw === undefined ? {} : { z: combination.draw(random) }),
      };
    },
    solve(numbers) {
      const a = first.solve(part(numbers, "p"));
      const b = second.solve(part(numbers, "q"));
      if (a === null || b === null) return null;
      return combination.solve(a.num, b.num, numbers.z ?? 0n);
    },
    thoughts: ["I compute A, then B.", "I compute both and combine them."],
    programs: (numbers) => [
      [
        assigning("A", first.programs(part(numbers, "p"))[0]),
        assigning("B", second.programs(part(numbers, "q"))[0]),
        combination.code(numbers.z ?? 0n),
      ].join("\n"),
    ],
    plans: ["I find A first, then B."],
    work(numbers, scribe) {
      const a = first.work(part(numbers, "p"), scribe).num;
      scribe.say(`A = ${a}`);
      const b = second.work(part(numbers, "q"), scribe).num;
      scribe.say(`B = ${b}`);
      return combination.work(a, b, numbers.z ?? 0n, scribe);
    },
  };
}

/** A kind that draws other numbers: few of two digits or more, for questions made of several. */
function smaller(kind: MathKind, draw: MathKind["draw"]): MathKind {
  return { ...kind, draw };
}

const smallPower = smaller(modularPower, (random) => ({
  a: random.integer(2, 9),
  b: random.integer(11, 90),
  m: random.integer(7, 40),
}));
const smallRemainderCount = smaller(countRemainder, (random) => {
  const q = random.integer(3, 9);
  return {
    lo: random.integer(1, 9),
    hi: random.integer(100, 2000),
    q,
    r: random.integer(1, q - 1),
  };
});
const smallCoprimeCount = smaller(countCoprime, (random) => ({
  lo: random.integer(1, 9),
  hi: random.integer(100, 1500),
  k: random.integer(2, 60),
}));
const smallDigitSumCount = smaller(countDigitSum, (random) => ({
  lo: random.integer(1, 9),
  hi: random.integer(100, 900),
  s: random.integer(3, 15),
}));
const smallSquares = smaller(sumOfSquares, (random) => ({
  lo: random.integer(1, 9),
  hi: random.integer(12, 90),
}));
const smallGeometric = smaller(geometricSeries, (random) => ({
  a: random.integer(2, 99),
  r: random.integer(2, 7),
  k: random.integer(3, 9),
}));

/** Pairs of problems with a question about both results. */
export const compositeKinds: readonly MathKind[] = [
  composite(greatestCommonDivisor, smallPower, productRemainder),
  composite(smallRemainderCount, greatestCommonDivisor, powerRemainder),
  composite(divisorCount, choose, commonDivisor),
  composite(countPrimes, divisorSum, quotient),
  composite(fromBase, largestPrimeFactor, productDigits),
  composite(smallCoprimeCount, divisorCount, sumDivisors),
  composite(smallSquares, fromBase, productRemainder),
  composite(smallGeometric, largestPrimeFactor, powerRemainder),
  composite(choose, divisorSum, commonDivisor),
  composite(smallPower, countPrimes, quotient),
  composite(smallDigitSumCount, smallSquares, productDigits),
  composite(fromBase, smallRemainderCount, sumDivisors),
  composite(divisorSum, divisorCount, powerRemainder),
  composite(smallGeometric, divisorSum, productRemainder),
];

function prefixed(phrase: string, prefix: string): string {
  return phrase.replace(/\{(\w+)\}/g, `{${prefix}_$1}`);
}

function withPrefix(numbers: Readonly<Record<string, number>>, prefix: string) {
  return Object.fromEntries(Object.entries(numbers).map(([slot, n]) => [`${prefix}_${slot}`, n]));
}

function part(numbers: Numbers, prefix: string): Numbers {
  return Object.fromEntries(
    Object.entries(numbers)
      .filter(([slot]) => slot.startsWith(`${prefix}_`))
      .map(([slot, n]) => [slot.slice(prefix.length + 1), n]),
  );
}

/** The program with its last line's `print(x)` made `name = x`. */
function assigning(name: string, program: string): string {
  return program.replace(/print\((.*)\)$/, `${name} = $1`);
}
