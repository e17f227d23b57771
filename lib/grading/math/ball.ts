/**
 * A real number known to within an error: it lies between `(m - r) 2^e` and `(m + r) 2^e`. Every
 * function on balls gives a ball that holds the true result, so that two balls which do not meet are
 * two numbers.
 */
export interface Ball {
  /** Middle, in units of 2^e. */
  readonly m: bigint;
  /** Radius in units of 2^e, not negative. */
  readonly r: bigint;
  /** Exponent. */
  readonly e: number;
}

/** The number of bits of a whole number, its sign aside. */
export function bitLength(n: bigint): number {
  if (n < 0n) n = -n;
  if (n === 0n) return 0;
  const hex = n.toString(16);
  return hex.length * 4 - Math.clz32(parseInt(hex[0], 16)) + 28;
}

const abs = (n: bigint) => n < 0n ? -n : n;
const max = (a: bigint, b: bigint) => a > b ? a : b;

/** Multiplies by a power of two, rounding down. */
export function shift(n: bigint, by: number): bigint {
  return by >= 0 ? n << BigInt(by) : n >> BigInt(-by);
}

/** The ball with at most `bits` bits in the middle. */
function trim(m: bigint, r: bigint, e: number, bits: number): Ball {
  const excess = Math.max(bitLength(m), bitLength(r)) - bits;
  if (excess <= 0) return { m, r, e };
  return { m: shift(m, -excess), r: shift(r, -excess) + 2n, e: e + excess };
}

/** A fraction as a ball of `bits` bits. */
export function ballOf(num: bigint, den: bigint, bits: number): Ball {
  if (den === 1n) return trim(num, 0n, 0, bits);
  const by = Math.max(0, bits + bitLength(den) - bitLength(num));
  return trim(shift(num, by) / den, 1n, -by, bits);
}

/** The sum. */
export function addBalls(a: Ball, b: Ball, bits: number): Ball {
  if (a.e < b.e) [a, b] = [b, a];
  if (a.m === 0n && a.r === 0n) return trim(b.m, b.r, b.e, bits);
  const by = a.e - b.e;
  // What lies far below the other's last place only widens the error; nor may a difference that is
  // zero as far as known be written out to the place of a number such as e^(-10^9).
  if (by > 2 * bits + bitLength(b.m)) {
    const fine = trim(shift(a.m, bits), shift(a.r, bits), a.e - bits, 3 * bits);
    return trim(fine.m, fine.r + 2n, fine.e, bits);
  }
  return trim(shift(a.m, by) + b.m, shift(a.r, by) + b.r, b.e, bits);
}

/** The opposite. */
export function negateBall(a: Ball): Ball {
  return { ...a, m: -a.m };
}

/** The product. */
export function multiplyBalls(a: Ball, b: Ball, bits: number): Ball {
  const r = abs(a.m) * b.r + abs(b.m) * a.r + a.r * b.r;
  return trim(a.m * b.m, r, a.e + b.e, bits);
}

/** The quotient; null when the divisor may be zero. */
export function divideBalls(a: Ball, b: Ball, bits: number): Ball | null {
  const size = abs(b.m);
  if (size <= b.r) return null;
  const by = Math.max(0, bits + bitLength(size) - bitLength(a.m));
  const r = shift(a.r * size + abs(a.m) * b.r, by) / (size * (size - b.r)) + 2n;
  return trim(shift(a.m, by) / b.m, r, a.e - b.e - by, bits);
}

/** The square root of a ball that is not negative; a ball around zero gives one around zero. */
export function sqrtBall(a: Ball, bits: number): Ball {
  const low = max(0n, a.m - a.r);
  const high = max(0n, a.m + a.r);
  let by = Math.max(0, 2 * bits - bitLength(high));
  if ((a.e - by) % 2 !== 0) by++;
  const [from, to] = [integerRoot(shift(low, by), 2), integerRoot(shift(high, by), 2) + 1n];
  return trim((from + to) / 2n, (to - from) / 2n + 2n, (a.e - by) / 2, bits);
}

/** The largest whole number whose `n`-th power is at most `value`, which is not negative. */
export function integerRoot(value: bigint, n: number): bigint {
  if (value < 2n) return value;
  const k = BigInt(n);
  // From above, Newton's steps fall to the root.
  let x = 1n << BigInt(Math.ceil(bitLength(value) / n));
  for (;;) {
    const next = ((k - 1n) * x + value / x ** (k - 1n)) / k;
    if (next >= x) return x;
    x = next;
  }
}

/** 1 or -1 when the sign is certain, 0 when zero lies within. */
export function signOf(a: Ball): -1 | 0 | 1 {
  return abs(a.m) <= a.r ? 0 : a.m > 0n ? 1 : -1;
}

/** A bound on the size, as a power of two: the number is below 2^this. */
export function magnitude(a: Ball): number {
  return bitLength(abs(a.m) + a.r) + a.e;
}

/** A bound on the error, as a power of two; -Infinity when there is none. */
export function errorMagnitude(a: Ball): number {
  return a.r === 0n ? -Infinity : bitLength(a.r) + a.e;
}
