/** A token of a formula in LaTeX. */
export interface FormulaToken {
  /** Kind of token; every sign that is no letter, digit or command is its own token. */
  readonly kind: "number" | "letter" | "command" | "sign";
  /** As written. */
  readonly text: string;
  /** True if white space came before. */
  readonly isSpaced: boolean;
}

/** `2e+1` is twice Euler's number and one; Python writes the exponent of a float with two digits. */
const TOKEN =
  /(\s*)(?:(\\[a-zA-Z]+|\\[^a-zA-Z])|((?:\d+\.?\d*|\.\d+)(?:[eE](?:[+-]\d{2,}|\d+))?)|([a-zA-Z])|([^\s\\]))/y;

/** Splits a formula into tokens; null when something is no token, such as a lone backslash. */
export function formulaTokens(latex: string): FormulaToken[] | null {
  const tokens: FormulaToken[] = [];
  const text = latex.trimEnd();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text);
    if (match === null) return null;
    const [, space, command, number, letter, sign] = match;
    tokens.push({
      kind: command !== undefined
        ? "command"
        : number !== undefined
        ? "number"
        : letter !== undefined
        ? "letter"
        : "sign",
      text: command ?? number ?? letter ?? sign,
      isSpaced: space !== "",
    });
  }
  return tokens;
}

/** The tokens as one text: equal for formulas that are written alike but for white space and braces. */
export function tokensKey(tokens: readonly FormulaToken[]): string {
  return tokens.map((token, i) => {
    // "4 2" is not 42.
    const isGap = token.isSpaced && token.kind === "number" && tokens[i - 1]?.kind === "number";
    return `${isGap ? " " : ""}${token.text}`;
  }).join(" ");
}

/** Closes what the keyed token opens. */
export const CLOSING: Readonly<Record<string, string>> = {
  "(": ")",
  "[": "]",
  "{": "}",
  "\\{": "\\}",
  "\\lfloor": "\\rfloor",
  "\\lceil": "\\rceil",
  "\\langle": "\\rangle",
};
const CLOSERS: ReadonlySet<string> = new Set(Object.values(CLOSING));

/** Thrown where a text is no formula; caught by the parser. */
export class FormulaError extends Error {
  /** Its name. */
  override name = "FormulaError";
}

/** A position in a formula's tokens. */
export class TokenCursor {
  /** Index of the next token. */
  at = 0;

  /**
   * A position before the first token.
   *
   * @param tokens all tokens of the formula
   */
  constructor(readonly tokens: readonly FormulaToken[]) {}

  /** The text of the token `ahead` places on; empty at the end. */
  peek(ahead = 0): string {
    return this.tokens[this.at + ahead]?.text ?? "";
  }

  /** The token itself. */
  token(ahead = 0): FormulaToken | undefined {
    return this.tokens[this.at + ahead];
  }

  /** Takes the next token. @throws {FormulaError} at the end */
  next(): FormulaToken {
    const token = this.tokens[this.at];
    if (token === undefined) throw new FormulaError("the formula ends too early");
    this.at++;
    return token;
  }

  /** Takes the next token when it is `text`. */
  accept(text: string): boolean {
    if (this.peek() !== text) return false;
    this.at++;
    return true;
  }

  /** Takes the next token, which must be `text`. @throws {FormulaError} when it is another */
  expect(text: string): void {
    if (!this.accept(text)) throw new FormulaError(`${text} is missing`);
  }

  /** The tokens inside of the group that begins here, or the one token; the cursor goes behind it. */
  group(): readonly FormulaToken[] {
    const open = this.next();
    const close = CLOSING[open.text];
    if (close === undefined) return [open];
    const from = this.at;
    this.skipTo((text) => text === close);
    const inside = this.tokens.slice(from, this.at);
    this.expect(close);
    return inside;
  }

  /** Goes on to the first token outside of all groups for which `isEnd` holds, or that closes one. */
  skipTo(isEnd: (text: string) => boolean): void {
    let depth = 0;
    for (; this.at < this.tokens.length; this.at++) {
      const { text } = this.tokens[this.at];
      if (depth === 0 && (isEnd(text) || CLOSERS.has(text))) return;
      if (text in CLOSING) depth++;
      else if (CLOSERS.has(text)) depth--;
    }
  }
}
