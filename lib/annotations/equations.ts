import { pythonExpression } from "./arithmetic.ts";

/** An equation in a line of a solution. */
export interface Equation {
  /** Its left side, as Python. */
  readonly expression: string;
  /** Its right side. */
  readonly value: number;
  /** True if both sides are percentages. */
  readonly isPercent: boolean;
  /** The line before its right side's number, without the left side. */
  readonly before: string;
  /** The line after its right side. */
  readonly after: string;
}

type Kind = "note" | "number" | "word" | "operator" | "open" | "close" | "equals" | "other";

interface Token {
  readonly kind: Kind;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const TOKEN =
  /(<<[^<>]*>>)|([$£€]?(?:\d[\d,]*(?:\.\d+)?|\.\d+)%?)|(\p{L}[\p{L}'’-]*)|(\*\*|\/\/|[-+*/×÷−–·])|(\()|(\))|(=)|(\S)/gu;
const KINDS: readonly Kind[] = [
  "note",
  "number",
  "word",
  "operator",
  "open",
  "close",
  "equals",
  "other",
];

/** Most words of a unit, such as `gallons of milk a day`. */
const UNIT_WORDS = 4;

/**
 * The equations of a line in their order: notes of a calculator (`<<48/2=24>>`), and what stands before
 * an equals sign and a number (`42 minutes + 10 minutes = 52`), units left out.
 *
 * @source GSM8K (arXiv 2110.14168): calculator annotations
 */
export function equationsOf(line: string): Equation[] {
  const tokens: Token[] = [...line.matchAll(TOKEN)].map((match) => ({
    kind: KINDS[match.slice(1).findIndex((group) => group !== undefined)],
    text: match[0],
    start: match.index,
    end: match.index + match[0].length,
  }));
  const equations: Equation[] = [];
  let run = new Run();
  tokens.forEach((token, at) => {
    if (token.kind === "note") equations.push(...noted(line, token));
    if (token.kind === "equals") equations.push(...told(line, run, tokens.slice(at + 1, at + 3)));
    if (!run.take(token, tokens[at + 1])) {
      run = new Run();
      run.take(token, tokens[at + 1]);
    }
  });
  return equations;
}

/** An expression that is read token by token: numbers with units, operators and brackets. */
class Run {
  readonly #parts: string[] = [];
  #last: Token | null = null;
  #depth = 0;
  #unitWords = 0;
  #isPer = false;
  #isOpen = true;
  /** Index of its first character; null before one was read. */
  start: number | null = null;

  /** The expression, when it is whole and calculates something. */
  get written(): string | null {
    const isWhole = !this.#isOpen && this.#depth === 0;
    return isWhole && this.#parts.length > 2 ? this.#parts.join(" ") : null;
  }

  /** Reads one more token; false where the expression cannot go on with it. */
  take(token: Token, next: Token | undefined): boolean {
    const isTaken = this.#isOpen ? this.#takeTerm(token) : this.#takeAfterTerm(token, next);
    if (isTaken) this.start ??= token.start;
    this.#last = token;
    return isTaken;
  }

  /** Where a number must come. */
  #takeTerm({ kind, text }: Token): boolean {
    if (kind === "open") {
      this.#depth++;
      this.#parts.push("(");
      return true;
    }
    // The word after the stroke of "$5 / hour".
    if (this.#isPer && kind === "word") {
      this.#parts.pop();
      this.#isOpen = false;
      this.#isPer = false;
      return true;
    }
    if (kind !== "number") return false;
    this.#parts.push(text);
    this.#isOpen = false;
    this.#isPer = false;
    this.#unitWords = 0;
    return true;
  }

  /** After a number: its unit, an operator, a bracket. */
  #takeAfterTerm(token: Token, next: Token | undefined): boolean {
    const { kind, text } = token;
    const isBefore = next?.kind === "number" || next?.kind === "open";
    if (kind === "operator" || (kind === "word" && /^x$/i.test(text) && isBefore)) {
      this.#parts.push(kind === "operator" ? text : "*");
      this.#isOpen = true;
      this.#isPer = text === "/";
      return true;
    }
    if (kind === "word") return ++this.#unitWords <= UNIT_WORDS;
    if (kind === "close" && this.#depth > 0) {
      this.#depth--;
      this.#parts.push(")");
      return true;
    }
    // 44(.50) is a product.
    if (kind === "open" && this.#last?.end === token.start && this.#last.kind !== "word") {
      this.#depth++;
      this.#parts.push("*", "(");
      this.#isOpen = true;
      return true;
    }
    return false;
  }
}

function noted(line: string, { text, start, end }: Token): Equation[] {
  const [left, right, ...more] = text.slice(2, -2).split("=");
  const expression = pythonExpression(left);
  const value = numberOf(right ?? "");
  if (expression === null || value === null || more.length > 0) return [];
  const [before, after] = [line.slice(0, start), line.slice(end)];
  return [{ expression, value, isPercent: false, before, after }];
}

function told(line: string, { written, start }: Run, [result, next]: readonly Token[]): Equation[] {
  // "1 1/2" and "4x" are no plain numbers.
  const isPlain = result?.kind === "number" && next?.kind !== "number" &&
    !(next?.kind === "word" && next.start === result.end && next.text.length === 1);
  const value = isPlain ? numberOf(result.text) : null;
  const expression = written === null ? null : pythonExpression(written);
  if (value === null || expression === null) return [];
  return [{
    expression,
    value,
    isPercent: result.text.endsWith("%"),
    before: line.slice(0, start ?? 0),
    after: line.slice(result.end),
  }];
}

/** The number that a text is, with `$`, `%` and thousands' commas; null when it is none. */
export function numberOf(text: string): number | null {
  const plain = text.replace(/[$£€,\s%]/g, "");
  const value = Number(plain);
  return plain === "" || !Number.isFinite(value) ? null : value;
}
