import { multiplyRationals, type Rational, rational, rationalEquals } from "../rational.ts";
import type { Budget } from "./budget.ts";
import { compareFormulas, type Equality } from "./compare_formulas.ts";
import { mayStandFor } from "./compare_numbers.ts";
import type { ExpressionAnswer } from "./math_answer.ts";
import { parseRational, type WrittenNumber } from "./parse_rational.ts";
import type { MathPolicy } from "./policy.ts";
import { unitFactor } from "./units.ts";

/** The outcome of a comparison, with its reason. */
export interface Comparison {
  /** Verdict: `equal`, `different` or `unknown`. */
  readonly equality: Equality;
  /** Reason for the verdict, in a few words. */
  readonly why: string;
}

/** Rules of comparing answers. */
export interface ComparisonRules {
  /** Policy for numbers where conventions differ. */
  readonly policy: MathPolicy;
  /** Budget that all comparisons of one grade share. */
  readonly budget: Budget;
}

/** Compares two values or formulas, with their units, percent and degree signs, moduli and bases. */
export function compareExpressions(
  gold: ExpressionAnswer,
  prediction: ExpressionAnswer,
  rules: ComparisonRules,
): Comparison {
  if (gold.base !== undefined || prediction.base !== undefined) {
    return compareNumerals(gold, prediction);
  }
  const [mark, otherMark] = [markOf(gold), markOf(prediction)];
  if (mark !== null && otherMark !== null && mark !== otherMark) {
    return { equality: "different", why: `${otherMark} instead of ${mark}` };
  }
  if (gold.modulus !== undefined || prediction.modulus !== undefined) {
    const residues = compareResidues(gold, prediction, rules);
    if (residues !== null) return residues;
  }
  let factor = rational(1n);
  if (gold.unit !== undefined && prediction.unit !== undefined) {
    const found = unitFactor(prediction.unit, gold.unit);
    if (found === null) return { equality: "different", why: "different units" };
    factor = found;
  }
  const first = compareValues(gold.latex, scaled(prediction.latex, factor), rules);
  if (first.equality === "equal") return first;
  // 10% may be written 10 or 0.1, and 90 degrees 90 or pi/2.
  if (gold.percent !== prediction.percent) {
    const hundred = rational(100n);
    const asShare = gold.percent === true
      ? compareValues(gold.latex, scaled(prediction.latex, hundred), rules)
      : compareValues(scaled(gold.latex, hundred), prediction.latex, rules);
    if (asShare.equality === "equal") return { equality: "equal", why: "the same share" };
  }
  if (gold.degrees !== prediction.degrees) {
    const radians = (latex: string) => `\\frac{(${latex})\\pi}{180}`;
    const asAngle = gold.degrees === true
      ? compareValues(radians(gold.latex), prediction.latex, rules)
      : compareValues(gold.latex, radians(prediction.latex), rules);
    if (asAngle.equality === "equal") return { equality: "equal", why: "the same angle" };
  }
  return first;
}

function markOf(answer: ExpressionAnswer): string | null {
  if (answer.percent === true) return "percent";
  if (answer.degrees === true) return "degrees";
  return answer.unit === undefined ? null : "a unit";
}

/** Residues: of one modulus, and equal up to a multiple of it. Null when only one names a modulus. */
function compareResidues(
  gold: ExpressionAnswer,
  prediction: ExpressionAnswer,
  rules: ComparisonRules,
): Comparison | null {
  const [a, b] = [gold.modulus, prediction.modulus];
  if (a === undefined || b === undefined) {
    // "3 (mod 7)" may be given as 3, "x (mod 3)" not as x.
    const isNumber = parseRational((a === undefined ? prediction : gold).latex) !== null;
    return isNumber ? null : { equality: "different", why: "a residue without its modulus" };
  }
  if (a !== b) return { equality: "different", why: "another modulus" };
  const [x, y, m] = [gold.latex, prediction.latex, a].map((latex) => parseRational(latex)?.value);
  const isWhole = [x, y, m].every((value) => value?.den === 1n) && m!.num !== 0n;
  if (!isWhole) return compareValues(gold.latex, prediction.latex, rules);
  return (x!.num - y!.num) % m!.num === 0n
    ? { equality: "equal", why: "the same residue" }
    : { equality: "different", why: "another residue" };
}

function scaled(latex: string, factor: Rational): string {
  if (rationalEquals(factor, rational(1n))) return latex;
  const number = parseRational(latex);
  if (number !== null) {
    const value = multiplyRationals(number.value, factor);
    const decimal = number.isDecimal ? decimalText(value) : null;
    return decimal ?? `\\frac{${value.num}}{${value.den}}`;
  }
  return `(${latex})\\cdot\\frac{${factor.num}}{${factor.den}}`;
}

/** A fraction whose denominator divides a power of ten, as a decimal; null for another. */
function decimalText({ num, den }: Rational): string | null {
  let places = 0;
  while ((num * 10n ** BigInt(places)) % den !== 0n) if (++places > 400) return null;
  const digits = String((num < 0n ? -num : num) * 10n ** BigInt(places) / den).padStart(
    places + 1,
    "0",
  );
  const whole = digits.slice(0, digits.length - places);
  return `${num < 0n ? "-" : ""}${whole}.${digits.slice(digits.length - places) || "0"}`;
}

/** `204_5` is a numeral, not a value: the question asks for that base, so the digits must agree. */
function compareNumerals(gold: ExpressionAnswer, prediction: ExpressionAnswer): Comparison {
  const digits = (text: string) => text.replace(/\s/g, "").toUpperCase();
  if (gold.base !== undefined && prediction.base !== undefined && gold.base !== prediction.base) {
    return { equality: "different", why: "different bases" };
  }
  // Without a base the gold answer is in base ten.
  if (gold.base === undefined) {
    const value = numeralValue(digits(prediction.latex), Number(prediction.base));
    return value !== null && digits(gold.latex) === String(value)
      ? { equality: "equal", why: "the same number in another base" }
      : { equality: "different", why: "different numerals" };
  }
  return digits(gold.latex) === digits(prediction.latex)
    ? { equality: "equal", why: "the same numeral" }
    : { equality: "different", why: "different numerals" };
}

/** The number that a numeral stands for; null when it has a digit that its base has not. */
function numeralValue(numeral: string, base: number): bigint | null {
  let value = 0n;
  for (const digit of numeral) {
    const worth = parseInt(digit, 36);
    if (!(worth < base)) return null;
    value = value * BigInt(base) + BigInt(worth);
  }
  return value;
}

/** Compares two values or formulas as they are written, without marks. */
function compareValues(
  gold: string,
  prediction: string,
  { policy, budget }: ComparisonRules,
): Comparison {
  // "4 2" is not 42, and so a space between digits stays.
  const squeeze = (text: string) => text.replace(/(?<!\d)\s+|\s+(?!\d)/g, "");
  if (squeeze(gold) === squeeze(prediction)) return { equality: "equal", why: "the same text" };
  if (budget.isSpent) return { equality: "unknown", why: "the time for this answer is used up" };
  const a = parseRational(gold);
  const b = parseRational(prediction);
  if (a !== null && b !== null) return compareNumbers(a, b, policy);
  const { equality, isReadable, values } = compareFormulas(gold, prediction, budget);
  if (!isReadable) return { equality: "different", why: "the answer is not a formula" };
  if (equality === "equal") return { equality, why: "equal formulas" };
  if (values !== null && mayStandFor(values[0], values[1], a, b, policy)) {
    return { equality: "equal", why: "the same number, rounded" };
  }
  if (equality === "different") return { equality, why: "different values" };
  return { equality: "unknown", why: "equality could not be decided" };
}

function compareNumbers(a: WrittenNumber, b: WrittenNumber, policy: MathPolicy): Comparison {
  if (rationalEquals(a.value, b.value)) return { equality: "equal", why: "the same number" };
  return mayStandFor(a.value, b.value, a, b, policy)
    ? { equality: "equal", why: "the same number, rounded" }
    : { equality: "different", why: "different numbers" };
}
