import { type Ball, bitLength, errorMagnitude, magnitude, shift, signOf } from "./ball.ts";
import { EvaluationFault } from "./budget.ts";

/** Bits beyond those asked for, so that the errors of series and reductions stay below the last place. */
const GUARD = 64;
/** Arguments of exp beyond 2^this have values of no use. */
const MAX_EXPONENT_BITS = 40;
/** Arguments of sin and cos beyond 2^this would need as many digits of pi. */
const MAX_ANGLE_BITS = 4_000;

/** A ball's middle as a whole number of units of 2^-bits. */
function toFixed(a: Ball, bits: number): bigint {
  return shift(a.m, a.e + bits);
}

/** A fixed-point value with an error of 2^-bits, and whatever error its argument had. */
function fromFixed(value: bigint, fixed: number, bits: number, error: number): Ball {
  const own = GUARD / 2;
  const r = 1n << BigInt(own);
  const extra = error === -Infinity ? 0n : shift(1n, Math.max(0, error + fixed)) + 1n;
  const excess = Math.max(0, bitLength(value) - bits);
  return { m: shift(value, -excess), r: shift(r + extra, -excess) + 2n, e: excess - fixed };
}

const cache = new Map<string, bigint>();

function cached(name: string, fixed: number, make: () => bigint): bigint {
  const key = `${name}${fixed}`;
  let value = cache.get(key);
  if (value === undefined) {
    if (cache.size > 200) cache.clear();
    value = make();
    cache.set(key, value);
  }
  return value;
}

/** The sum of x^(2k+1) / (2k+1) for x = 1/n, with alternating signs or not. */
function inverseSeries(n: bigint, one: bigint, alternating: boolean): bigint {
  let term = one / n;
  let sum = term;
  for (let k = 3n; term !== 0n; k += 2n) {
    term /= n * n;
    sum += alternating && (k & 2n) !== 0n ? -(term / k) : term / k;
  }
  return sum;
}

/** pi in units of 2^-fixed, by Machin's formula. */
function fixedPi(fixed: number): bigint {
  return cached("pi", fixed, () => {
    const one = 1n << BigInt(fixed + 16);
    const sum = 16n * inverseSeries(5n, one, true) - 4n * inverseSeries(239n, one, true);
    return sum >> 16n;
  });
}

function fixedLn2(fixed: number): bigint {
  return cached("ln2", fixed, () => {
    const one = 1n << BigInt(fixed + 16);
    const sum = 18n * inverseSeries(26n, one, false) - 2n * inverseSeries(4801n, one, false) +
      8n * inverseSeries(8749n, one, false);
    return sum >> 16n;
  });
}

/** pi. */
export function piBall(bits: number): Ball {
  return fromFixed(fixedPi(bits + GUARD), bits + GUARD, bits, -Infinity);
}

/** [exp(x) / 2^k in units of 2^-fixed, k]. */
function fixedExp(x: bigint, fixed: number): readonly [bigint, number] {
  const ln2 = fixedLn2(fixed + 48);
  const k = (x << 48n) / ln2;
  const halvings = 12;
  const work = fixed + 2 * halvings;
  const rest = shift((x << 48n) - k * ln2, work - fixed - 48) >> BigInt(halvings);
  const one = 1n << BigInt(work);
  let term = one;
  let sum = one;
  for (let n = 1n; term !== 0n && term !== -1n; n++) {
    term = (term * rest >> BigInt(work)) / n;
    sum += term;
  }
  for (let i = 0; i < halvings; i++) sum = sum * sum >> BigInt(work);
  return [shift(sum, fixed - work), Number(k)];
}

/** [cos, sin] in units of 2^-fixed. */
function fixedCosSin(x: bigint, fixed: number): readonly [bigint, bigint] {
  const extra = Math.max(0, bitLength(x) - fixed) + 8;
  const halfPi = fixedPi(fixed + extra) >> 1n;
  const wide = x << BigInt(extra);
  const quarter = (wide + (halfPi >> 1n)) / halfPi - (wide + (halfPi >> 1n) < 0n ? 1n : 0n);
  const halvings = 8;
  const work = fixed + 4 * halvings;
  const rest = shift(wide - quarter * halfPi, work - fixed - extra) >> BigInt(halvings);
  const one = 1n << BigInt(work);
  let [term, cos, sin] = [one, one, 0n];
  for (let n = 1n; term !== 0n && term !== -1n; n++) {
    term = (term * rest >> BigInt(work)) / n;
    const sign = (n & 2n) !== 0n ? -1n : 1n;
    if ((n & 1n) === 1n) sin += sign * term;
    else cos += sign * term;
  }
  for (let i = 0; i < halvings; i++) {
    [cos, sin] = [cos * cos - sin * sin >> BigInt(work), cos * sin >> BigInt(work - 1)];
  }
  [cos, sin] = [shift(cos, fixed - work), shift(sin, fixed - work)];
  const turn = Number(((quarter % 4n) + 4n) % 4n);
  return [[cos, sin], [-sin, cos], [-cos, -sin], [sin, -cos]][turn] as [bigint, bigint];
}

function checkArgument(a: Ball, most: number): void {
  if (magnitude(a) > most || errorMagnitude(a) > -4) {
    throw new EvaluationFault("too-big");
  }
}

/** The exponential function. @throws {EvaluationFault} for arguments beyond 2^40 */
export function expBall(a: Ball, bits: number): Ball {
  checkArgument(a, MAX_EXPONENT_BITS);
  const fixed = bits + GUARD;
  const [value, k] = fixedExp(toFixed(a, fixed), fixed);
  const ball = fromFixed(value, fixed, bits, errorMagnitude(a) + 2);
  return { ...ball, e: ball.e + k };
}

/** Cosine and sine. @throws {EvaluationFault} for arguments beyond 2^4000 */
export function cosSinBall(a: Ball, bits: number): readonly [Ball, Ball] {
  checkArgument(a, MAX_ANGLE_BITS);
  const fixed = bits + GUARD;
  const [cos, sin] = fixedCosSin(toFixed(a, fixed), fixed);
  const error = errorMagnitude(a) + 1;
  return [fromFixed(cos, fixed, bits, error), fromFixed(sin, fixed, bits, error)];
}

/** The natural logarithm of a positive ball. @throws {EvaluationFault} when zero is too near */
export function lnBall(a: Ball, bits: number): Ball {
  const relative = a.r === 0n ? -Infinity : bitLength(a.r) - bitLength(a.m) + 1;
  if (a.m <= 0n || relative > -4) throw new EvaluationFault("too-big");
  const fixed = bits + GUARD;
  const power = bitLength(a.m);
  // a = x 2^(power + e) with x between 1/2 and 1.
  const x = shift(a.m, fixed - power);
  let y = BigInt(Math.round(Math.log(Number(shift(a.m, 60 - power)) / 2 ** 60) * 2 ** 52));
  y = shift(y, fixed - 52);
  // Halley's steps: each has three times the digits of the one before.
  for (let known = 45; known < 4 * fixed; known *= 3) {
    const [value, k] = fixedExp(y, fixed);
    const exp = shift(value, k);
    y += ((x - exp) << BigInt(fixed + 1)) / (x + exp);
  }
  const value = y + BigInt(power + a.e) * fixedLn2(fixed + 32) / (1n << 32n);
  return fromFixed(value, fixed, bits, relative + 1);
}

/** The arc tangent. */
export function atanBall(a: Ball, bits: number): Ball {
  const fixed = bits + GUARD;
  if (errorMagnitude(a) > -4) throw new EvaluationFault("too-big");
  const isLarge = magnitude(a) > 1;
  // Of what is this large the quarter turn differs by less than the last place.
  if (signOf(a) !== 0 && magnitude(a) > 2 * fixed) {
    const quarter = fixedPi(fixed) >> 1n;
    return fromFixed(a.m < 0n ? -quarter : quarter, fixed, bits, -fixed);
  }
  // atan x = +-pi/2 - atan(1/x)
  const x = isLarge ? (1n << BigInt(2 * fixed)) / toFixed(a, fixed) : toFixed(a, fixed);
  let t = shift(
    BigInt(Math.round(Math.atan(Number(shift(x, 52 - fixed)) / 2 ** 52) * 2 ** 52)),
    fixed - 52,
  );
  for (let known = 45; known < 4 * fixed; known *= 3) {
    const [cos, sin] = fixedCosSin(t, fixed);
    const d = ((x * cos >> BigInt(fixed)) - sin << BigInt(fixed)) /
      (cos + (x * sin >> BigInt(fixed)));
    t += d - (d * d * d >> BigInt(2 * fixed)) / 3n;
  }
  const halfPi = fixedPi(fixed) >> 1n;
  const value = isLarge ? (x < 0n ? -halfPi : halfPi) - t : t;
  return fromFixed(value, fixed, bits, errorMagnitude(a) + 1);
}
