import { attributeOf, itemOf, partOf } from "./access.ts";
import { type Budget, TemplateError } from "./budget.ts";
import type { FilterContext } from "./filter_spec.ts";
import { runFilter } from "./filters.ts";
import { iterate } from "./iterate.ts";
import { concatTexts, plain } from "./marked_text.ts";
import { holds, operate } from "./operators.ts";
import type { Scope } from "./scope.ts";
import type { Arguments, Expression, FilterExpression } from "./syntax.ts";
import { runTest } from "./tests.ts";
import {
  Callable,
  type CallArguments,
  demand,
  demandInteger,
  Dict,
  Float,
  isTrue,
  keyOf,
  numberOf,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from "./value.ts";
import { textOf } from "./write_value.ts";

/** Evaluates expressions as Jinja does, within a budget. */
export class Evaluator {
  /** Budget that counts the work. */
  readonly budget: Budget;
  readonly #context: FilterContext;

  /** An evaluator that draws on a budget. */
  constructor(budget: Budget) {
    this.budget = budget;
    this.#context = {
      budget,
      filter: (name, value, args) => runFilter(name, value, args, this.#context),
      test: (name, value, args) => runTest(name, value, args, budget),
    };
  }

  /** The value of an expression. @throws {TemplateError} when it has none */
  evaluate(node: Expression, scope: Scope): Value {
    this.budget.step();
    switch (node.kind) {
      case "constant":
        return node.isFloat ? new Float(node.value as number) : node.value;
      case "name":
        return scope.get(node.name);
      case "list":
        return node.items.map((item) => this.evaluate(item, scope));
      case "tuple":
        return new Tuple(node.items.map((item) => this.evaluate(item, scope)));
      case "dict":
        return new Dict(
          node.pairs.map(([key, value]) =>
            [keyOf(this.evaluate(key, scope)), this.evaluate(value, scope)] as const
          ),
        );
      case "attribute":
        return attributeOf(this.evaluate(node.target, scope), node.name, this.budget);
      case "item":
        return this.#item(node, scope);
      case "slice":
        throw new TemplateError("a slice stands outside of a subscript");
      case "call":
        return this.call(this.evaluate(node.callee, scope), this.args(node.args, scope));
      case "filter":
        return this.filter(node, this.evaluate(node.target!, scope), scope);
      case "test":
        return runTest(
          node.name,
          this.evaluate(node.target, scope),
          this.args(node.args, scope),
          this.budget,
        );
      case "unary":
        return this.#unary(node.operator, this.evaluate(node.operand, scope));
      case "binary":
        return operate(
          node.operator,
          this.evaluate(node.left, scope),
          this.evaluate(node.right, scope),
          this.budget,
        );
      case "and": {
        const left = this.evaluate(node.left, scope);
        return isTrue(left) ? this.evaluate(node.right, scope) : left;
      }
      case "or": {
        const left = this.evaluate(node.left, scope);
        return isTrue(left) ? left : this.evaluate(node.right, scope);
      }
      case "compare":
        return this.#compare(node, scope);
      case "concat": {
        const texts = node.parts.map((part) => textOf(this.evaluate(part, scope), this.budget));
        this.budget.characters(texts.reduce((sum, text) => sum + plain(text).length, 0));
        return concatTexts(texts);
      }
      case "condition":
        if (isTrue(this.evaluate(node.test, scope))) return this.evaluate(node.then, scope);
        return node.otherwise === null
          ? new Undefined(
            "the inline if-expression evaluated to false and no else section was defined.",
          )
          : this.evaluate(node.otherwise, scope);
    }
  }

  /** Calls a value. @throws {TemplateError} when it is no function */
  call(callee: Value, args: CallArguments): Value {
    this.budget.step();
    demand(callee);
    if (!(callee instanceof Callable)) {
      throw new TemplateError(`'${typeName(callee)}' object is not callable`);
    }
    return callee.call(args);
  }

  /** Runs a filter on a value. */
  filter(node: FilterExpression, value: Value, scope: Scope): Value {
    return runFilter(node.name, value, this.args(node.args, scope), this.#context);
  }

  /** The values of arguments. */
  args({ positional, named, spread, namedSpread }: Arguments, scope: Scope): CallArguments {
    const values = positional.map((item) => this.evaluate(item, scope));
    const names = new Map(named.map(([name, item]) => [name, this.evaluate(item, scope)]));
    if (spread !== null) values.push(...iterate(this.evaluate(spread, scope), this.budget));
    if (namedSpread !== null) {
      const dict = this.evaluate(namedSpread, scope);
      if (!(dict instanceof Dict)) throw new TemplateError("the argument after ** must be a dict");
      for (const [name, value] of dict.entries) {
        if (names.has(String(name))) throw new TemplateError(`${name} is given twice`);
        names.set(String(name), value);
      }
    }
    return { positional: values, named: names };
  }

  #item(node: Extract<Expression, { kind: "item" }>, scope: Scope): Value {
    const target = this.evaluate(node.target, scope);
    if (node.index.kind !== "slice") {
      return itemOf(target, this.evaluate(node.index, scope), this.budget);
    }
    const { start, stop, step } = node.index;
    const bounds = [start, stop, step].map((bound) => {
      const value = bound === null ? null : this.evaluate(bound, scope);
      return value === null ? null : demandInteger(value, "a slice's bound");
    });
    return partOf(target, bounds, this.budget);
  }

  #unary(operator: "-" | "+" | "not", value: Value): Value {
    if (operator === "not") return !isTrue(value);
    demand(value);
    const number = numberOf(value);
    if (number === null) {
      throw new TemplateError(`bad operand type for unary ${operator}: '${typeName(value)}'`);
    }
    const signed = operator === "-" ? -number : number;
    return value instanceof Float ? new Float(signed) : signed + 0;
  }

  #compare(node: Extract<Expression, { kind: "compare" }>, scope: Scope): boolean {
    let left = this.evaluate(node.first, scope);
    for (const { operator, operand } of node.rest) {
      const right = this.evaluate(operand, scope);
      if (!holds(operator, left, right, this.budget)) return false;
      left = right;
    }
    return true;
  }
}
