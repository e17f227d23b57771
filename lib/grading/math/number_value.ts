import { type Rational, rational } from "../rational.ts";
import type { Ball } from "./ball.ts";

/** A complex number whose parts are exact fractions. */
export interface ExactValue {
  /** Tells it from a {@link BallValue}. */
  readonly exact: true;
  /** Real part. */
  readonly re: Rational;
  /** Imaginary part. */
  readonly im: Rational;
}

/** A complex number whose parts are known to within an error. */
export interface BallValue {
  /** Tells it from an {@link ExactValue}. */
  readonly exact: false;
  /** Real part. */
  readonly re: Ball;
  /** Imaginary part, or null when the number is real. */
  readonly im: Ball | null;
}

/** The value of a formula. */
export type NumberValue = ExactValue | BallValue;

const ZERO = rational(0n);

/** An exact real value. */
export function exactReal(re: Rational): ExactValue {
  return { exact: true, re, im: ZERO };
}

/** A whole number as a value. */
export function exactInteger(n: bigint | number): ExactValue {
  return exactReal(rational(BigInt(n)));
}

/** The imaginary unit. */
export const IMAGINARY_UNIT: ExactValue = { exact: true, re: ZERO, im: rational(1n) };

/** True if the value is known to be zero. */
export function isExactZero(a: NumberValue): boolean {
  return a.exact && a.re.num === 0n && a.im.num === 0n;
}

/** The real part as a value. */
export function realPart(a: NumberValue): NumberValue {
  return a.exact ? exactReal(a.re) : { exact: false, re: a.re, im: null };
}

/** The imaginary part as a value. */
export function imaginaryPart(a: NumberValue): NumberValue {
  if (a.exact) return exactReal(a.im);
  return a.im === null ? exactInteger(0) : { exact: false, re: a.im, im: null };
}
