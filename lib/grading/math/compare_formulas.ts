import type { Rational } from "../rational.ts";
import { rationalEquals } from "../rational.ts";
import { errorMagnitude, signOf } from "./ball.ts";
import { type Budget, EvaluationFault, type FaultReason } from "./budget.ts";
import { evaluateFormula, realMiddle } from "./evaluate_formula.ts";
import { call, type Expression, keyOf } from "./expression.ts";
import { formulaTokens, tokensKey } from "./formula_tokens.ts";
import { Arithmetic } from "./arithmetic.ts";
import type { NumberValue } from "./number_value.ts";
import { parseFormula } from "./parse_formula.ts";
import {
  type FormulaTraits,
  formulaTraits,
  type SamplePoint,
  samplePoints,
} from "./sample_points.ts";

/** A comparison's outcome; `unknown` when it could not be decided within its limits. */
export type Equality = "equal" | "different" | "unknown";

/** Result of comparing two formulas. */
export interface FormulaComparison {
  /** Verdict: `equal`, `different` or `unknown`. */
  readonly equality: Equality;
  /** True if the second text could be read as a formula at all. */
  readonly isReadable: boolean;
  /** Values of both when they are plain real numbers, to 30 digits and more. */
  readonly values: readonly [Rational, Rational] | null;
}

/** Precision of the first try, in bits. */
const FIRST_BITS = 192;
/** Precision in bits above which equality is not claimed. */
const MAX_BITS = 6_000;
/** Number of points at which formulas must agree. */
const MIN_POINTS = 5;

/**
 * Compares two LaTeX formulas as mathematics. Numbers are compared as exact fractions where they are
 * rational, else with so many digits that no cancellation within the formula can hide a difference.
 * Formulas with symbols are compared at points that {@link samplePoints} chooses by what they hold.
 * What cannot be evaluated is equal only to itself.
 *
 * @param budget what the comparison may cost; beyond it equality is unknown
 */
export function compareFormulas(a: string, b: string, budget: Budget): FormulaComparison {
  const [left, right] = [parseFormula(a), parseFormula(b)];
  if (left === null || right === null) {
    const same = sameTokens(a, b);
    return {
      equality: same ? "equal" : "different",
      isReadable: right !== null || same,
      values: null,
    };
  }
  return compareTrees(left, right, budget);
}

/** True if two texts differ in white space and braces around single tokens only. */
function sameTokens(a: string, b: string): boolean {
  const key = (text: string) => {
    const tokens = formulaTokens(text);
    return tokens === null ? text.replace(/\s+/g, "") : tokensKey(tokens);
  };
  return key(a) === key(b);
}

/** Compares two formulas that have been read. */
export function compareTrees(
  left: Expression,
  right: Expression,
  budget: Budget,
): FormulaComparison {
  try {
    return decide(left, right, budget);
  } catch (error) {
    if (error instanceof EvaluationFault) return outcome("unknown");
    throw error;
  }
}

function outcome(equality: Equality, values: FormulaComparison["values"] = null) {
  return { equality, isReadable: true, values };
}

function decide(left: Expression, right: Expression, budget: Budget): FormulaComparison {
  const traits = formulaTraits([left, right]);
  if (keyOf(left, traits.isRigid) === keyOf(right, traits.isRigid)) {
    return outcome("equal", traits.unknowns.length === 0 ? valuesOf(left, right, budget) : null);
  }
  if (traits.isRigid) return outcome("different");
  const [isBare, isNatural] = traits.logs;
  const bases = !isBare ? ["e"] as const : isNatural ? ["e"] as const : ["e", 10] as const;
  let last = outcome("different");
  for (const logBase of bases) {
    last = traits.unknowns.length === 0
      ? compareConstants(left, right, budget, logBase)
      : outcome(compareAtPoints(left, right, traits, budget, logBase));
    if (last.equality === "equal") return last;
  }
  return last;
}

function valuesOf(
  left: Expression,
  right: Expression,
  budget: Budget,
): FormulaComparison["values"] {
  return compareConstants(left, right, budget, "e").values;
}

function compareConstants(
  left: Expression,
  right: Expression,
  budget: Budget,
  logBase: "e" | 10,
): FormulaComparison {
  const found = compareValues(left, right, new Map(), { isReal: false, budget, logBase });
  if (found.fault !== null) {
    // One has a value and the other none, at a pole for example; else nothing is known.
    const equality = found.fault === "mixed" ? "different" : "unknown";
    return { equality, isReadable: true, values: null };
  }
  const middles = found.values.map(realMiddle);
  const [x, y] = middles;
  return {
    equality: found.equality,
    isReadable: true,
    values: x === null || y === null ? null : [x, y],
  };
}

interface ValueOptions {
  readonly isReal: boolean;
  readonly budget: Budget;
  readonly logBase: "e" | 10;
}

type ValueComparison =
  | { readonly fault: null; readonly equality: Equality; readonly values: readonly NumberValue[] }
  | { readonly fault: FaultReason | "mixed"; readonly isOneSided?: boolean };

/** Compares two formulas' values at a point, with as many digits as it takes. */
function compareValues(
  left: Expression,
  right: Expression,
  assignment: ReadonlyMap<string, NumberValue>,
  options: ValueOptions,
): ValueComparison {
  for (let bits = FIRST_BITS;;) {
    const arithmetic = new Arithmetic(bits, options.isReal, options.budget);
    const context = { arithmetic, assignment, logBase: options.logBase };
    const tried = [left, right].map((formula) => {
      try {
        return evaluateFormula(formula, context);
      } catch (error) {
        if (error instanceof EvaluationFault) return error.reason;
        throw error;
      }
    });
    const [x, y] = tried;
    if (typeof x === "string" || typeof y === "string") {
      if (x === "too-big" || y === "too-big") return { fault: "too-big" };
      const isOneSided = typeof x !== "string" || typeof y !== "string";
      return { fault: x === y ? x as FaultReason : "mixed", isOneSided };
    }
    if (x.exact && y.exact) {
      const isEqual = rationalEquals(x.re, y.re) && rationalEquals(x.im, y.im);
      return { fault: null, equality: isEqual ? "equal" : "different", values: [x, y] };
    }
    const difference = arithmetic.subtract(x, y);
    if (!arithmetic.isZero(difference)) {
      return { fault: null, equality: "different", values: [x, y] };
    }
    // Terms of 2^size that cancel leave bits - size of them; what is left may be as small as 2^-size.
    const needed = 2 * arithmetic.size + 128;
    const isSharp = difference.exact ||
      [difference.re, ...difference.im === null ? [] : [difference.im]].every((part) =>
        signOf(part) === 0 && errorMagnitude(part) < -arithmetic.size - 50
      );
    if (bits >= needed && isSharp) return { fault: null, equality: "equal", values: [x, y] };
    bits = Math.max(needed, bits + 256);
    if (bits > MAX_BITS) return { fault: null, equality: "unknown", values: [x, y] };
  }
}

/** Verdict on whether two formulas agree at points where both have values. */
function compareAtPoints(
  left: Expression,
  right: Expression,
  traits: FormulaTraits,
  budget: Budget,
  logBase: "e" | 10,
): Equality {
  const points = samplePoints(traits);
  // Formulas without a value at real numbers, such as roots of negative ones, are complex.
  const domains = traits.isComplex ? [false] : [true, false];
  for (const isReal of domains) {
    const outcome = agreement(left, right, points, { isReal, budget, logBase });
    if (outcome !== null) return outcome;
  }
  return "unknown";
}

function agreement(
  left: Expression,
  right: Expression,
  points: readonly SamplePoint[],
  options: ValueOptions,
): Equality | null {
  let [agreed, undecided, oneSided] = [0, 0, 0];
  for (const { values, negatives } of points) {
    const found = compareValues(left, right, values, options);
    if (found.fault === null) {
      if (found.equality === "different") return "different";
      if (found.equality === "equal") agreed++;
      else undecided++;
    } else if (found.isOneSided) oneSided++;
    if (found.fault === "mixed" && options.isReal && negatives <= 1) {
      if (isDomainMismatch(left, right, values, options)) return "different";
    }
    if (options.budget.isSpent) return "unknown";
  }
  // Where values are too large to tell them apart for certain, other points decide.
  if (agreed >= MIN_POINTS) return "equal";
  if (agreed + undecided > 0) return "unknown";
  // x/0 has no value anywhere, x has.
  return oneSided >= MIN_POINTS && !options.isReal ? "different" : null;
}

/**
 * True if one formula has a value here and the other is the root or logarithm of a negative
 * number: `\ln x^2` and `2 \ln x` are two functions. With several negative symbols that is no
 * objection, as `\sqrt{ab}` is commonly taken for `\sqrt a\sqrt b`.
 */
function isDomainMismatch(
  left: Expression,
  right: Expression,
  assignment: ReadonlyMap<string, NumberValue>,
  { budget, logBase }: ValueOptions,
): boolean {
  const reasons = [left, right].map((formula) => {
    try {
      const arithmetic = new Arithmetic(FIRST_BITS, true, budget);
      evaluateFormula(formula, { arithmetic, assignment, logBase });
      return "value";
    } catch (error) {
      if (error instanceof EvaluationFault) return error.reason;
      throw error;
    }
  });
  return reasons.includes("value") && reasons.includes("domain");
}

/**
 * The sign of the constant c for which `a = c b` wherever both have values; 0 when there is none or it
 * cannot be decided.
 */
export function factorSign(a: Expression, b: Expression, budget: Budget): -1 | 0 | 1 {
  // The quotient is constant when a(p) b(q) = a(q) b(p) for independent points p and q.
  const [movedA, movedB] = [moved(a), moved(b)];
  const traits = formulaTraits([a, b]);
  const zero: Expression = { type: "number", value: { num: 0n, den: 1n } };
  if (traits.isRigid || traits.unknowns.length === 0) return 0;
  if (compareTrees(b, zero, budget).equality !== "different") return 0;
  const crossed = compareTrees(call("multiply", a, movedB), call("multiply", movedA, b), budget);
  if (crossed.equality !== "equal") return 0;
  for (const { values } of samplePoints(traits)) {
    const arithmetic = new Arithmetic(FIRST_BITS, true, budget);
    try {
      const context = { arithmetic, assignment: values, logBase: "e" as const };
      const product = arithmetic.multiply(evaluateFormula(a, context), evaluateFormula(b, context));
      const sign = arithmetic.sign(product);
      if (sign !== 0) return sign;
    } catch (error) {
      if (!(error instanceof EvaluationFault)) throw error;
    }
  }
  return 0;
}

/** The formula with every symbol and atom under another name. */
function moved(node: Expression): Expression {
  switch (node.type) {
    case "symbol":
      return node.name.startsWith("#") ? node : { ...node, name: `${node.name}_moved` };
    case "atom":
      return { ...node, key: `${node.key} moved` };
    case "call":
      return { ...node, args: node.args.map(moved) };
    case "series":
      return { ...node, from: moved(node.from), to: moved(node.to), body: moved(node.body) };
    default:
      return node;
  }
}
