import { TemplateError } from "./budget.ts";
import type { Token } from "./lex_template.ts";

/** Deepest nesting of brackets, operators and blocks; Python's own compiler takes about as much. */
const MAX_DEPTH = 100;

/** Tokens that are read from front to back. */
export class TokenStream {
  /** True while the parser is in a loop's body. */
  isInLoop = false;
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  /** A stream that begins with the first token; the last is `eof`. */
  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** The token that is read next. */
  get current(): Token {
    return this.#tokens[this.#at];
  }

  /** The one after the next. */
  get ahead(): Token {
    return this.#tokens[Math.min(this.#at + 1, this.#tokens.length - 1)];
  }

  /** Takes the next token. */
  next(): Token {
    const token = this.current;
    if (token.kind !== "eof") this.#at++;
    return token;
  }

  /** True if the next token is of a kind and has one of some values. */
  is(kind: Token["kind"], ...values: readonly string[]): boolean {
    const { current } = this;
    return current.kind === kind && (values.length === 0 || values.includes(current.value));
  }

  /** Takes the next token if it is this one. */
  skipIf(kind: Token["kind"], value: string): boolean {
    if (!this.is(kind, value)) return false;
    this.next();
    return true;
  }

  /**
   * Takes the next token.
   * @throws {TemplateError} when it is another one
   */
  expect(kind: Token["kind"], value?: string): Token {
    if (!this.is(kind, ...(value === undefined ? [] : [value]))) {
      this.fail(`expected ${value ?? `a ${kind}`}, not ${this.current.value}`);
    }
    return this.next();
  }

  /** Ends the parse. @throws {TemplateError} naming the line of the next token */
  fail(message: string): never {
    throw new TemplateError(`line ${this.current.line}: ${message.slice(0, 200)}`);
  }

  /** Runs a part of the parser one level deeper. @throws {TemplateError} when that is too deep */
  deeper<T>(parse: () => T): T {
    if (this.#depth >= MAX_DEPTH) this.fail(`it is nested more than ${MAX_DEPTH} deep`);
    this.#depth++;
    const result = parse();
    this.#depth--;
    return result;
  }
}
