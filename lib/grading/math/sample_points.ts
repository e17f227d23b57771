import { Random } from "../../records/random.ts";
import { addRationals, type Rational, rational } from "../rational.ts";
import { type Expression, walk } from "./expression.ts";
import { Budget, EvaluationFault } from "./budget.ts";
import { evaluateFormula } from "./evaluate_formula.ts";
import { Arithmetic } from "./arithmetic.ts";
import { exactReal, type NumberValue } from "./number_value.ts";

/** A point at which formulas are compared. */
export interface SamplePoint {
  /** Values of symbols and atoms, as {@link evaluateFormula} takes them. */
  readonly values: ReadonlyMap<string, NumberValue>;
  /** Number of negative symbols. */
  readonly negatives: number;
}

/** Letters that stand for whole numbers where a formula rounds, takes remainders or counts. */
const WHOLE_LETTERS = /^[i-nNMKpq](?:_.*)?$/;
/** Letters that stand for complex numbers where a formula holds the imaginary unit. */
const COMPLEX_LETTERS = /^(?:[zw]|\\omega)(?:_.*)?$/;
const STEPPED: ReadonlySet<string> = new Set(["floor", "ceil", "round", "mod", "gcd", "lcm"]);
/** Functions whose graphs break at places that the constants in the formula tell. */
const BROKEN: ReadonlySet<string> = new Set([...STEPPED, "abs", "max", "min", "sign"]);
const MAX_POINTS = 60;
const DENOMINATORS = [7n, 11n, 13n, 17n, 19n, 23n];

/** Traits of two formulas that decide where they must be compared. */
export interface FormulaTraits {
  /** Keys of symbols and atoms, sorted. */
  readonly unknowns: readonly string[];
  /** Names of symbols that stand for whole numbers. */
  readonly wholes: ReadonlySet<string>;
  /** True if the imaginary unit occurs. */
  readonly isComplex: boolean;
  /** True if vectors, dots or unknown commands occur, around which no algebra may be done. */
  readonly isRigid: boolean;
  /** True if functions with breaks occur. */
  readonly isBroken: boolean;
  /** Numbers that are written in them, without signs. */
  readonly constants: readonly Rational[];
  /** Two flags: a logarithm without a base occurs; a natural one or Euler's number does. */
  readonly logs: readonly [bare: boolean, natural: boolean];
}

/** The traits of formulas that are compared with each other. */
export function formulaTraits(formulas: readonly Expression[]): FormulaTraits {
  const unknowns = new Set<string>();
  const constants: Rational[] = [];
  const calls: Expression[] = [];
  const names = new Set<string>();
  let [isComplex, isRigid, bare, natural] = [false, false, false, false];
  const isLinear = formulas.every((formula) => vectorDegree(formula) <= 1);
  for (const formula of formulas) {
    walk(formula, (node) => {
      if (node.type === "symbol" && !node.name.startsWith("#")) unknowns.add(node.name);
      else if (node.type === "atom") {
        unknowns.add(`<${node.key}>`);
        isRigid ||= node.isRigid && !isLinear;
      } else if (node.type === "number") {
        constants.push(absolute(node.value));
      } else if (node.type === "constant") {
        isComplex ||= node.name === "i";
        natural ||= node.name === "e";
      } else if (node.type === "call") {
        names.add(node.name);
        bare ||= node.name === "log" && node.args.length === 1;
        natural ||= node.name === "ln" || node.name === "exp";
        calls.push(node);
      }
    });
  }
  const isBroken = [...names].some((name) => BROKEN.has(name));
  if (isBroken) constants.push(...writtenOut(calls).map(absolute));
  const isStepped = [...names].some((name) => STEPPED.has(name));
  const sorted = [...unknowns].sort();
  return {
    unknowns: sorted,
    wholes: new Set(isStepped ? sorted.filter((name) => WHOLE_LETTERS.test(name)) : []),
    isComplex,
    isRigid,
    isBroken,
    constants,
    logs: [bare, natural],
  };
}

const VECTOR = /^\\(?:vec|overrightarrow|mathbf|boldsymbol) /;

/**
 * Largest number of vectors that are multiplied with each other; with one, algebra is as with
 * numbers. Infinity when something else than sums, and products with numbers, is made of them, or
 * when there are dots or unknown commands.
 */
function vectorDegree(node: Expression): number {
  if (node.type === "atom") return !node.isRigid ? 0 : VECTOR.test(node.key) ? 1 : Infinity;
  if (node.type === "series") return Math.max(...[node.from, node.to, node.body].map(vectorDegree));
  if (node.type !== "call") return 0;
  const degrees = node.args.map(vectorDegree);
  if (degrees.every((degree) => degree === 0)) return 0;
  if (node.name === "add" || node.name === "negate") return Math.max(...degrees);
  if (node.name === "multiply") return degrees.reduce((sum, degree) => sum + degree);
  return node.name === "divide" && degrees[1] === 0 ? degrees[0] : Infinity;
}

/** The values of powers and products of numbers, such as 10^9, that are fractions. */
function writtenOut(nodes: readonly Expression[]): Rational[] {
  const arithmetic = new Arithmetic(64, true, new Budget(200, 50_000));
  return nodes.flatMap((node) => {
    try {
      // A node with unknowns has no value here.
      const value = evaluateFormula(node, { arithmetic, assignment: new Map(), logBase: "e" });
      return value.exact ? [value.re] : [];
    } catch (error) {
      if (error instanceof EvaluationFault) return [];
      throw error;
    }
  });
}

function absolute({ num, den }: Rational): Rational {
  return { num: num < 0n ? -num : num, den };
}

/**
 * Points for formulas with unknowns: fractions of no special relation with every sign, whole numbers
 * from zero on and negative ones, large and tiny ones, and, where the formulas have breaks, the
 * numbers that are written in them and what lies between and beyond. Factorials, sums and binomials
 * have values at whole numbers only; the other points drop out by themselves.
 */
export function samplePoints(traits: FormulaTraits): SamplePoint[] {
  const { unknowns, wholes } = traits;
  const random = new Random("sample points");
  const points: SamplePoint[] = [];
  const add = (make: (index: number) => Rational) => {
    let negatives = 0;
    const values = unknowns.map((name, i) => {
      const made = make(i);
      const value = wholes.has(name) ? rational(made.num / made.den) : made;
      if (value.num < 0n) negatives++;
      const isComplex = traits.isComplex && COMPLEX_LETTERS.test(name);
      const im = isComplex ? fraction(random) : rational(0n);
      return [name, { ...exactReal(value), im }] as const;
    });
    points.push({ values: new Map(values), negatives });
  };

  for (let round = 0; round < 3; round++) add(() => fraction(random));
  const flips = Math.min(unknowns.length, 6);
  for (let flip = 0; flip < flips; flip++) {
    add((i) => signed(fraction(random), i === flip ? -1n : 1n));
    add((i) => signed(fraction(random, 1n), i === flip ? -1n : 1n));
  }
  if (unknowns.length > 1) {
    for (let round = 0; round < 3; round++) {
      add(() => signed(fraction(random), random.next() < 0.5 ? -1n : 1n));
    }
    add(() => signed(fraction(random), -1n));
  }
  add(() => rational(1n + BigInt(Math.floor(random.next() * 40)), 10_007n));

  const largest = traits.constants.reduce(
    (most, c) => c.num / c.den > most ? c.num / c.den : most,
    1n,
  );
  const beyond = largest < 10n ** 30n ? largest : 10n ** 30n;
  for (const sign of [1n, 1n, -1n]) {
    add(() => signed(addRationals(rational(beyond * 3n + 19n), fraction(random)), sign));
  }

  const small = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 17, 25];
  if (unknowns.length === 1) {
    for (const n of [...small, -1, -2, -3, -8]) add(() => rational(BigInt(n)));
  } else {
    for (let round = 0; round < 22; round++) {
      const span = round < 6 ? 4 : 10;
      const least = round % 4 === 3 ? -span : 0;
      add(() => rational(BigInt(least + Math.floor(random.next() * (span - least)))));
    }
  }
  if (traits.isBroken) {
    for (const value of breaks(traits.constants)) {
      add((i) =>
        i === 0 ? value : addRationals(value, signed(fraction(random), i % 2 === 0 ? 1n : -1n))
      );
      if (points.length >= 2 * MAX_POINTS) break;
    }
  }
  return points;
}

/** The constants, their doubles and opposites, and points close to them and between them. */
function breaks(constants: readonly Rational[]): Rational[] {
  const number = ({ num, den }: Rational) => Number(num * 1_000_000n / den);
  const distinct = [...new Map(constants.map((c) => [`${c.num}/${c.den}`, c])).values()]
    .sort((a, b) => number(a) - number(b)).slice(0, 12);
  const found: Rational[] = [];
  distinct.forEach((c, i) => {
    const next = distinct[i + 1];
    const nearby = [
      c,
      addRationals(c, rational(1n)),
      addRationals(c, rational(3n, 7n)),
      addRationals(c, rational(-2n, 7n)),
      { num: 2n * c.num, den: c.den },
      { num: 7n * c.num + 3n * c.den, den: c.den },
    ];
    if (next !== undefined) {
      const sum = addRationals(c, next);
      nearby.push(rational(sum.num, 2n * sum.den));
    }
    for (const value of nearby) found.push(value, { num: -value.num, den: value.den });
  });
  return found;
}

/** A fraction with a prime below its line, between 0 and 4, or between 0 and `below`. */
function fraction(random: Random, below = 4n): Rational {
  const den = DENOMINATORS[Math.floor(random.next() * DENOMINATORS.length)];
  const top = Number(below * den - 1n);
  return rational(1n + BigInt(Math.floor(random.next() * top)), den);
}

function signed({ num, den }: Rational, sign: bigint): Rational {
  return { num: sign * num, den };
}
