/** A part of a text, from its first character up to the one after its last. */
export interface Span {
  /** Place of the first character. */
  readonly start: number;
  /** Place after the last character. */
  readonly end: number;
}

/** The lines of a text; the one that was asked for last is not looked for again. */
export class TextLines {
  readonly #text: string;
  #line: Span = { start: 0, end: -1 };

  /** The lines of a text. */
  constructor(text: string) {
    this.#text = text;
  }

  /** The line around a place, without its line break. */
  around(at: number): Span {
    if (at < this.#line.start || at > this.#line.end) {
      const end = this.#text.indexOf("\n", at);
      this.#line = {
        start: at === 0 ? 0 : this.#text.lastIndexOf("\n", at - 1) + 1,
        end: end === -1 ? this.#text.length : end,
      };
    }
    return this.#line;
  }

  /** Text from an offset to the end of its line, at most `limit` characters. */
  rest(at: number, limit: number): string {
    return this.#text.slice(at, Math.min(this.around(at).end, at + limit));
  }
}

/** True if a sticky pattern matches at an offset. */
export function matchesAt(pattern: RegExp, text: string, at: number): boolean {
  pattern.lastIndex = at;
  return pattern.test(text);
}

/** True if three backticks or tildes stand at an offset. */
export function isFence(text: string, at: number): boolean {
  return text.startsWith("```", at) || text.startsWith("~~~", at);
}

/** Number of repetitions of the character at an offset. */
export function runLength(text: string, at: number): number {
  let end = at + 1;
  while (end < text.length && text[end] === text[at]) end++;
  return end - at;
}

/** The place after spaces and tabs. */
export function skipSpaces(text: string, at: number): number {
  while (text[at] === " " || text[at] === "\t") at++;
  return at;
}

/** The place after white space. */
export function skipWhiteSpace(text: string, at: number): number {
  while (at < text.length && /\s/.test(text[at])) at++;
  return at;
}

/** True if a part of a text is only white space. */
export function isBlank(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (!/\s/.test(text[at])) return false;
  return true;
}
