/** An exact fraction in lowest terms; `den` is positive. */
export interface Rational {
  /** Numerator; it carries the sign. */
  readonly num: bigint;
  /** Denominator, positive. */
  readonly den: bigint;
}

/** `num / den` in lowest terms. @throws {RangeError} when `den` is 0 */
export function rational(num: bigint, den = 1n): Rational {
  if (den === 0n) throw new RangeError("Cannot make a fraction with denominator 0");
  if (den < 0n) [num, den] = [-num, -den];
  let [a, b] = [num < 0n ? -num : num, den];
  while (b !== 0n) [a, b] = [b, a % b];
  return a === 0n ? { num: 0n, den: 1n } : { num: num / a, den: den / a };
}

/** True if two fractions are the same number. */
export function rationalEquals(a: Rational, b: Rational): boolean {
  return a.num === b.num && a.den === b.den;
}

/** The sum of two fractions. */
export function addRationals(a: Rational, b: Rational): Rational {
  if (a.den === 1n && b.den === 1n) return { num: a.num + b.num, den: 1n };
  return rational(a.num * b.den + b.num * a.den, a.den * b.den);
}

/** The product of two fractions. */
export function multiplyRationals(a: Rational, b: Rational): Rational {
  if (a.den === 1n && b.den === 1n) return { num: a.num * b.num, den: 1n };
  return rational(a.num * b.num, a.den * b.den);
}

/** The opposite of a fraction. */
export function negateRational({ num, den }: Rational): Rational {
  return { num: -num, den };
}

/** The quotient of whole numbers, rounded down; the divisor is positive. */
export function floorDivide(a: bigint, b: bigint): bigint {
  return a / b - (a % b < 0n ? 1n : 0n);
}

/** `12`, `-0.75`, `.5`, `1,234.5`, `6.02e23`; powers of ten beyond 10^5000 are refused. */
const MAX_PLACES = 5_000;
const DECIMAL = /^([+-]?)(\d{1,3}(?:,\d{3})+|\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/;

/**
 * Reads a plain decimal number exactly, or null when the text is not one.
 *
 * @example
 * ```ts
 * import { parseDecimal, rational } from "@potstill/evaluation";
 * import { rationalEquals } from "@potstill/grading/rational.ts";
 * const x = parseDecimal("1,234.50");
 * if (x === null || !rationalEquals(x, rational(2469n, 2n))) throw new Error("misread");
 * ```
 */
export function parseDecimal(text: string): Rational | null {
  const match = DECIMAL.exec(text.trim());
  if (match === null) return null;
  const [, sign, whole, fraction = "", exponent = "0"] = match;
  if (whole === "" && fraction === "") return null;
  const power = Number(exponent) - fraction.length;
  if (Math.abs(power) > MAX_PLACES || whole.length + fraction.length > MAX_PLACES) return null;
  const digits = BigInt((whole + fraction).replaceAll(",", ""));
  const signed = sign === "-" ? -digits : digits;
  return power >= 0
    ? rational(signed * 10n ** BigInt(power))
    : rational(signed, 10n ** BigInt(-power));
}
