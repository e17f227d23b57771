import { parseDecimal, rational } from "../rational.ts";
import { call, type Expression, keyOf } from "./expression.ts";
import { FUNCTION_LETTERS, LETTER_COMMANDS } from "./formula_names.ts";
import { FormulaError, type FormulaToken, tokensKey } from "./formula_tokens.ts";
import { OperatorParser } from "./operator_parser.ts";

/**
 * Letters that name a function before brackets without a sum: T(n), \phi(mn). x(x + 1) is a
 * product, and so are letters that stand for numbers.
 */
const FUNCTION_LIKE = /^(?:[A-Zdpqsuvwy]|\\(?:phi|psi|sigma|tau|mu|chi|Phi|Psi|Omega|Theta))$/;
const RELATING = /^(?:[|=<>,;]|\\(?:mid|cap|cup|leq|geq|neq|in|text|overline|bar))$/;

/** The grammar of numbers, of letters with their indices and primes, and of functions that they name. */
export abstract class NameParser extends OperatorParser {
  /** A number, perhaps a repeating decimal or a mixed number. */
  protected number({ text }: FormulaToken): Expression {
    const repeating = this.cursor.peek();
    if (
      text.includes(".") &&
      (repeating === "\\overline" || repeating === "\\bar" || repeating === "\\dot")
    ) {
      this.cursor.at++;
      const digits = tokensKey(this.cursor.group());
      if (!/^\d+$/.test(digits)) throw new FormulaError("no repeating decimal");
      return { type: "number", value: repeatingDecimal(text, digits) };
    }
    const value = parseDecimal(text);
    if (value === null) throw new FormulaError(`${text} is no number`);
    const whole: Expression = { type: "number", value };
    if (!/^\d+$/.test(text)) return whole;
    const fraction = this.properFraction();
    return fraction === null ? whole : call("add", whole, fraction);
  }

  /** The fraction of a mixed number: `2\frac13`, `2 1/3`. Its parts are written out, the upper smaller. */
  protected properFraction(): Expression | null {
    const texts = (count: number) =>
      this.cursor.tokens.slice(this.cursor.at, this.cursor.at + count).map((t) => t.text);
    const start = this.cursor.at;
    let parts: string[] = [];
    if (this.cursor.peek() === "\\frac") {
      const [, open, top, middle, second, bottom, close] = texts(7);
      if (`${open}${middle}${second}${close}` === "{}{}") parts = [top, bottom];
      this.cursor.at += 7;
    } else if (this.cursor.token()?.kind === "number" && this.cursor.token()?.isSpaced) {
      const [top, slash, bottom] = texts(3);
      if (slash === "/") parts = [top, bottom];
      this.cursor.at += 3;
    }
    if (parts.length === 2 && parts.every((part) => /^\d+$/.test(part ?? ""))) {
      const [top, bottom] = parts.map(BigInt);
      // 1\\frac32 may be a product or a sum.
      if (top >= bottom && bottom > 0n) throw new FormulaError("no proper mixed number");
      if (top > 0n && top < bottom) return { type: "number", value: rational(top, bottom) };
    }
    this.cursor.at = start;
    return null;
  }

  /** A letter that was read: an index of a sum, a constant or a name. */
  protected letter(text: string): Expression {
    const bound = this.indices.lastIndexOf(text);
    if (bound !== -1 && this.cursor.peek() !== "_") {
      return { type: "symbol", name: `#${bound + 1}` };
    }
    if (this.cursor.peek() !== "_") {
      if (text === "e") return { type: "constant", name: "e" };
      if (text === "i") return { type: "constant", name: "i" };
    }
    return this.named(text);
  }

  /** A symbol with its index and primes, or a function with its argument. */
  protected named(letter: string): Expression {
    let name = letter;
    if (this.cursor.accept("_")) name += `_${this.index()}`;
    const primes = this.primes();
    const isFunction = FUNCTION_LETTERS.has(letter) || primes !== "";
    if (isFunction) {
      const start = this.cursor.at;
      let order = "";
      if (this.cursor.accept("^")) {
        const key = tokensKey(this.cursor.group());
        if (key === "- 1" || /^\( \w+ \)$/.test(key)) order = `^${key}`;
      }
      if (this.cursor.peek() === "(" && (order !== "" || this.cursor.at === start)) {
        return atom(`${name}${primes}${order}(${this.list("(").map((a) => keyOf(a)).join()})`);
      }
      this.cursor.at = start;
    }
    if (this.isIndexed(letter)) {
      return atom(`${name}${primes}[${this.renamed(this.cursor.group())}]`);
    }
    // P(A) and P(X > 2) are probabilities, P(1+r) is a product.
    if (letter === "P" && this.cursor.peek() === "(") {
      const start = this.cursor.at;
      const inside = this.cursor.group();
      if (inside.some(({ text }) => RELATING.test(text))) {
        return atom(`${name}(${this.renamed(inside)})`);
      }
      this.cursor.at = start;
    }
    if (FUNCTION_LIKE.test(letter) && this.cursor.peek() === "(") {
      const start = this.cursor.at;
      const isArgument = this.cursor.group().every(({ text, kind }) =>
        kind === "letter" || kind === "number" || /^[\^_{}]$/.test(text) ||
        LETTER_COMMANDS.has(text)
      );
      this.cursor.at = start;
      if (isArgument) return atom(`${name}${primes}(${keyOf(this.bracketed("("))})`);
    }
    return primes === "" ? { type: "symbol", name } : atom(`${name}${primes}`);
  }

  /**
   * True if brackets behind a name hold an index or a random variable rather than a factor:
   * `a[n]`, `E[X^2]`, `E(XY)`. Square brackets around other brackets group: `x[(x + 1)^2 + 3]`.
   */
  private isIndexed(letter: string): boolean {
    const open = this.cursor.peek();
    if (open !== "[" && !(open === "(" && letter === "E")) return false;
    const start = this.cursor.at;
    const inside = this.cursor.group();
    this.cursor.at = start;
    return letter === "E"
      ? open === "[" || inside.some(({ text }) => /^[A-Z|]$/.test(text))
      : !inside.some(({ text }) => text === "(");
  }

  /** Subscript of a name, in normal form. */
  protected index(): string {
    const start = this.cursor.at;
    const tokens = this.cursor.group();
    if (tokens.every((token) => token.kind === "number" || token.kind === "letter")) {
      return tokens.map(({ text }) => {
        const bound = this.indices.lastIndexOf(text);
        return bound === -1 ? text : `#${bound + 1}`;
      }).join("");
    }
    this.cursor.at = start;
    try {
      return `(${keyOf(this.argument())})`;
    } catch (error) {
      if (!(error instanceof FormulaError)) throw error;
      this.cursor.at = start;
      return `(${tokensKey(this.cursor.group())})`;
    }
  }

  /** The primes that follow, each as `'`. */
  protected primes(): string {
    let primes = "";
    for (;;) {
      if (this.cursor.accept("'")) primes += "'";
      else if (this.cursor.peek() === "^" && /^\\prime$/.test(this.cursor.peek(1))) {
        this.cursor.at += 2;
        primes += "'";
      } else if (
        this.cursor.peek() === "^" && this.cursor.peek(1) === "{" &&
        this.cursor.peek(2) === "\\prime"
      ) {
        this.cursor.at++;
        primes += "'".repeat(this.cursor.group().length);
      } else return primes;
    }
  }
}

/** Something that is equal only to itself. */
export function atom(key: string): Expression {
  return { type: "atom", key, isRigid: false };
}

function repeatingDecimal(text: string, digits: string): ReturnType<typeof rational> {
  const [whole, fraction] = text.split(".");
  const nines = 10n ** BigInt(digits.length) - 1n;
  const scale = 10n ** BigInt(fraction.length);
  const start = BigInt(whole + fraction);
  return rational(start * nines + BigInt(digits), scale * nines);
}
