/** An answer to a question with choices. */
export interface Choice {
  /** The letter, from A to J. */
  readonly letter: string;
  /** Text behind the letter; empty where there is the letter only. */
  readonly content: string;
}

const LETTER = /^\(?([A-J])\)?\.?$/;
const MARKED =
  /^(?:\(([A-J])\)|([A-J])[).:])\s+(?![-+*/=^_<>,;&([{]|and\b|or\b|\(?[A-J]\b)(\S[\s\S]*)$/;

/**
 * The choice that a text names, as in `B`, `(B)`, `\textbf{(B)}\ 45` and `B. 45`, or null for any
 * other text. A letter before a formula without a mark, as in `B + 1`, is a symbol; several
 * letters, as in `(A), (C)`, are no single choice.
 *
 * @example
 * ```ts
 * import { choiceOf } from "@potstill/grading/reading/choice.ts";
 * if (choiceOf("\\textbf{(B)}\\ 45")?.content !== "45") throw new Error("no choice");
 * ```
 */
export function choiceOf(text: string): Choice | null {
  const plain = text.trim().replace(/^[$*\s]+|[$*\s]+$/g, "")
    .replace(/^\\(?:textbf|text|mathrm|mathbf|textrm|mbox)\s?\{([^{}]{1,40})\}/, "$1")
    .replace(/^(\(?[A-J]\)?[.:]?)\s?(?:\\[ ,;]|\\q?quad|[~$*]|\s)+/, "$1 ").trim();
  const letter = LETTER.exec(plain);
  if (letter !== null) return { letter: letter[1], content: "" };
  const marked = MARKED.exec(plain);
  return marked === null ? null : { letter: marked[1] ?? marked[2], content: marked[3] };
}
