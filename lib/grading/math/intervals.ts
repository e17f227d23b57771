import { addRationals, negateRational, type Rational } from "../rational.ts";
import type { MathAnswer, TupleAnswer, UnionAnswer } from "./math_answer.ts";
import { parseExpression } from "./parse_expression.ts";
import { parseRational } from "./parse_rational.ts";

/** An interval. */
export function interval(
  low: string,
  isLowClosed: boolean,
  high: string,
  isHighClosed: boolean,
): TupleAnswer {
  return {
    type: "tuple",
    open: isLowClosed ? "[" : "(",
    close: isHighClosed ? "]" : ")",
    items: [parseExpression(low), parseExpression(high)],
  };
}

/** The number that an answer is, or null. */
function numberOf(answer: MathAnswer): Rational | null {
  return answer.type === "expression" ? parseRational(answer.latex)?.value ?? null : null;
}

function isBelow(a: Rational, b: Rational): boolean {
  return addRationals(a, negateRational(b)).num < 0n;
}

/** All real numbers but some, as a union of open intervals from left to right. */
export function allBut(points: readonly MathAnswer[]): UnionAnswer {
  const sorted = [...points];
  const numbers = points.map(numberOf);
  if (numbers.every((number) => number !== null)) {
    sorted.sort((a, b) => isBelow(numberOf(a)!, numberOf(b)!) ? -1 : 1);
  }
  const ends = [parseExpression("-\\infty"), ...sorted, parseExpression("\\infty")];
  return {
    type: "union",
    items: ends.slice(1).map((end, i) => ({
      type: "tuple",
      open: "(",
      close: ")",
      items: [ends[i], end],
    })),
  };
}

/** "x > 1 and x < 3" as one interval; null for anything but two half-lines that meet. */
export function intersection(parts: readonly MathAnswer[]): TupleAnswer | null {
  if (
    parts.length !== 2 || parts.some((part) => part.type !== "tuple" || part.items.length !== 2)
  ) {
    return null;
  }
  const [a, b] = parts as readonly TupleAnswer[];
  const isFrom = (t: TupleAnswer) => isInfinite(t.items[1], "\\infty");
  const isTo = (t: TupleAnswer) => isInfinite(t.items[0], "-\\infty");
  const [from, to] = isFrom(a) ? [a, b] : [b, a];
  if (!isFrom(from) || isTo(from) || !isTo(to) || isFrom(to)) return null;
  const [low, high] = [numberOf(from.items[0]), numberOf(to.items[1])];
  // "x < 1 and x > 3" is meant as two.
  if (low !== null && high !== null && !isBelow(low, high)) return null;
  return { type: "tuple", open: from.open, close: to.close, items: [from.items[0], to.items[1]] };
}

function isInfinite(answer: MathAnswer, latex: string): boolean {
  return answer.type === "expression" && answer.latex === latex;
}
