import { rational } from "../rational.ts";
import { call, type Expression, keyOf, walk } from "./expression.ts";
import {
  CLOSING,
  FormulaError,
  type FormulaToken,
  type TokenCursor,
  tokensKey,
} from "./formula_tokens.ts";

/** Formulas that are nested more deeply are not read. */
const MAX_DEPTH = 250;
/** Longer chains of factors are not read: a quotient of quotients is a deep tree. */
const MAX_CHAIN = 300;
/** Nor are more exponents one after the other. */
const MAX_MARKS = 20;
/** Signs of multiplication. */
export const TIMES: ReadonlySet<string> = new Set(["\\cdot", "\\times", "*", "\\ast"]);
/** Signs of division. */
export const OVER: ReadonlySet<string> = new Set(["/", "\\div"]);
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

/** The grammar of operators: sums, products, powers, marks and brackets around primaries. */
export abstract class OperatorParser {
  /** Depth of nesting at this place. */
  protected depth = 0;
  /** Number of open bars of absolute values. */
  protected bars = 0;
  /** Names of the indices of sums around, outermost first. */
  protected readonly indices: string[] = [];

  /**
   * A parser at the first token.
   *
   * @param cursor the formula's tokens
   */
  constructor(protected readonly cursor: TokenCursor) {}

  /** True if every token was read. */
  get isAtEnd(): boolean {
    return this.cursor.peek() === "";
  }

  /** The tokens as one text, with the indices of the sums around under their inner names. */
  protected renamed(tokens: readonly FormulaToken[]): string {
    // {x} is x.
    const bare = tokens.filter(({ text }, i) =>
      !(text === "{" && tokens[i + 2]?.text === "}" || text === "}" && tokens[i - 2]?.text === "{")
    );
    return tokensKey(bare.map((token) => {
      const bound = token.kind === "letter" ? this.indices.lastIndexOf(token.text) : -1;
      return bound === -1 ? token : { ...token, text: `#${bound + 1}` };
    }));
  }

  /** A number, name, command or group. */
  protected abstract primary(): Expression;

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

  /** An operand with any number of signs before it. */
  protected signed(operand: () => Expression): Expression {
    let isNegative = false;
    for (; this.cursor.peek() === "+" || this.cursor.peek() === "-"; this.cursor.at++) {
      if (this.cursor.peek() === "-") isNegative = !isNegative;
    }
    const value = operand();
    return isNegative ? negative(value) : value;
  }

  /** Factors joined by signs of multiplication and division, or by nothing. */
  protected term(): Expression {
    let left = this.factor();
    for (let joined = 0;; joined++) {
      if (joined > MAX_CHAIN) throw new FormulaError("too many factors");
      const text = this.cursor.peek();
      if (TIMES.has(text)) {
        this.cursor.at++;
        const right = this.signed(() => this.factor());
        left = text === "\\times" && (hasRigid(left) || hasRigid(right))
          ? rigid(`${keyOf(left, true)}\\times ${keyOf(right, true)}`)
          : multiplied(left, right);
      } else if (OVER.has(text)) {
        this.cursor.at++;
        left = call("divide", left, this.signed(() => this.factor()));
      } else if (MODULO.has(text)) {
        this.cursor.at++;
        left = call("mod", left, this.signed(() => this.factor()));
      } else if (this.beginsFactor()) {
        const [before, next] = [this.cursor.tokens[this.cursor.at - 1], this.cursor.token()!];
        // "4 2" is neither 42 nor 8, and nobody writes \\sqrt{3}2 for 2\\sqrt{3}.
        const isGlued = !next.isSpaced && (before.text === "}" || before.kind === "command");
        if (next.kind === "number" && (before.kind === "number" || isGlued)) {
          throw new FormulaError("a number without a sign before it");
        }
        left = multiplied(left, this.factor());
      } else return left;
    }
  }

  /** True if the next token multiplies without a sign. */
  protected beginsFactor(): boolean {
    const text = this.cursor.peek();
    if (text === "|") return this.bars === 0;
    const token = this.cursor.token();
    return token !== undefined && !ENDS.has(text) && !/^[=<>:;~?"@#$%]$/.test(text) &&
      !MODULO.has(text) && text !== "\\%";
  }

  /** A primary with its powers and marks. */
  protected factor(): Expression {
    if (++this.depth > MAX_DEPTH) throw new FormulaError("nested too deeply");
    let value = this.primary();
    for (let marks = 0;; marks++) {
      if (marks > MAX_MARKS) throw new FormulaError("too many powers");
      const text = this.cursor.peek();
      if (text === "!") {
        this.cursor.at++;
        value = this.cursor.accept("!")
          ? call("double-factorial", value)
          : call("factorial", value);
        if (this.cursor.peek() === "!") throw new FormulaError("three marks in a row");
      } else if (text === "\\%") {
        this.cursor.at++;
        // a % b is Python's remainder.
        if (this.beginsFactor()) throw new FormulaError("a factor behind a percent sign");
        value = call("divide", value, integer(100));
      } else if (text === "^") {
        this.cursor.at++;
        value = this.raised(value);
      } else break;
    }
    this.depth--;
    return value;
  }

  /** A base with the exponent that follows. */
  protected raised(base: Expression): Expression {
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
  protected argument(): Expression {
    if (!this.cursor.accept("{")) return this.primary();
    const value = this.sum();
    this.cursor.expect("}");
    return value;
  }

  /** Expression within brackets. */
  protected bracketed(open: string): Expression {
    this.cursor.expect(open);
    const outer = this.bars;
    this.bars = 0;
    let value = this.sum();
    if (this.cursor.accept("\\choose")) value = call("binomial", value, this.sum());
    this.bars = outer;
    this.cursor.expect(CLOSING[open]);
    return value;
  }

  /** Arguments in brackets, parted by commas. */
  protected list(open: string): Expression[] {
    this.cursor.expect(open);
    const outer = this.bars;
    this.bars = 0;
    const items = [this.sum()];
    while (this.cursor.accept(",")) items.push(this.sum());
    this.bars = outer;
    this.cursor.expect(CLOSING[open]);
    return items;
  }
}

function hasRigid(node: Expression): boolean {
  let found = false;
  walk(node, (part) => found ||= part.type === "atom" && part.isRigid);
  return found;
}

/** A whole number as a node. */
export function integer(n: number): Expression {
  return { type: "number", value: rational(BigInt(n)) };
}

/** Something around which no algebra may be done. */
export function rigid(key: string): Expression {
  return { type: "atom", key, isRigid: true };
}

/** The opposite of a node. */
function negative(value: Expression): Expression {
  if (value.type !== "number") return call("negate", value);
  return { type: "number", value: { num: -value.value.num, den: value.value.den } };
}

/** The product of two nodes, flat. */
export function multiplied(left: Expression, right: Expression): Expression {
  return left.type === "call" && left.name === "multiply"
    ? call("multiply", ...left.args, right)
    : call("multiply", left, right);
}
