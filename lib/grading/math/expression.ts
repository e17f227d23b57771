import type { Rational } from "../rational.ts";

/** A formula as a tree. */
export type Expression =
  | NumberNode
  | SymbolNode
  | ConstantNode
  | AtomNode
  | CallNode
  | SeriesNode;

/** A number as written, exactly. */
export interface NumberNode {
  /** The kind of node. */
  readonly type: "number";
  /** The number. */
  readonly value: Rational;
}

/** A letter, perhaps with an index; `#1`, `#2` are the indices of sums, by depth. */
export interface SymbolNode {
  /** The kind of node. */
  readonly type: "symbol";
  /** The name. */
  readonly name: string;
}

/** A number with a name. */
export interface ConstantNode {
  /** The kind of node. */
  readonly type: "constant";
  /** The name. */
  readonly name: "pi" | "e" | "i";
}

/** Something that is not evaluated, and so is equal only to itself: `f'(x)`, `\overline{z}`. */
export interface AtomNode {
  /** The kind of node. */
  readonly type: "atom";
  /** Content in normal form. */
  readonly key: string;
  /** True if no algebra may be done around it either, as with vectors and dots. */
  readonly isRigid: boolean;
}

/** The functions that are evaluated. */
export type FunctionName =
  | "add"
  | "multiply"
  | "negate"
  | "divide"
  | "power"
  | "root"
  | "abs"
  | "floor"
  | "ceil"
  | "round"
  | "sign"
  | "factorial"
  | "double-factorial"
  | "binomial"
  | "gamma"
  | "mod"
  | "gcd"
  | "lcm"
  | "max"
  | "min"
  | "ln"
  | "log"
  | "exp"
  | "sin"
  | "cos"
  | "tan"
  | "cot"
  | "sec"
  | "csc"
  | "sinh"
  | "cosh"
  | "tanh"
  | "coth"
  | "arcsin"
  | "arccos"
  | "arctan"
  | "arccot"
  | "determinant";

/** An operation or function. */
export interface CallNode {
  /** The kind of node. */
  readonly type: "call";
  /** Name of the function. */
  readonly name: FunctionName;
  /** Arguments; `root` has [radicand, index], `log` [argument, base] or no base. */
  readonly args: readonly Expression[];
}

/** A finite sum or product. */
export interface SeriesNode {
  /** The kind of node. */
  readonly type: "series";
  /** `sum` or `product`. */
  readonly name: "sum" | "product";
  /** The name of the index. */
  readonly index: string;
  /** First value of the index. */
  readonly from: Expression;
  /** Last value of the index. */
  readonly to: Expression;
  /** The term. */
  readonly body: Expression;
}

const COMMUTATIVE: ReadonlySet<string> = new Set(["add", "multiply", "gcd", "lcm", "max", "min"]);

/** An operation as a node. */
export function call(name: FunctionName, ...args: Expression[]): CallNode {
  return { type: "call", name, args };
}

/**
 * A text that two formulas share only when they are the same, up to the order of terms and factors.
 *
 * @param isOrdered whether that order matters, as it does with vectors and dots
 */
export function keyOf(node: Expression, isOrdered = false): string {
  const key = (child: Expression) => keyOf(child, isOrdered);
  switch (node.type) {
    case "number":
      return node.value.den === 1n ? `${node.value.num}` : `${node.value.num}/${node.value.den}`;
    case "symbol":
      return node.name;
    case "constant":
      return `\\${node.name}`;
    case "atom":
      return `<${node.key}>`;
    case "series":
      return `${node.name}(${node.index};${key(node.from)};${key(node.to)};${key(node.body)})`;
    case "call": {
      const args = node.args.map(key);
      if (!isOrdered && COMMUTATIVE.has(node.name)) args.sort();
      return `${node.name}(${args.join(",")})`;
    }
  }
}

/** Calls `visit` on a node and all below it, from the top. */
export function walk(node: Expression, visit: (node: Expression) => void): void {
  visit(node);
  if (node.type === "call") { for (const arg of node.args) walk(arg, visit); }
  else if (node.type === "series") {
    for (const part of [node.from, node.to, node.body]) walk(part, visit);
  }
}
