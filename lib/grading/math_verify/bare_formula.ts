const DELIMITED = /(?<!\\)\$|\\\(|\\\[|\\(?:boxed|fbox)(?![a-zA-Z])/;
/** Texts outside of LaTeX that Math-Verify reads as a number or a computation. */
const PLAIN = /^\s*[-+]?[$€£¥]?[\d\s.,+\-*/^()×÷]*\d[\d\s.,+\-*/^()×÷]*(?:%|percent|pct)?\s*$/i;
const WORD = /(?<![\\a-zA-Z])[a-zA-Z]{3,}/g;

/**
 * A text as Math-Verify is to read it: a formula without delimiters, as answers and gold answers of
 * benchmarks are written, in dollar signs; anything else as it is. Math-Verify looks for formulas
 * between delimiters only, and would take a single number out of one that has none.
 *
 * @example
 * ```ts
 * import { delimited } from "@potstill/grading/math_verify/bare_formula.ts";
 * if (delimited("x^2+1") !== "$x^2+1$") throw new Error("a formula");
 * if (delimited("28 percent") !== "28 percent") throw new Error("a number");
 * ```
 */
export function delimited(text: string): string {
  const trimmed = text.trim();
  if (trimmed === "" || DELIMITED.test(text)) return text;
  if (PLAIN.test(trimmed) && !/[()]\s*$|^\s*\(|,\s|,\D|\d\^/.test(trimmed)) return text;
  const words = trimmed.replace(/\\[a-zA-Z]+\s?\{[^{}]{0,200}\}|\\[a-zA-Z]+/g, " ").match(WORD) ??
    [];
  const isProse = words.length > 1 ||
    (words.length === 1 && /\s/.test(trimmed) && !/[\\^=]/.test(text));
  return isProse || trimmed.includes("\n\n") ? text : `$${trimmed}$`;
}
