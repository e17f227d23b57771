import { parseDecimal, rational } from "../rational.ts";
import { call, type Expression, type FunctionName, keyOf } from "./expression.ts";
import {
  ACCENTS,
  FUNCTION_LETTERS,
  FUNCTIONS,
  INVERSES,
  LETTER_COMMANDS,
  LIST_FUNCTIONS,
  RIGID_COMMANDS,
  SWALLOWING,
} from "./formula_names.ts";
import {
  CLOSING,
  FormulaError,
  type FormulaToken,
  formulaTokens,
  TokenCursor,
  tokensKey,
} from "./formula_tokens.ts";

/** Formulas that are nested more deeply are not read. */
const MAX_DEPTH = 80;
const DOTS = /^\\[lcdv]?dots[a-z]?$|^\.\.\.$|^…$/;
const TIMES: ReadonlySet<string> = new Set(["\\cdot", "\\times", "*", "\\ast"]);
const OVER: ReadonlySet<string> = new Set(["/", "\\div"]);
const MODULO: ReadonlySet<string> = new Set(["\\bmod", "\\mod"]);
const ENDS: ReadonlySet<string> = new Set([
  "",
  "+",
  "-",
  ")",
  "]",
  "}",
  "\\}",
  "\\rfloor",
  "\\rceil",
  "\\rangle",
  ",",
  "&",
  "\\\\",
  "\\end",
  "\\choose",
  "!",
  "^",
  "_",
  "'",
]);

/**
 * Reads a formula that {@link cleanAnswer} has brought into one spelling; null when the text is no
 * formula. What is a formula but has no value here becomes an atom.
 */
export function parseFormula(latex: string): Expression | null {
  const tokens = formulaTokens(latex);
  if (tokens === null || tokens.length === 0) return null;
  try {
    const parser = new FormulaParser(new TokenCursor(tokens));
    const formula = parser.sum();
    return parser.isAtEnd ? formula : null;
  } catch (error) {
    if (error instanceof FormulaError) return null;
    throw error;
  }
}

class FormulaParser {
  private depth = 0;
  /** How many bars of absolute values are open. */
  private bars = 0;
  /** Names of the indices of sums around, outermost first. */
  private readonly indices: string[] = [];

  constructor(private readonly cursor: TokenCursor) {}

  get isAtEnd(): boolean {
    return this.cursor.peek() === "";
  }

  /** Terms joined by + and -. */
  sum(): Expression {
    if (++this.depth > MAX_DEPTH) throw new FormulaError("nested too deeply");
    const terms = [this.signed(() => this.term())];
    while (this.cursor.peek() === "+" || this.cursor.peek() === "-") {
      terms.push(this.signed(() => this.term()));
    }
    this.depth--;
    return terms.length === 1 ? terms[0] : call("add", ...terms);
  }

  private signed(operand: () => Expression): Expression {
    let isNegative = false;
    for (; this.cursor.peek() === "+" || this.cursor.peek() === "-"; this.cursor.at++) {
      if (this.cursor.peek() === "-") isNegative = !isNegative;
    }
    const value = operand();
    return isNegative ? negative(value) : value;
  }

  /** Factors joined by signs of multiplication and division, or by nothing. */
  private term(): Expression {
    let left = this.factor();
    for (;;) {
      const text = this.cursor.peek();
      if (TIMES.has(text)) {
        this.cursor.at++;
        left = multiplied(left, this.signed(() => this.factor()));
      } else if (OVER.has(text)) {
        this.cursor.at++;
        left = call("divide", left, this.signed(() => this.factor()));
      } else if (MODULO.has(text)) {
        this.cursor.at++;
        left = call("mod", left, this.signed(() => this.factor()));
      } else if (this.beginsFactor()) {
        const before = this.cursor.tokens[this.cursor.at - 1];
        // "4 2" is neither 42 nor 8.
        if (before.kind === "number" && this.cursor.token()!.kind === "number") {
          throw new FormulaError("two numbers side by side");
        }
        left = multiplied(left, this.factor());
      } else return left;
    }
  }

  private beginsFactor(): boolean {
    const text = this.cursor.peek();
    if (text === "|") return this.bars === 0;
    const token = this.cursor.token();
    return token !== undefined && !ENDS.has(text) && !/^[=<>:;~?"@#$%]$/.test(text) &&
      !MODULO.has(text) && text !== "\\%";
  }

  /** A primary with its powers and marks. */
  private factor(): Expression {
    if (++this.depth > MAX_DEPTH) throw new FormulaError("nested too deeply");
    let value = this.primary();
    for (;;) {
      const text = this.cursor.peek();
      if (text === "!") {
        this.cursor.at++;
        value = this.cursor.accept("!")
          ? call("double-factorial", value)
          : call("factorial", value);
        if (this.cursor.peek() === "!") throw new FormulaError("three marks in a row");
      } else if (text === "\\%") {
        this.cursor.at++;
        value = call("divide", value, integer(100));
      } else if (text === "^") {
        this.cursor.at++;
        value = this.raised(value);
      } else break;
    }
    this.depth--;
    return value;
  }

  private raised(base: Expression): Expression {
    const text = this.cursor.peek();
    if (text === "\\circ") {
      this.cursor.at++;
      return call("divide", multiplied(base, { type: "constant", name: "pi" }), integer(180));
    }
    if (
      text === "T" || text === "\\top" || text === "*" || text === "\\ast" || text === "\\dagger"
    ) {
      this.cursor.at++;
      return rigid(`${keyOf(base, true)}^${text}`);
    }
    if (text === "-" && this.cursor.token(1)?.kind === "number") {
      return call("power", base, this.signed(() => this.primary()));
    }
    if (text === "(" || text === "[") throw new FormulaError("a bracket as an exponent");
    const exponent = this.argument();
    // x^{(3)} is a derivative or a label.
    return call("power", base, exponent);
  }

  /** A group in braces, or the next primary. */
  private argument(): Expression {
    if (!this.cursor.accept("{")) return this.primary();
    const value = this.sum();
    this.cursor.expect("}");
    return value;
  }

  private bracketed(open: string): Expression {
    this.cursor.expect(open);
    const outer = this.bars;
    this.bars = 0;
    let value = this.sum();
    if (this.cursor.accept("\\choose")) value = call("binomial", value, this.sum());
    this.bars = outer;
    this.cursor.expect(CLOSING[open]);
    return value;
  }

  private primary(): Expression {
    const token = this.cursor.next();
    const { text, kind } = token;
    if (kind === "number") return this.number(token);
    if (kind === "letter") return this.letter(text);
    if (kind === "command") return this.command(text);
    if (text === "(" || text === "[" || text === "{") {
      this.cursor.at--;
      return this.bracketed(text);
    }
    if (text === "|") {
      this.bars++;
      const inner = this.sum();
      this.bars--;
      this.cursor.expect("|");
      return call("abs", inner);
    }
    throw new FormulaError(`${text} has no meaning here`);
  }

  private number({ text }: FormulaToken): Expression {
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
  private properFraction(): Expression | null {
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
      if (top > 0n && top < bottom) return { type: "number", value: rational(top, bottom) };
    }
    this.cursor.at = start;
    return null;
  }

  private letter(text: string): Expression {
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
  private named(letter: string): Expression {
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
    // P(A) is a probability, P(1+r) a product.
    const single = letter === "P" && this.cursor.peek() === "(" && this.cursor.peek(2) === ")";
    if (single) return atom(`${name}(${keyOf(this.bracketed("("))})`);
    return primes === "" ? { type: "symbol", name } : atom(`${name}${primes}`);
  }

  private index(): string {
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

  private primes(): string {
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

  /** Arguments in brackets, parted by commas. */
  private list(open: string): Expression[] {
    this.cursor.expect(open);
    const outer = this.bars;
    this.bars = 0;
    const items = [this.sum()];
    while (this.cursor.accept(",")) items.push(this.sum());
    this.bars = outer;
    this.cursor.expect(CLOSING[open]);
    return items;
  }

  private command(text: string): Expression {
    const start = this.cursor.at - 1;
    const name = text.slice(1);
    if (text === "\\pi") {
      return this.cursor.peek() === "_" ? this.named(text) : { type: "constant", name: "pi" };
    }
    if (text === "\\Gamma" && this.cursor.peek() === "(") return call("gamma", this.bracketed("("));
    const letter = LETTER_COMMANDS.get(text);
    if (letter !== undefined) return this.named(letter);
    if (text === "\\frac") return this.fraction();
    if (text === "\\sqrt") return this.root();
    if (text === "\\binom" || text === "\\dbinom" || text === "\\tbinom") {
      return call("binomial", this.argument(), this.argument());
    }
    if (text === "\\lfloor" || text === "\\lceil") {
      this.cursor.at--;
      return call(text === "\\lfloor" ? "floor" : "ceil", this.bracketed(text));
    }
    if (text === "\\sum" || text === "\\prod") return this.series(start);
    if (text === "\\log" || text === "\\lg") return this.logarithm(text);
    if (text === "\\begin") return this.determinant();
    if (name in FUNCTIONS) return this.applied(name);
    if (name in LIST_FUNCTIONS) return this.listFunction(name, start);
    if (text === "\\operatorname") {
      const inner = tokensKey(this.cursor.group()).replaceAll(" ", "");
      if (inner in FUNCTIONS) return this.applied(inner);
      if (inner in LIST_FUNCTIONS) return this.listFunction(inner, start);
      if (this.cursor.peek() === "(") {
        return atom(`${inner}(${this.list("(").map((a) => keyOf(a)).join()})`);
      }
      return rigid(`\\${inner}`);
    }
    if (ACCENTS.has(text)) return atom(`${text} ${this.renamed(this.cursor.group())}`);
    if (SWALLOWING.has(text)) {
      this.cursor.skipTo((t) => t === "," || t === "&" || t === "\\\\");
      return atom(this.renamed(this.cursor.tokens.slice(start, this.cursor.at)));
    }
    if (RIGID_COMMANDS.has(text)) return rigid(`${text} ${this.renamed(this.cursor.group())}`);
    if (DOTS.test(text) || /^\\[a-zA-Z]+$/.test(text)) return rigid(text);
    throw new FormulaError(`${text} has no meaning here`);
  }

  /** The tokens as one text, with the indices of the sums around under their inner names. */
  private renamed(tokens: readonly FormulaToken[]): string {
    return tokensKey(tokens.map((token) => {
      const bound = token.kind === "letter" ? this.indices.lastIndexOf(token.text) : -1;
      return bound === -1 ? token : { ...token, text: `#${bound + 1}` };
    }));
  }

  private fraction(): Expression {
    const start = this.cursor.at;
    const [top, bottom] = [this.cursor.group(), this.cursor.group()];
    const isDifferential = (tokens: readonly FormulaToken[]) =>
      /^(?:d|\\partial|\\text { d })(?: |$)/.test(tokensKey(tokens));
    if (isDifferential(bottom) && bottom.length > 1 && isDifferential(top)) {
      const key = this.renamed(this.cursor.tokens.slice(start, this.cursor.at));
      // d/dx takes what follows with it.
      if (top.length > 1 && !/^\S+ \^ (?:\S|\{ \S \})$/.test(tokensKey(top))) return atom(key);
      const from = this.cursor.at;
      this.cursor.skipTo((t) => t === "+" || t === "-" || t === "," || t === "&");
      return atom(`${key} ${this.renamed(this.cursor.tokens.slice(from, this.cursor.at))}`);
    }
    this.cursor.at = start;
    return call("divide", this.argument(), this.argument());
  }

  private root(): Expression {
    let degree: Expression = integer(2);
    if (this.cursor.accept("[")) {
      degree = this.sum();
      this.cursor.expect("]");
    }
    return call("root", this.argument(), degree);
  }

  private series(start: number): Expression {
    const parts: { low?: readonly FormulaToken[]; high?: readonly FormulaToken[] } = {};
    for (let text = this.cursor.peek(); text === "_" || text === "^"; text = this.cursor.peek()) {
      this.cursor.at++;
      parts[text === "_" ? "low" : "high"] = this.cursor.group();
    }
    const { low = [], high } = parts;
    const isPlain = high !== undefined && low[0]?.kind === "letter" && low[1]?.text === "=" &&
      !tokensKey(high).includes("\\infty");
    if (!isPlain) {
      this.cursor.skipTo((t) => t === "+" || t === "-" || t === "," || t === "&");
      return rigid(this.renamed(this.cursor.tokens.slice(start, this.cursor.at)));
    }
    const from = this.sub(low.slice(2));
    const to = this.sub(high);
    this.indices.push(low[0].text);
    const index = `#${this.indices.length}`;
    const body = this.term();
    this.indices.pop();
    const name = this.cursor.tokens[start].text === "\\sum" ? "sum" : "product";
    const series: Expression = { type: "series", name, index, from, to, body };
    return hasHidden(body, index) ? atom(keyOf(series)) : series;
  }

  /** Parses tokens of their own with this parser's indices. */
  private sub(tokens: readonly FormulaToken[]): Expression {
    const parser = new FormulaParser(new TokenCursor(tokens));
    parser.indices.push(...this.indices);
    parser.depth = this.depth;
    const value = parser.sum();
    if (!parser.isAtEnd) throw new FormulaError("more than one formula");
    return value;
  }

  private logarithm(text: string): Expression {
    let base: Expression | null = text === "\\lg" ? integer(10) : null;
    let exponent: Expression | null = null;
    for (;;) {
      if (this.cursor.accept("_")) base = this.argument();
      else if (this.cursor.accept("^")) exponent = this.argument();
      else break;
    }
    const argument = this.functionArgument();
    const value = base === null ? call("log", argument) : call("log", argument, base);
    return exponent === null ? value : call("power", value, exponent);
  }

  private applied(name: string): Expression {
    let fn: FunctionName = FUNCTIONS[name];
    let exponent: Expression | null = null;
    if (this.cursor.peek() === "^" && fn !== "exp") {
      this.cursor.at++;
      exponent = this.raisedIndex();
      const isInverse = keyOf(exponent) === "-1" && name in INVERSES;
      if (isInverse) [fn, exponent] = [INVERSES[name], null];
    }
    if (this.cursor.peek() === "_") throw new FormulaError("a function with an index");
    const value = call(fn, this.functionArgument());
    return exponent === null ? value : call("power", value, exponent);
  }

  private raisedIndex(): Expression {
    return this.cursor.peek() === "-" ? this.signed(() => this.primary()) : this.argument();
  }

  /** What a function without brackets is of: `2x` in `\sin 2x \cos x`. */
  private functionArgument(): Expression {
    const open = this.cursor.peek();
    if (open === "(" || open === "[" || open === "{") return this.bracketed(open);
    return this.signed(() => {
      let value = this.factor();
      let isNumeric = value.type === "number" || value.type === "constant";
      while (this.beginsFactor()) {
        const text = this.cursor.peek();
        const isFunction = /^\\(?:log|lg|operatorname|max|min|gcd|sum|prod|int|lim)$/.test(text) ||
          text.slice(1) in FUNCTIONS;
        const isBracket = text === "(" || text === "[" || text === "|" || text === "{";
        if (isFunction || isBracket && !isNumeric || TIMES.has(text) || OVER.has(text)) break;
        if (this.cursor.token()!.kind === "number") {
          throw new FormulaError("a number behind a name");
        }
        const next = this.factor();
        isNumeric = isNumeric && next.type === "constant";
        value = multiplied(value, next);
      }
      return value;
    });
  }

  private listFunction(name: string, start: number): Expression {
    const open = this.cursor.peek();
    if (open !== "(" && open !== "\\{" && open !== "{") {
      this.cursor.skipTo((t) => t === "+" || t === "-" || t === ",");
      return rigid(this.renamed(this.cursor.tokens.slice(start, this.cursor.at)));
    }
    const args = this.list(open);
    const fn = LIST_FUNCTIONS[name];
    if ((fn === "binomial" || fn === "mod") && args.length !== 2) {
      throw new FormulaError("two arguments are needed");
    }
    return call(fn, ...args);
  }

  /** `\begin{vmatrix}`; other environments are no numbers. */
  private determinant(): Expression {
    if (tokensKey(this.cursor.group()) !== "v m a t r i x") throw new FormulaError("a matrix");
    const entries: Expression[] = [];
    const lengths: number[] = [];
    for (let length = 0;;) {
      entries.push(this.sum());
      length++;
      if (this.cursor.accept("&")) continue;
      lengths.push(length);
      length = 0;
      const isLast = !this.cursor.accept("\\\\");
      if (isLast || this.cursor.peek() === "\\end") break;
    }
    this.cursor.expect("\\end");
    this.cursor.group();
    if (lengths.length > 6 || lengths.some((length) => length !== lengths.length)) {
      throw new FormulaError("no square matrix");
    }
    return call("determinant", ...entries);
  }
}

function integer(n: number): Expression {
  return { type: "number", value: rational(BigInt(n)) };
}

function atom(key: string): Expression {
  return { type: "atom", key, isRigid: false };
}

function rigid(key: string): Expression {
  return { type: "atom", key, isRigid: true };
}

function negative(value: Expression): Expression {
  if (value.type !== "number") return call("negate", value);
  return { type: "number", value: { num: -value.value.num, den: value.value.den } };
}

function multiplied(left: Expression, right: Expression): Expression {
  return left.type === "call" && left.name === "multiply"
    ? call("multiply", ...left.args, right)
    : call("multiply", left, right);
}

/** Whether a series' index stands inside of an atom or a name, where it cannot be replaced. */
function hasHidden(node: Expression, index: string): boolean {
  if (node.type === "atom") return node.key.includes(index);
  if (node.type === "symbol") return node.name !== index && node.name.includes(index);
  if (node.type === "call") return node.args.some((arg) => hasHidden(arg, index));
  if (node.type === "series") {
    return [node.from, node.to, node.body].some((part) => hasHidden(part, index));
  }
  return false;
}

/** `0.1` followed by a repeating `6` as 1/6. */
function repeatingDecimal(text: string, digits: string): ReturnType<typeof rational> {
  const [whole, fraction] = text.split(".");
  const nines = 10n ** BigInt(digits.length) - 1n;
  const scale = 10n ** BigInt(fraction.length);
  const start = BigInt(whole + fraction);
  return rational(start * nines + BigInt(digits), scale * nines);
}
