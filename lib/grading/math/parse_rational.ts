import { parseDecimal, type Rational, rational } from "../rational.ts";
import { groupEnd } from "./scan_groups.ts";

/** A number with how it was written. */
export interface WrittenNumber {
  /** The number, exactly. */
  readonly value: Rational;
  /** True if it was written with a decimal point or an exponent, and so may be rounded. */
  readonly isDecimal: boolean;
  /** Significant digits written. */
  readonly digits: number;
  /** The value of one unit in the last place written, or 0 for a fraction, which is exact. */
  readonly resolution: Rational;
}

/**
 * Reads an exact number from LaTeX: integers, decimals, `\frac{a}{b}`, `a/b`, mixed numbers
 * (`1\frac{4}{5}`, `1 4/5`), `a \times 10^{n}`. Null when the text is anything more.
 */
export function parseRational(latex: string): WrittenNumber | null {
  const text = latex.replace(/\s+/g, " ").trim();
  const sign = /^([+-])\s*(.+)$/.exec(text);
  if (sign !== null) {
    const inner = parseRational(sign[2]);
    if (inner === null || /^[+-]/.test(sign[2])) return null;
    return sign[1] === "+" ? inner : negate(inner);
  }
  // 2e+1 is twice Euler's number and one; Python writes the exponent of a float with two digits.
  const decimal = /^\d+e[+-]\d$/.test(text) ? null : parseDecimal(text);
  if (decimal !== null) {
    const isDecimal = /[.eE]/.test(text);
    return {
      value: decimal,
      isDecimal,
      digits: significantDigits(text),
      resolution: lastPlace(text),
    };
  }
  if (/^\{.*\}$/.test(text) && groupEnd(text, 0) === text.length) {
    return parseRational(text.slice(1, -1));
  }
  if (/^\(.*\)$/.test(text) && groupEnd(text, 0) === text.length) {
    return parseRational(text.slice(1, -1));
  }
  const scientific = /^(.+?)\s*\\(?:times|cdot)\s*10\s*\^\s*(?:\{\s*([+-]?\d{1,3})\s*\}|(\d))$/
    .exec(text);
  if (scientific !== null) {
    const mantissa = parseDecimal(scientific[1]);
    const power = Number(scientific[2] ?? scientific[3]);
    if (mantissa === null || Math.abs(power) > 400) return null;
    const scale = 10n ** BigInt(Math.abs(power));
    const value = power >= 0
      ? rational(mantissa.num * scale, mantissa.den)
      : rational(mantissa.num, mantissa.den * scale);
    const place = lastPlace(scientific[1]);
    const resolution = power >= 0
      ? rational(place.num * scale, place.den)
      : rational(place.num, place.den * scale);
    return { value, isDecimal: true, digits: significantDigits(scientific[1]), resolution };
  }
  const fraction = /^(\d+)?\s*\\frac\s*\{/.exec(text);
  if (fraction !== null) {
    const open = fraction[0].length - 1;
    const middle = groupEnd(text, open);
    if (middle === -1 || text[middle] !== "{" || groupEnd(text, middle) !== text.length) {
      return null;
    }
    const top = parseRational(text.slice(open + 1, middle - 1));
    const bottom = parseRational(text.slice(middle + 1, -1));
    return mixed(fraction[1], top, bottom);
  }
  const slash = /^(?:(\d+)[ +])?\s*([^/\s]+)\s*\/\s*([^/\s]+)$/.exec(text);
  if (slash !== null) return mixed(slash[1], parseRational(slash[2]), parseRational(slash[3]));
  return null;
}

function mixed(
  whole: string | undefined,
  top: WrittenNumber | null,
  bottom: WrittenNumber | null,
): WrittenNumber | null {
  if (top === null || bottom === null || bottom.value.num === 0n) return null;
  const quotient = rational(top.value.num * bottom.value.den, top.value.den * bottom.value.num);
  const isDecimal = top.isDecimal || bottom.isDecimal;
  const rest = { isDecimal, digits: Math.min(top.digits, bottom.digits), resolution: rational(0n) };
  if (whole === undefined) return { value: quotient, ...rest };
  // 2\frac{3}{4} is a mixed number; 2\frac{7}{4} is not written so.
  if (quotient.num < 0n || quotient.num >= quotient.den) return null;
  const value = rational(BigInt(whole) * quotient.den + quotient.num, quotient.den);
  return { value, ...rest };
}

function negate(number: WrittenNumber): WrittenNumber {
  return { ...number, value: { num: -number.value.num, den: number.value.den } };
}

function significantDigits(text: string): number {
  return text.replace(/[eE].*$/, "").replace(/[^\d]/g, "").replace(/^0+/, "").length;
}

function lastPlace(text: string): Rational {
  const [mantissa, exponent = "0"] = text.trim().split(/[eE]/);
  const point = mantissa.indexOf(".");
  const power = Number(exponent) - (point === -1 ? 0 : mantissa.length - point - 1);
  return power >= 0 ? rational(10n ** BigInt(power)) : rational(1n, 10n ** BigInt(-power));
}
