import { call, type Expression, type FunctionName, keyOf } from "./expression.ts";
import {
  ACCENTS,
  FUNCTIONS,
  INVERSES,
  LETTER_COMMANDS,
  LIST_FUNCTIONS,
  RIGID_COMMANDS,
  SWALLOWING,
} from "./formula_names.ts";
import {
  FormulaError,
  type FormulaToken,
  formulaTokens,
  TokenCursor,
  tokensKey,
} from "./formula_tokens.ts";
import { atom, NameParser } from "./name_parser.ts";
import { integer, multiplied, OVER, rigid, TIMES } from "./operator_parser.ts";

const DOTS = /^\\[lcdv]?dots[a-z]?$|^\.\.\.$|^…$/;

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

class FormulaParser extends NameParser {
  protected override primary(): Expression {
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
    if (Object.hasOwn(FUNCTIONS, name)) return this.applied(name);
    if (Object.hasOwn(LIST_FUNCTIONS, name)) return this.listFunction(name, start);
    if (text === "\\operatorname") {
      const inner = tokensKey(this.cursor.group()).replaceAll(" ", "");
      if (Object.hasOwn(FUNCTIONS, inner)) return this.applied(inner);
      if (Object.hasOwn(LIST_FUNCTIONS, inner)) return this.listFunction(inner, start);
      if (this.cursor.peek() === "[") {
        return atom(`${inner}[${this.renamed(this.cursor.group())}]`);
      }
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
    if (RIGID_COMMANDS.has(text)) {
      const key = `${text} ${this.renamed(this.cursor.group())}`;
      const open = this.cursor.peek();
      // \mathbb{E}[X^2] and \mathcal{O}(n) are functions.
      const isFunction = text.startsWith("\\math") && text !== "\\mathbf" &&
        (open === "[" || open === "(");
      return rigid(isFunction ? `${key} ${open}${this.renamed(this.cursor.group())}` : key);
    }
    if (DOTS.test(text) || /^\\[a-zA-Z]+$/.test(text)) return rigid(text);
    throw new FormulaError(`${text} has no meaning here`);
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
      const isInverse = keyOf(exponent) === "-1" && Object.hasOwn(INVERSES, name);
      if (isInverse) [fn, exponent] = [INVERSES[name], null];
    }
    if (this.cursor.peek() === "_") throw new FormulaError("a function with an index");
    const value = call(fn, this.functionArgument());
    return exponent === null ? value : call("power", value, exponent);
  }

  private raisedIndex(): Expression {
    return this.cursor.peek() === "-" ? this.signed(() => this.primary()) : this.argument();
  }

  /** Argument of a function without brackets: `2x` in `\sin 2x \cos x`. */
  private functionArgument(): Expression {
    const open = this.cursor.peek();
    if (open === "(" || open === "[" || open === "{") return this.bracketed(open);
    return this.signed(() => {
      let value = this.factor();
      let isNumeric = value.type === "number" || value.type === "constant";
      while (this.beginsFactor()) {
        const text = this.cursor.peek();
        const isFunction = /^\\(?:log|lg|operatorname|max|min|gcd|sum|prod|int|lim)$/.test(text) ||
          Object.hasOwn(FUNCTIONS, text.slice(1));
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

/** True if a series' index stands inside of an atom or a name, where it cannot be replaced. */
function hasHidden(node: Expression, index: string): boolean {
  if (node.type === "atom") return node.key.includes(index);
  if (node.type === "symbol") return node.name !== index && node.name.includes(index);
  if (node.type === "call") return node.args.some((arg) => hasHidden(arg, index));
  if (node.type === "series") {
    return [node.from, node.to, node.body].some((part) => hasHidden(part, index));
  }
  return false;
}
