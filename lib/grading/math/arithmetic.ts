import {
  addRationals,
  floorDivide,
  multiplyRationals,
  negateRational,
  type Rational,
  rational,
  rationalEquals,
} from "../rational.ts";
import {
  addBalls,
  type Ball,
  ballOf,
  bitLength,
  divideBalls,
  errorMagnitude,
  integerRoot,
  magnitude,
  multiplyBalls,
  negateBall,
  signOf,
  sqrtBall,
} from "./ball.ts";
import { type Budget, EvaluationFault } from "./budget.ts";
import { atanBall, cosSinBall, expBall, lnBall, piBall } from "./elementary.ts";
import {
  type BallValue,
  exactInteger,
  exactReal,
  type ExactValue,
  IMAGINARY_UNIT,
  imaginaryPart,
  isExactZero,
  type NumberValue,
  realPart,
} from "./number_value.ts";

/** Fractions of more bits are not written out: some 20,000 digits. */
const MAX_EXACT_BITS = 66_000;
const ONE = rational(1n);

/**
 * Arithmetic on values: exact as long as fractions suffice, else with `bits` bits and error bounds.
 *
 * In the real domain the square root of a negative number has no value, and neither has its
 * logarithm; else they are complex, on the principal branch. An odd root of a negative real number is
 * real in both.
 */
export class Arithmetic {
  /** The largest size met, in bits above or below 1: cancellation can cost twice as many. */
  size = 0;

  /**
   * Arithmetic for one evaluation.
   *
   * @param bits working precision
   * @param isReal whether the domain is the real numbers
   * @param budget pays for the work
   */
  constructor(readonly bits: number, readonly isReal: boolean, readonly budget: Budget) {}

  #spend(bits: number): void {
    this.budget.spend(1 + Math.floor((bits * bits) / 250_000));
  }

  #seen<V extends NumberValue>(value: V): V {
    const { re, im } = value;
    if (value.exact) {
      for (const part of [re, im] as Rational[]) {
        const bits = Math.max(bitLength(part.num), bitLength(part.den));
        if (bits > MAX_EXACT_BITS) throw new EvaluationFault("too-big");
        this.size = Math.max(this.size, bits);
        this.#spend(bits);
      }
      return value;
    }
    this.#spend(this.bits);
    for (const part of [re, im] as (Ball | null)[]) {
      if (part === null || signOf(part) === 0) continue;
      const bits = Math.abs(magnitude(part));
      if (bits > 1e12) throw new EvaluationFault("too-big");
      this.size = Math.max(this.size, bits);
    }
    return value;
  }

  /** The value with parts known to within an error. */
  toBalls(value: NumberValue): BallValue {
    if (!value.exact) return value;
    const part = ({ num, den }: Rational) => ballOf(num, den, this.bits);
    return { exact: false, re: part(value.re), im: value.im.num === 0n ? null : part(value.im) };
  }

  /** The sum. */
  add(a: NumberValue, b: NumberValue): NumberValue {
    if (a.exact && b.exact) {
      return this.#seen({
        exact: true,
        re: addRationals(a.re, b.re),
        im: addRationals(a.im, b.im),
      });
    }
    const [x, y] = [this.toBalls(a), this.toBalls(b)];
    const im = x.im === null ? y.im : y.im === null ? x.im : addBalls(x.im, y.im, this.bits);
    return this.#seen({ exact: false, re: addBalls(x.re, y.re, this.bits), im });
  }

  /** The opposite. */
  negate(a: NumberValue): NumberValue {
    if (a.exact) return { exact: true, re: negateRational(a.re), im: negateRational(a.im) };
    return { exact: false, re: negateBall(a.re), im: a.im === null ? null : negateBall(a.im) };
  }

  /** The difference. */
  subtract(a: NumberValue, b: NumberValue): NumberValue {
    return this.add(a, this.negate(b));
  }

  /** The product. */
  multiply(a: NumberValue, b: NumberValue): NumberValue {
    if (a.exact && b.exact) {
      if (a.im.num === 0n && b.im.num === 0n) {
        return this.#seen(exactReal(multiplyRationals(a.re, b.re)));
      }
      const re = addRationals(
        multiplyRationals(a.re, b.re),
        negateRational(multiplyRationals(a.im, b.im)),
      );
      const im = addRationals(multiplyRationals(a.re, b.im), multiplyRationals(a.im, b.re));
      return this.#seen({ exact: true, re, im });
    }
    // Zero times what is known to within an error is exactly zero.
    if (isExactZero(a) || isExactZero(b)) return exactInteger(0);
    const [x, y] = [this.toBalls(a), this.toBalls(b)];
    const times = (p: Ball, q: Ball) => multiplyBalls(p, q, this.bits);
    if (x.im === null && y.im === null) {
      return this.#seen({ exact: false, re: times(x.re, y.re), im: null });
    }
    const none = ballOf(0n, 1n, this.bits);
    const [xi, yi] = [x.im ?? none, y.im ?? none];
    return this.#seen({
      exact: false,
      re: addBalls(times(x.re, y.re), negateBall(times(xi, yi)), this.bits),
      im: addBalls(times(x.re, yi), times(xi, y.re), this.bits),
    });
  }

  /** The quotient. @throws {EvaluationFault} when the divisor is zero, or cannot be told from it */
  divide(a: NumberValue, b: NumberValue): NumberValue {
    if (b.exact && b.im.num === 0n) {
      if (b.re.num === 0n) throw new EvaluationFault("undefined");
      return this.multiply(a, exactReal(rational(b.re.den, b.re.num)));
    }
    if (b.exact) {
      const norm = addRationals(multiplyRationals(b.re, b.re), multiplyRationals(b.im, b.im));
      const inverse = rational(norm.den, norm.num);
      const conjugate: ExactValue = { exact: true, re: b.re, im: negateRational(b.im) };
      return this.multiply(this.multiply(a, conjugate), exactReal(inverse));
    }
    if (b.im !== null) {
      const conjugate: BallValue = { exact: false, re: b.re, im: negateBall(b.im) };
      const norm = this.multiply(b, conjugate) as BallValue;
      return this.divide(this.multiply(a, conjugate), { ...norm, im: null });
    }
    if (isExactZero(a)) return exactInteger(0);
    const x = this.toBalls(a);
    const by = b.re;
    const over = (p: Ball) => {
      const quotient = divideBalls(p, by, this.bits);
      if (quotient === null) throw new EvaluationFault("undefined");
      return quotient;
    };
    return this.#seen({ exact: false, re: over(x.re), im: x.im === null ? null : over(x.im) });
  }

  /** True if the value is zero, as far as can be told. */
  isZero(a: NumberValue): boolean {
    if (a.exact) return isExactZero(a);
    return signOf(a.re) === 0 && (a.im === null || signOf(a.im) === 0);
  }

  /** The sign of a real value. @throws {EvaluationFault} for complex ones */
  sign(a: NumberValue): -1 | 0 | 1 {
    this.checkReal(a);
    if (!a.exact) return signOf(a.re);
    return a.re.num === 0n ? 0 : a.re.num > 0n ? 1 : -1;
  }

  /** Makes sure that a value is real. @throws {EvaluationFault} when it is not */
  checkReal(a: NumberValue): void {
    const isReal = a.exact ? a.im.num === 0n : a.im === null || signOf(a.im) === 0;
    if (!isReal) throw new EvaluationFault("undefined");
  }

  /** The whole number that a value is, or null. Within a tiny error of one, it is taken for it. */
  integer(a: NumberValue): bigint | null {
    if (a.exact) return a.im.num === 0n && a.re.den === 1n ? a.re.num : null;
    if (a.im !== null && signOf(a.im) !== 0) return null;
    const floor = this.floor(a);
    const rest = this.subtract({ ...a, im: null }, exactInteger(floor));
    return this.isZero(rest) ? floor : null;
  }

  /** The largest whole number that is not above a real value. */
  floor(a: NumberValue): bigint {
    this.checkReal(a);
    if (a.exact) return floorDivide(a.re.num, a.re.den);
    const { m, r, e } = a.re;
    if (magnitude(a.re) > MAX_EXACT_BITS || errorMagnitude(a.re) > -20) {
      throw new EvaluationFault("too-big");
    }
    const low = e >= 0 ? (m - r) << BigInt(e) : (m - r) >> BigInt(-e);
    const high = e >= 0 ? (m + r) << BigInt(e) : (m + r) >> BigInt(-e);
    // A whole number within the error is taken for the value itself.
    return high > low ? high : low;
  }

  /** The square root. */
  sqrt(a: NumberValue): NumberValue {
    return this.root(a, 2);
  }

  /** The `n`-th root for whole n of 1 and more: real for real numbers where there is one. */
  root(a: NumberValue, n: number): NumberValue {
    const isReal = a.exact ? a.im.num === 0n : a.im === null;
    if (!isReal) return this.exp(this.divide(this.ln(a), exactInteger(n)));
    const sign = this.sign(a);
    if (sign === 0) {
      if (a.exact) return a;
      return { exact: false, re: sqrtBall(a.re, this.bits), im: null };
    }
    if (sign < 0) {
      if (n % 2 === 1) return this.negate(this.root(this.negate(a), n));
      if (this.isReal) throw new EvaluationFault("domain");
      if (n === 2) return this.multiply(IMAGINARY_UNIT, this.root(this.negate(a), 2));
      return this.exp(this.divide(this.ln(a), exactInteger(n)));
    }
    if (a.exact) {
      const exact = this.#exactRoot(a.re, n);
      if (exact !== null) return this.#seen(exactReal(exact));
    }
    const ball = this.toBalls(a).re;
    if (n === 2) return this.#seen({ exact: false, re: sqrtBall(ball, this.bits), im: null });
    return this.exp(this.divide(this.ln(a), exactInteger(n)));
  }

  #exactRoot({ num, den }: Rational, n: number): Rational | null {
    if (n > 1000) return null;
    this.#spend(Math.max(bitLength(num), bitLength(den)));
    const [top, bottom] = [integerRoot(num, n), integerRoot(den, n)];
    const k = BigInt(n);
    return top ** k === num && bottom ** k === den ? rational(top, bottom) : null;
  }

  /** A power. */
  power(base: NumberValue, exponent: NumberValue): NumberValue {
    const n = this.integer(exponent);
    if (n !== null) return this.#integerPower(base, n);
    if (exponent.exact && exponent.im.num === 0n && exponent.re.den <= 1000n) {
      const { num, den } = exponent.re;
      if (this.isZero(base)) {
        if (num < 0n) throw new EvaluationFault("undefined");
        return base.exact ? base : this.root(base, Number(den));
      }
      return this.#integerPower(this.root(base, Number(den)), num);
    }
    if (this.isZero(base)) {
      if (this.sign(exponent) <= 0) throw new EvaluationFault("undefined");
      return exactInteger(0);
    }
    return this.exp(this.multiply(exponent, this.ln(base)));
  }

  #integerPower(base: NumberValue, n: bigint): NumberValue {
    if (n < 0n) return this.divide(exactInteger(1), this.#integerPower(base, -n));
    if (n === 0n) {
      if (this.isZero(base)) throw new EvaluationFault("undefined");
      return exactInteger(1);
    }
    if (base.exact) {
      const { re, im } = base;
      if (im.num === 0n && (re.num === 0n || re.den === 1n && (re.num === 1n || re.num === -1n))) {
        return re.num === -1n && n % 2n === 0n ? exactInteger(1) : base;
      }
      const bits = Math.max(
        ...[re.num, re.den, im.num, im.den].map(bitLength),
      );
      if (im.num === 0n && BigInt(bits) * n <= MAX_EXACT_BITS) {
        return this.#seen(exactReal({ num: re.num ** n, den: re.den ** n }));
      }
      if (BigInt(2 * bits + 1) * n > MAX_EXACT_BITS) base = this.toBalls(base);
    }
    if (bitLength(n) > 60) throw new EvaluationFault("too-big");
    let result: NumberValue | null = null;
    for (let square = base;;) {
      if ((n & 1n) === 1n) result = result === null ? square : this.multiply(result, square);
      n >>= 1n;
      if (n === 0n) return result!;
      square = this.multiply(square, square);
    }
  }

  /** The exponential function. */
  exp(a: NumberValue): NumberValue {
    if (isExactZero(a)) return exactInteger(1);
    this.#spend(4 * this.bits);
    const { re, im } = this.toBalls(a);
    const size: BallValue = this.#seen({ exact: false, re: expBall(re, this.bits), im: null });
    if (im === null) return size;
    const [cos, sin] = cosSinBall(im, this.bits);
    return this.multiply(size, { exact: false, re: cos, im: sin });
  }

  /** The natural logarithm. */
  ln(a: NumberValue): NumberValue {
    if (this.isZero(a)) throw new EvaluationFault("undefined");
    if (a.exact && a.im.num === 0n && rationalEquals(a.re, ONE)) return exactInteger(0);
    this.#spend(8 * this.bits);
    const x = this.toBalls(a);
    const isReal = x.im === null;
    if (isReal && signOf(x.re) > 0) {
      return this.#seen({ exact: false, re: lnBall(x.re, this.bits), im: null });
    }
    if (this.isReal) throw new EvaluationFault("domain");
    const size = this.ln(this.absolute(a)) as BallValue | ExactValue;
    return this.add(size, this.multiply(IMAGINARY_UNIT, this.#argument(x)));
  }

  /** The absolute value. */
  absolute(a: NumberValue): NumberValue {
    const isReal = a.exact ? a.im.num === 0n : a.im === null;
    if (isReal) return this.sign(a) < 0 ? this.negate(a) : a;
    const part = (p: NumberValue) => this.multiply(p, p);
    return this.sqrt(this.add(part(realPart(a)), part(imaginaryPart(a))));
  }

  /** The angle of a complex number, above -pi and up to pi. */
  #argument(a: BallValue): NumberValue {
    const pi: BallValue = { exact: false, re: piBall(this.bits), im: null };
    if (a.im === null) return signOf(a.re) < 0 ? pi : exactInteger(0);
    const [x, y] = [signOf(a.re), signOf(a.im)];
    if (y === 0) return x < 0 ? pi : exactInteger(0);
    const half = this.divide(pi, exactInteger(y > 0 ? 2 : -2));
    if (x === 0) return half;
    const slope = this.atan(this.divide(imaginaryPart(a), realPart(a)));
    return x > 0 ? slope : this.add(slope, this.multiply(half, exactInteger(2)));
  }

  /** [cosine, sine]. */
  cosSin(a: NumberValue): readonly [NumberValue, NumberValue] {
    if (isExactZero(a)) return [exactInteger(1), exactInteger(0)];
    this.#spend(4 * this.bits);
    const x = this.toBalls(a);
    if (x.im === null) {
      const [cos, sin] = cosSinBall(x.re, this.bits);
      return [
        this.#seen({ exact: false, re: cos, im: null }),
        this.#seen({ exact: false, re: sin, im: null }),
      ];
    }
    const turn = this.multiply(IMAGINARY_UNIT, a);
    const [plus, minus] = [this.exp(turn), this.exp(this.negate(turn))];
    const two = exactInteger(2);
    return [
      this.divide(this.add(plus, minus), two),
      this.divide(this.subtract(plus, minus), this.multiply(two, IMAGINARY_UNIT)),
    ];
  }

  /** The arc tangent of a real number. */
  atan(a: NumberValue): NumberValue {
    this.checkReal(a);
    if (isExactZero(a)) return a;
    this.#spend(8 * this.bits);
    return this.#seen({ exact: false, re: atanBall(this.toBalls(a).re, this.bits), im: null });
  }

  /** pi. */
  pi(): NumberValue {
    return this.#seen({ exact: false, re: piBall(this.bits), im: null });
  }
}
