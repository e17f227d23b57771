import type { Rational } from "../../grading/rational.ts";

/**
 * A fraction as a gold answer states it: `-7`, `\frac{3}{4}` or `-\frac{3}{4}`.
 *
 * @example
 * ```ts
 * import { rational } from "@potstill/evaluation";
 * import { rationalText } from "@potstill/lab/math/rational_text.ts";
 * if (rationalText(rational(6n, -8n)) !== "-\\frac{3}{4}") throw new Error();
 * ```
 */
export function rationalText({ num, den }: Rational): string {
  if (den === 1n) return String(num);
  return `${num < 0n ? "-" : ""}\\frac{${num < 0n ? -num : num}}{${den}}`;
}
