/** An expression of a template. */
export type Expression =
  | {
    readonly kind: "constant";
    readonly value: string | number | boolean | null;
    readonly isFloat?: true;
  }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "list" | "tuple"; readonly items: readonly Expression[] }
  | { readonly kind: "dict"; readonly pairs: readonly (readonly [Expression, Expression])[] }
  | { readonly kind: "attribute"; readonly target: Expression; readonly name: string }
  | { readonly kind: "item"; readonly target: Expression; readonly index: Expression }
  | {
    readonly kind: "slice";
    readonly start: Expression | null;
    readonly stop: Expression | null;
    readonly step: Expression | null;
  }
  | { readonly kind: "call"; readonly callee: Expression; readonly args: Arguments }
  | FilterExpression
  | {
    readonly kind: "test";
    readonly target: Expression;
    readonly name: string;
    readonly args: Arguments;
  }
  | { readonly kind: "unary"; readonly operator: "-" | "+" | "not"; readonly operand: Expression }
  | {
    readonly kind: "binary";
    readonly operator: BinaryOperator;
    readonly left: Expression;
    readonly right: Expression;
  }
  | { readonly kind: "and" | "or"; readonly left: Expression; readonly right: Expression }
  | { readonly kind: "compare"; readonly first: Expression; readonly rest: readonly Comparison[] }
  | { readonly kind: "concat"; readonly parts: readonly Expression[] }
  | {
    readonly kind: "condition";
    readonly test: Expression;
    readonly then: Expression;
    readonly otherwise: Expression | null;
  };

/** Operators on two values. */
export type BinaryOperator = "+" | "-" | "*" | "/" | "//" | "%" | "**";

/** Operators that compare; several in a row hold when each does, as in Python. */
export type CompareOperator = "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "not in";

/** A further operand of a comparison. */
export interface Comparison {
  /** Comparison with the operand before it. */
  readonly operator: CompareOperator;
  /** The operand. */
  readonly operand: Expression;
}

/** A filter; the target is null in a block whose body is filtered. */
export interface FilterExpression {
  /** Tells it from other expressions. */
  readonly kind: "filter";
  /** Filtered expression. */
  readonly target: Expression | null;
  /** The filter's name. */
  readonly name: string;
  /** Its further arguments. */
  readonly args: Arguments;
}

/** Arguments of a call. */
export interface Arguments {
  /** Positional arguments. */
  readonly positional: readonly Expression[];
  /** Named arguments. */
  readonly named: readonly (readonly [string, Expression])[];
  /** After `*`. */
  readonly spread: Expression | null;
  /** After `**`. */
  readonly namedSpread: Expression | null;
}

/** Target of an assignment. */
export type Target =
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "member"; readonly namespace: string; readonly name: string }
  | { readonly kind: "tuple"; readonly items: readonly Target[] };

/** Parameters and body of a macro, or of a block that is given to one. */
export interface MacroSignature {
  /** Names of the parameters. */
  readonly parameters: readonly string[];
  /** Defaults of the last of them. */
  readonly defaults: readonly Expression[];
  /** Statements of its body. */
  readonly body: readonly Statement[];
}

/** A statement of a template. */
export type Statement =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "print"; readonly expression: Expression }
  | {
    readonly kind: "if";
    readonly branches: readonly {
      readonly test: Expression;
      readonly body: readonly Statement[];
    }[];
    readonly otherwise: readonly Statement[];
  }
  | {
    readonly kind: "for";
    readonly target: Target;
    readonly iterable: Expression;
    readonly condition: Expression | null;
    readonly isRecursive: boolean;
    readonly body: readonly Statement[];
    readonly otherwise: readonly Statement[];
  }
  | { readonly kind: "set"; readonly target: Target; readonly value: Expression }
  | {
    readonly kind: "set-block";
    readonly target: Target;
    readonly filter: FilterExpression | null;
    readonly body: readonly Statement[];
  }
  | {
    readonly kind: "with";
    readonly targets: readonly Target[];
    readonly values: readonly Expression[];
    readonly body: readonly Statement[];
  }
  | { readonly kind: "macro"; readonly name: string; readonly signature: MacroSignature }
  | {
    readonly kind: "call-block";
    readonly call: Extract<Expression, { kind: "call" }>;
    readonly signature: MacroSignature;
  }
  | {
    readonly kind: "filter-block";
    readonly filter: FilterExpression;
    readonly body: readonly Statement[];
  }
  | { readonly kind: "generation"; readonly body: readonly Statement[] }
  | { readonly kind: "break" | "continue" };
