import { rational } from "../rational.ts";
import { bitLength, signOf } from "./ball.ts";
import type { Arithmetic } from "./arithmetic.ts";
import { EvaluationFault } from "./budget.ts";
import { type CallNode, type Expression, type SeriesNode, walk } from "./expression.ts";
import {
  exactInteger,
  exactReal,
  IMAGINARY_UNIT,
  imaginaryPart,
  isExactZero,
  type NumberValue,
  realPart,
} from "./number_value.ts";

/** Values of symbols and atoms by {@link keyOf}; atoms in angle brackets. */
export type Assignment = ReadonlyMap<string, NumberValue>;

/** Context of an evaluation. */
export interface EvaluationContext {
  /** Precision and domain. */
  readonly arithmetic: Arithmetic;
  /** Values of symbols and atoms. */
  readonly assignment: Assignment;
  /** The base of a logarithm that is written without one. */
  readonly logBase: "e" | 10;
}

/** More terms than this are not added up. */
const MAX_TERMS = 20_000;

/**
 * The value of a formula at a point.
 *
 * @throws {EvaluationFault} when there is none, or none within the limits
 */
export function evaluateFormula(node: Expression, context: EvaluationContext): NumberValue {
  const { arithmetic, assignment } = context;
  arithmetic.budget.spend();
  switch (node.type) {
    case "number":
      return exactReal(node.value);
    case "constant":
      if (node.name === "i") return IMAGINARY_UNIT;
      return node.name === "pi" ? arithmetic.pi() : arithmetic.exp(exactInteger(1));
    case "symbol":
    case "atom": {
      const value = assignment.get(node.type === "atom" ? `<${node.key}>` : node.name);
      if (value === undefined) throw new EvaluationFault("undefined");
      return value;
    }
    case "series":
      return seriesValue(node, context);
    case "call":
      return callValue(node, context);
  }
}

function seriesValue(node: SeriesNode, context: EvaluationContext): NumberValue {
  const { arithmetic } = context;
  const bound = (end: Expression) => {
    const value = arithmetic.integer(evaluateFormula(end, context));
    if (value === null) throw new EvaluationFault("undefined");
    return value;
  };
  const [from, to] = [bound(node.from), bound(node.to)];
  // An empty sum is zero within another; where it comes of a symbol's value, closed forms need not hold.
  if (to < from && (to < from - 1n || isOpen(node.from) || isOpen(node.to))) {
    throw new EvaluationFault("undefined");
  }
  if (to - from > MAX_TERMS) throw new EvaluationFault("too-big");
  const isSum = node.name === "sum";
  let total: NumberValue = exactInteger(isSum ? 0 : 1);
  for (let k = from; k <= to; k++) {
    const assignment = new Map([...context.assignment, [node.index, exactInteger(k)]]);
    const term = evaluateFormula(node.body, { ...context, assignment });
    total = isSum ? arithmetic.add(total, term) : arithmetic.multiply(total, term);
  }
  return total;
}

/** True if a bound depends on unknowns and on no index of a sum around it. */
function isOpen(node: Expression): boolean {
  let [open, inner] = [false, false];
  walk(node, (part) => {
    if (part.type !== "symbol") return;
    if (part.name.startsWith("#")) inner = true;
    else open = true;
  });
  return open && !inner;
}

function callValue(node: CallNode, context: EvaluationContext): NumberValue {
  const { arithmetic: a } = context;
  const { name } = node;
  const args = node.args.map((arg) => evaluateFormula(arg, context));
  const [x, y] = args;
  switch (name) {
    case "add":
      return args.reduce((sum, arg) => a.add(sum, arg));
    case "multiply":
      return args.reduce((product, arg) => a.multiply(product, arg));
    case "negate":
      return a.negate(x);
    case "divide":
      return a.divide(x, y);
    case "power": {
      const isE = node.args[0].type === "constant" && node.args[0].name === "e";
      if (isE) return a.exp(y);
      // (-1)^n has values at whole n; elsewhere it is not what is meant.
      if (a.integer(y) === null && isNegative(x) && hasUnknowns(node.args[1])) {
        throw new EvaluationFault("undefined");
      }
      return a.power(x, y);
    }
    case "root": {
      const n = a.integer(y);
      if (n === null || n < 1n || n > 10_000n) return a.power(x, a.divide(exactInteger(1), y));
      return a.root(x, Number(n));
    }
    case "abs":
      return a.absolute(x);
    case "floor":
      return exactInteger(a.floor(x));
    case "ceil":
      return exactInteger(-a.floor(a.negate(x)));
    case "round":
      return exactInteger(a.floor(a.add(x, exactReal(rational(1n, 2n)))));
    case "sign":
      return exactInteger(a.sign(x));
    case "factorial":
      return exactInteger(product(context, wholeAbove(context, x, 0n), 1n));
    case "double-factorial":
      return exactInteger(product(context, wholeAbove(context, x, -1n), 2n));
    case "gamma":
      return gamma(context, x);
    case "binomial":
      // Below zero the rule for k and n - k does not hold, and nobody means it.
      if (isNegative(x) && hasUnknowns(node.args[1])) throw new EvaluationFault("undefined");
      return binomial(context, x, y);
    case "mod": {
      if (a.isZero(y)) throw new EvaluationFault("undefined");
      return a.subtract(x, a.multiply(y, exactInteger(a.floor(a.divide(x, y)))));
    }
    case "gcd":
    case "lcm": {
      const numbers = args.map((arg) => whole(context, arg));
      return exactInteger(numbers.reduce((m, n) => name === "gcd" ? gcd(m, n) : lcm(m, n)));
    }
    case "max":
    case "min":
      return args.reduce((best, arg) => {
        const sign = a.sign(a.subtract(arg, best));
        return (name === "max" ? sign > 0 : sign < 0) ? arg : best;
      });
    case "ln":
      return a.ln(x);
    case "log":
      return logarithm(context, x, y);
    case "exp":
      return a.exp(x);
    case "determinant":
      return determinant(a, args);
    default:
      return trigonometric(name, x, a);
  }
}

function isNegative(x: NumberValue): boolean {
  if (x.exact) return x.im.num === 0n && x.re.num < 0n;
  return x.im === null && signOf(x.re) < 0;
}

function hasUnknowns(node: Expression): boolean {
  let found = false;
  walk(node, (part) => found ||= part.type === "symbol" || part.type === "atom");
  return found;
}

function trigonometric(name: CallNode["name"], x: NumberValue, a: Arithmetic): NumberValue {
  const one = exactInteger(1);
  switch (name) {
    case "sin":
      return a.cosSin(x)[1];
    case "cos":
      return a.cosSin(x)[0];
    case "tan":
    case "cot": {
      const [cos, sin] = a.cosSin(x);
      return name === "tan" ? a.divide(sin, cos) : a.divide(cos, sin);
    }
    case "sec":
      return a.divide(one, a.cosSin(x)[0]);
    case "csc":
      return a.divide(one, a.cosSin(x)[1]);
    case "arctan":
      return a.atan(x);
    case "arccot":
      return a.subtract(halfPi(a), a.atan(x));
    case "arcsin":
      return arcsin(x, a);
    case "arccos":
      return a.subtract(halfPi(a), arcsin(x, a));
    default: {
      const [plus, minus] = [a.exp(x), a.exp(a.negate(x))];
      const [cosh2, sinh2] = [a.add(plus, minus), a.subtract(plus, minus)];
      if (name === "cosh") return a.divide(cosh2, exactInteger(2));
      if (name === "sinh") return a.divide(sinh2, exactInteger(2));
      if (name === "tanh") return a.divide(sinh2, cosh2);
      if (name === "coth") return a.divide(cosh2, sinh2);
      throw new EvaluationFault("undefined");
    }
  }
}

function halfPi(a: Arithmetic): NumberValue {
  return a.divide(a.pi(), exactInteger(2));
}

function arcsin(x: NumberValue, a: Arithmetic): NumberValue {
  if (isExactZero(x)) return x;
  const rest = a.subtract(exactInteger(1), a.multiply(x, x));
  const sign = a.sign(rest);
  if (sign < 0) throw new EvaluationFault("domain");
  if (sign === 0) return a.multiply(halfPi(a), exactInteger(a.sign(x)));
  return a.atan(a.divide(x, a.sqrt(rest)));
}

function logarithm(
  { arithmetic: a, logBase }: EvaluationContext,
  x: NumberValue,
  base: NumberValue | undefined,
): NumberValue {
  if (base === undefined && logBase === "e") return a.ln(x);
  const by = base ?? exactInteger(10);
  return exactLogarithm(a, x, by) ?? a.divide(a.ln(x), a.ln(by));
}

/** The logarithm when it is whole, exactly, so that `\lfloor\log_2 8\rfloor` is certain. */
function exactLogarithm(a: Arithmetic, x: NumberValue, base: NumberValue): NumberValue | null {
  const [n, b] = [a.integer(x), a.integer(base)];
  if (n === null || b === null || n < 1n || b < 2n) return null;
  let power = 0;
  for (let rest = n; rest > 1n; power++) {
    if (rest % b !== 0n) return null;
    a.budget.spend();
    rest /= b;
  }
  return exactInteger(power);
}

function whole({ arithmetic }: EvaluationContext, x: NumberValue): bigint {
  const n = arithmetic.integer(x);
  if (n === null) throw new EvaluationFault("undefined");
  return n;
}

function wholeAbove(context: EvaluationContext, x: NumberValue, least: bigint): bigint {
  const n = whole(context, x);
  if (n < least) throw new EvaluationFault("undefined");
  return n;
}

/** n (n - step) (n - 2 step) ... down to the last positive factor. */
function product({ arithmetic }: EvaluationContext, n: bigint, step: bigint): bigint {
  if (n > 6_000n * step) throw new EvaluationFault("too-big");
  let value = 1n;
  for (let k = n; k > 1n; k -= step) value *= k;
  arithmetic.budget.spend(Number(n) + bitLength(value));
  return value;
}

/** At whole numbers and halves, where its values are known. */
function gamma(context: EvaluationContext, x: NumberValue): NumberValue {
  const { arithmetic: a } = context;
  const n = a.integer(x);
  if (n !== null) {
    if (n < 1n) throw new EvaluationFault("undefined");
    return exactInteger(product(context, n - 1n, 1n));
  }
  if (!x.exact || x.im.num !== 0n || x.re.den !== 2n || x.re.num < 0n) {
    throw new EvaluationFault("undefined");
  }
  // gamma(m/2) = (m - 2)!! sqrt(pi) / 2^((m - 1) / 2)
  const m = x.re.num;
  const top = exactInteger(product(context, m - 2n, 2n));
  return a.divide(
    a.multiply(top, a.sqrt(a.pi())),
    a.power(exactInteger(2), exactInteger((m - 1n) / 2n)),
  );
}

function binomial(context: EvaluationContext, x: NumberValue, y: NumberValue): NumberValue {
  const { arithmetic: a } = context;
  let k = whole(context, y);
  if (k < 0n) return exactInteger(0);
  const n = a.integer(x);
  if (n !== null && n >= 0n) {
    if (k > n) return exactInteger(0);
    if (k > n - k) k = n - k;
  }
  if (k > 20_000n) throw new EvaluationFault("too-big");
  let value: NumberValue = exactInteger(1);
  for (let j = 0n; j < k; j++) {
    value = a.divide(a.multiply(value, a.subtract(x, exactInteger(j))), exactInteger(j + 1n));
  }
  return value;
}

/** By the first row. */
function determinant(a: Arithmetic, entries: readonly NumberValue[]): NumberValue {
  const n = Math.round(Math.sqrt(entries.length));
  if (n === 1) return entries[0];
  let total: NumberValue = exactInteger(0);
  for (let column = 0; column < n; column++) {
    const minor = entries.filter((_, i) => i >= n && i % n !== column);
    const term = a.multiply(entries[column], determinant(a, minor));
    total = column % 2 === 0 ? a.add(total, term) : a.subtract(total, term);
  }
  return total;
}

function gcd(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b];
  return a < 0n ? -a : a;
}

function lcm(a: bigint, b: bigint): bigint {
  if (a === 0n || b === 0n) return 0n;
  const product = a * b / gcd(a, b);
  return product < 0n ? -product : product;
}

/** A value as exact fractions at the middle of its error, with a bound on that error as a power of two. */
export function realMiddle(value: NumberValue): ReturnType<typeof rational> | null {
  const isReal = isExactZero(imaginaryPart(value));
  const part = realPart(value);
  if (!isReal) return null;
  if (part.exact) return part.re;
  const { m, e } = part.re;
  if (Math.abs(e) > 100_000) return null;
  return e >= 0 ? rational(m << BigInt(e)) : rational(m, 1n << BigInt(-e));
}
