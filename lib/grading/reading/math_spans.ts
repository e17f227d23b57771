/** A stretch of a text that is set as mathematics. */
export interface MathSpan {
  /** Beginning in the text, including its delimiter. */
  readonly start: number;
  /** End in the text, including its delimiter. */
  readonly end: number;
  /** Text between the delimiters. */
  readonly content: string;
}

const DELIMITER = /\\[()[\]\\$]|\${1,2}/g;
const CLOSING: Readonly<Record<string, string>> = { "\\(": "\\)", "\\[": "\\]" };
const FUNCTIONS = /^(?:sin|cos|tan|cot|sec|csc|log|exp|max|min|lim|mod|gcd|lcm|sqrt|pmod|and|deg)$/;
const MAX_LENGTH = 2_000;

/**
 * The parts of a text between `$`, `$$`, `\(` and `\[` and what closes them, in order. A dollar sign
 * before words, as in `$5 for each of the $7 seats`, is money.
 */
export function mathSpans(text: string): MathSpan[] {
  const marks = [...text.matchAll(DELIMITER)].map(({ index, 0: mark }) => ({ index, mark }));
  const spans: MathSpan[] = [];
  for (let i = 0; i < marks.length - 1; i++) {
    const { index, mark } = marks[i];
    if (!mark.startsWith("$") && CLOSING[mark] === undefined) continue;
    const start = index + mark.length;
    const closing = CLOSING[mark] ?? mark;
    let j = i + 1;
    // The closing mark is the next one, but for line breaks and escaped dollars in between.
    while (j < marks.length && (marks[j].mark === "\\\\" || marks[j].mark === "\\$")) j++;
    const close = marks[j];
    if (close === undefined || close.mark !== closing) continue;
    const content = text.slice(start, close.index);
    if (content.length > MAX_LENGTH || content.trim() === "" || isWorded(content, mark)) continue;
    spans.push({ start: index, end: close.index + closing.length, content: content.trim() });
    i = j;
  }
  return spans;
}

function isWorded(content: string, mark: string): boolean {
  if (mark !== "$") return false;
  if (/\n\s*\n/.test(content)) return true;
  const words = content.replace(/\\[a-zA-Z]+\s?\{[^{}]{0,200}\}/g, "").match(
    /(?<![\\a-zA-Z])[a-zA-Z]{3,}/g,
  );
  return words !== null && words.some((word) => !FUNCTIONS.test(word));
}
