import {
  addRationals,
  multiplyRationals,
  negateRational,
  type Rational,
  rational,
} from "../rational.ts";
import type { WrittenNumber } from "./parse_rational.ts";
import type { MathPolicy } from "./policy.ts";

/** Largest relative difference between a number and a decimal that stands for it. */
const TOLERANCE = rational(1n, 10_000n);
const DOUBLE_TOLERANCE = rational(2n, 10_000n);
/** From here on the policy `tolerant` allows the tolerance to numbers that are not whole. */
const LARGE = 1_000_000n;
/** A decimal of this many digits is a computer's rendering of a number that it rounds. */
const MACHINE_DIGITS = 13;
/** A decimal of this many digits has the last ones from a computer's own errors of rounding. */
const DOUBLE_DIGITS = 16;
/** Four units in the last place of a double. */
const DOUBLE_ERROR = rational(4n, 2n ** 52n);
/** Largest distance from a whole number at which a value known to many digits counts as it. */
const WHOLE_ERROR = rational(1n, 2n ** 60n);

/**
 * True if unequal numbers count as equal because one of them was rounded.
 *
 * @param gold the gold number
 * @param predicted the answer's number
 * @param a how the gold number was written, or null for a formula
 * @param b how the answer's number was written, or null for a formula
 */
export function mayStandFor(
  gold: Rational,
  predicted: Rational,
  a: WrittenNumber | null,
  b: WrittenNumber | null,
  policy: MathPolicy,
): boolean {
  if (policy === "qwen2.5-math") {
    return [rational(1n), rational(1n, 100n), rational(100n)]
      .some((scale) => isClose(multiplyRationals(gold, scale), predicted, TOLERANCE));
  }
  const written = [a, b].filter((number) => number !== null);
  // 0.30000000000000004, but not 12345678901234567.0: a rendering has digits behind the point.
  const isNoise = written.some((n) =>
    n.isDecimal && n.digits >= DOUBLE_DIGITS && n.value.den !== 1n
  );
  if (isNoise && isClose(gold, predicted, DOUBLE_ERROR)) return true;
  // A whole gold answer is not rounded; nor is a formula whose value is whole.
  if (isWhole(gold)) return false;
  // A formula is not rounded to a whole number: 1 is not 1 - (5/6)^100, nor 33333 a third of 100000;
  // a gold answer that is itself a decimal may be, when that is within the tolerance by itself.
  const mayRound = (unit: Rational) =>
    predicted.den !== 1n ||
    a?.isDecimal === true && isAtMost(unit, multiplyRationals(size(gold), DOUBLE_TOLERANCE));
  const isRounded = written.some((n) =>
    mayRound(n.resolution) && isWithinHalf(gold, predicted, n.resolution)
  );
  const isRendering = written.some((n) =>
    n.isDecimal && n.digits >= MACHINE_DIGITS && isWithinHalf(gold, predicted, n.resolution)
  );
  if (isRendering) return true;
  if (policy === "exact" || !isClose(gold, predicted, TOLERANCE)) return false;
  if (policy === "tolerant" && size(gold).num >= LARGE * gold.den) return true;
  return isRounded;
}

function isWhole(value: Rational): boolean {
  const { num, den } = value;
  if (den === 1n) return true;
  const nearest = rational((2n * num + den) / (2n * den));
  const below = addRationals(nearest, rational(-1n));
  return [nearest, below].some((whole) => isClose(value, whole, WHOLE_ERROR));
}

function size({ num, den }: Rational): Rational {
  return { num: num < 0n ? -num : num, den };
}

function isAtMost(a: Rational, b: Rational): boolean {
  return a.num * b.den <= b.num * a.den;
}

function isClose(a: Rational, b: Rational, tolerance: Rational): boolean {
  const larger = isAtMost(size(a), size(b)) ? size(b) : size(a);
  return isAtMost(size(addRationals(a, negateRational(b))), multiplyRationals(tolerance, larger));
}

/** True if two numbers differ by half a unit of the last place at most. */
function isWithinHalf(a: Rational, b: Rational, unit: Rational): boolean {
  const half = multiplyRationals(unit, rational(1n, 2n));
  // A millionth more, for numbers that are known to many digits only.
  const bound = multiplyRationals(half, rational(1_000_001n, 1_000_000n));
  return isAtMost(size(addRationals(a, negateRational(b))), bound);
}
