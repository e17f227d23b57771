import { bareFormulas } from "./bare_formulas.ts";
import { type MathSpan, mathSpans } from "./math_spans.ts";

const NAME = /^[&\s]*\\?[a-zA-Z]+(?:_\{?\w+\}?)?(?:\([a-zA-Z0-9, ]{1,20}\))?\s*$/;
const ENVIRONMENT = /\\(?:begin|end)\{(?:align|aligned|gather|split|eqnarray)\*?\}/g;
/** Distance around a number within which a formula without delimiters is looked for. */
const AROUND = 300;

/** The last formula or number of a sentence, or null when it has none. */
export function lastValue(text: string): string | null {
  const span = mathSpans(text).at(-1);
  const tail = span === undefined ? text : text.slice(span.end);
  const at = lastDigit(tail);
  const near = tail.slice(Math.max(0, at - AROUND), at === -1 ? AROUND : at + AROUND);
  return bareFormulas(near).at(-1)?.text ?? (span === undefined ? null : valueOf(span));
}

/** The formula or number that a text begins with, or null when it begins with a word. */
export function firstValue(text: string): string | null {
  const [span] = mathSpans(text);
  if (span !== undefined && text.slice(0, span.start).trim() === "") return valueOf(span);
  const [bare] = bareFormulas(text.slice(0, AROUND));
  return bare !== undefined && /^[\s$]*$/.test(text.slice(0, bare.start)) ? bare.text : null;
}

function lastDigit(text: string): number {
  for (let i = text.length - 1; i >= 0; i--) if (text[i] >= "0" && text[i] <= "9") return i;
  return -1;
}

/** Of a computation its result: what stands behind the last equals sign. */
function valueOf({ content }: MathSpan): string {
  let formula = content;
  if (content.search(ENVIRONMENT) !== -1) {
    const lines = content.replace(ENVIRONMENT, "").split("\\\\").map((line) => line.trim());
    formula = lines.filter((line) => line !== "").at(-1) ?? content;
  }
  const sides = formula.split(/(?<![<>!:\\])&?=(?!=)/);
  const right = sides.at(-1)!.trim();
  const left = sides[0];
  const isComputed = sides.length > 2 || /\\text|\\mathrm/.test(left) ||
    !/[a-zA-Z]/.test(left.replace(/\\[a-zA-Z]+/g, ""));
  if (sides.length > 1 && right !== "" && isComputed) formula = right;
  const [before, after] = formula.split(/\\approx|≈/);
  return after !== undefined && after.trim() !== "" && NAME.test(before) ? after.trim() : formula;
}
