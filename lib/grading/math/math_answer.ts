import type { WrittenUnit } from "./units.ts";

/** A single value or formula. */
export interface ExpressionAnswer {
  /** The form. */
  readonly type: "expression";
  /** LaTeX, without unit, percent sign, degree sign and base. */
  readonly latex: string;
  /** The unit written behind it. */
  readonly unit?: WrittenUnit;
  /** True if a percent sign was written. */
  readonly percent?: boolean;
  /** True if a degree sign was written. */
  readonly degrees?: boolean;
  /** The base that a numeral is written in, as in `204_5`. */
  readonly base?: string;
  /** LaTeX of the modulus of a residue, as in `3 \pmod 7`. */
  readonly modulus?: string;
}

/** A bracketed sequence: a point, a vector or an interval; only the brackets tell. */
export interface TupleAnswer {
  /** The form. */
  readonly type: "tuple";
  /** The opening bracket. */
  readonly open: "(" | "[";
  /** The closing bracket. */
  readonly close: ")" | "]";
  /** True if it is written as Python prints a list, `[1, 2]`, and so need not be an interval. */
  readonly isPythonList?: boolean;
  /** The parts, in the order written. */
  readonly items: readonly MathAnswer[];
}

/** Several answers side by side, in any order. */
export interface ListAnswer {
  /** The form. */
  readonly type: "list";
  /** The parts, in the order written. */
  readonly items: readonly MathAnswer[];
}

/** Values with names: `x=1, y=2`, `(x,y)=(1,2)`, `{x: 1, y: 2}`. */
export interface AssignmentAnswer {
  /** The form. */
  readonly type: "assignment";
  /** Names in the order written, each once. */
  readonly names: readonly string[];
  /** The value of each name. */
  readonly items: readonly MathAnswer[];
}

/** A case distinction. */
export interface CasesAnswer {
  /** The form. */
  readonly type: "cases";
  /** Value and condition of each case; the condition of the last may be null. */
  readonly rows: readonly (readonly [MathAnswer, MathAnswer | null])[];
}

/** A set in braces. */
export interface SetAnswer {
  /** The form. */
  readonly type: "set";
  /** The parts, in the order written. */
  readonly items: readonly MathAnswer[];
}

/** A union of intervals or sets. */
export interface UnionAnswer {
  /** The form. */
  readonly type: "union";
  /** The parts, in the order written. */
  readonly items: readonly MathAnswer[];
}

/** A matrix or column vector, row by row. */
export interface MatrixAnswer {
  /** The form. */
  readonly type: "matrix";
  /** The entries, row by row. */
  readonly rows: readonly (readonly MathAnswer[])[];
}

/** An equation or inequality. */
export interface RelationAnswer {
  /** The form. */
  readonly type: "relation";
  /** The relation. */
  readonly operator: "=" | "\\neq" | "<" | ">" | "\\leq" | "\\geq";
  /** LaTeX of the left side. */
  readonly left: string;
  /** LaTeX of the right side. */
  readonly right: string;
}

/** Numbers joined by colons: a ratio or a time of day. */
export interface RatioAnswer {
  /** The form. */
  readonly type: "ratio";
  /** The parts, in the order written. */
  readonly items: readonly MathAnswer[];
}

/** Words, such as a name, a day or the letter of a choice. */
export interface TextAnswer {
  /** The form. */
  readonly type: "text";
  /** Lower case, words only. */
  readonly text: string;
}

/** A parsed answer, by its form. */
export type MathAnswer =
  | ExpressionAnswer
  | TupleAnswer
  | ListAnswer
  | AssignmentAnswer
  | CasesAnswer
  | SetAnswer
  | UnionAnswer
  | MatrixAnswer
  | RelationAnswer
  | RatioAnswer
  | TextAnswer;
