import { type MathSpan, mathSpans } from "./math_spans.ts";

const NUMBER =
  /(?:(?<![\w)\]}])[-+])?(?:\d+(?:,\d{3,})*(?:\.\d+)?|(?<![\w.])\.\d+)(?:\s{0,2}\/\s{0,2}\d+)?%?/g;
const NAME = /^[&\s]*\\?[a-zA-Z]+(?:_\{?\w+\}?)?(?:\([a-zA-Z0-9, ]{1,20}\))?\s*$/;

/** The last formula or number of a sentence, or null when it has none. */
export function lastValue(text: string): string | null {
  const span = mathSpans(text).at(-1);
  const tail = span === undefined ? text : text.slice(span.end);
  const number = tail.match(NUMBER)?.at(-1);
  if (number !== undefined) return number;
  return span === undefined ? null : valueOf(span);
}

/** The formula or number that a text begins with, or null when it begins with a word. */
export function firstValue(text: string): string | null {
  const [span] = mathSpans(text);
  if (span !== undefined && text.slice(0, span.start).trim() === "") return valueOf(span);
  const number = new RegExp(`^\\s*\\$?(${NUMBER.source})`).exec(text.slice(0, 200));
  return number?.[1] ?? null;
}

/** Of a computation its result: what stands behind the last equals sign. */
function valueOf({ content }: MathSpan): string {
  let formula = content;
  if (/\\begin\{(?:align|aligned|gather|split|eqnarray)\*?\}/.test(formula)) {
    formula = formula.replace(/\\(?:begin|end)\{(?:align|aligned|gather|split|eqnarray)\*?\}/g, "");
    formula = formula.split("\\\\").map((line) =>
      line.trim()
    ).filter((line) => line !== "").at(-1) ??
      content;
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
