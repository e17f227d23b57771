import { type Budget, TemplateError } from "./budget.ts";
import { formatPercent } from "./format_text.ts";
import { iterate } from "./iterate.ts";
import { concatTexts, isText, plain, type Text } from "./marked_text.ts";
import type { BinaryOperator, CompareOperator } from "./syntax.ts";
import {
  areEqual,
  compareValues,
  demand,
  Dict,
  Float,
  itemsOf,
  keyOf,
  numberOf,
  Tuple,
  typeName,
  type Value,
} from "./value.ts";

/** Two values with an operator between them, as Python computes it. @throws {TemplateError} when it cannot */
export function operate(operator: BinaryOperator, a: Value, b: Value, budget: Budget): Value {
  demand(a);
  if (operator === "%" && isText(a)) return formatPercent(a, b, budget);
  demand(b);
  const [x, y] = [numberOf(a), numberOf(b)];
  if (x !== null && y !== null) {
    return compute(operator, x, y, a instanceof Float || b instanceof Float);
  }
  if (operator === "+") {
    if (isText(a) && isText(b)) {
      budget.characters(plain(a).length + plain(b).length);
      return concatTexts([a, b]);
    }
    const [left, right] = [itemsOf(a), itemsOf(b)];
    if (left !== null && right !== null && a instanceof Tuple === b instanceof Tuple) {
      budget.step(left.length + right.length);
      const items = [...left, ...right];
      return a instanceof Tuple ? new Tuple(items) : items;
    }
  }
  if (operator === "*") {
    const [value, times] = typeof b === "number" ? [a, b] : [b, a];
    if (typeof times === "number") {
      const count = Math.max(0, times);
      if (isText(value)) return repeatText(value, count, budget);
      const items = itemsOf(value);
      if (items !== null) {
        budget.step(items.length * count);
        const all = Array.from({ length: count }, () => items).flat();
        return value instanceof Tuple ? new Tuple(all) : all;
      }
    }
  }
  throw new TemplateError(
    `unsupported operand types for ${operator}: '${typeName(a)}' and '${typeName(b)}'`,
  );
}

function repeatText(text: Text, count: number, budget: Budget): Text {
  budget.characters(plain(text).length * count);
  if (typeof text === "string") return text.repeat(count);
  budget.step(count);
  return concatTexts(Array.from({ length: count }, () => text));
}

function compute(operator: BinaryOperator, a: number, b: number, isFloat: boolean): Value {
  if (/[/%]/.test(operator) && b === 0) throw new TemplateError("division by zero");
  const whole = (value: number): Value => {
    if (isFloat) return new Float(value);
    if (!Number.isSafeInteger(value)) {
      throw new TemplateError(`${a} ${operator} ${b} is beyond the whole numbers up to 2^53`);
    }
    return value + 0;
  };
  switch (operator) {
    case "+":
      return whole(a + b);
    case "-":
      return whole(a - b);
    case "*":
      return whole(a * b);
    case "/":
      return new Float(a / b);
    case "//":
      return whole(Math.floor(a / b));
    case "%": {
      const rest = a % b;
      return whole(rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest);
    }
    case "**": {
      const power = a ** b;
      if (Number.isNaN(power)) throw new TemplateError(`${a} ** ${b} is no real number`);
      if (a === 0 && b < 0) throw new TemplateError("zero cannot be raised to a negative power");
      return b < 0 ? new Float(power) : whole(power);
    }
  }
}

/** True if `value` is in `container`, as Python's `in`. */
export function contains(container: Value, value: Value, budget: Budget): boolean {
  budget.step();
  if (isText(container)) {
    if (!isText(value)) {
      demand(value);
      throw new TemplateError(
        `'in <string>' requires string as left operand, not ${typeName(value)}`,
      );
    }
    budget.step(1 + (plain(container).length >> 6));
    return plain(container).includes(plain(value));
  }
  if (container instanceof Dict) return container.entries.has(keyOf(value));
  return iterate(container, budget).some((item) => areEqual(item, value, budget));
}

/** True if a comparison of two values holds. */
export function holds(operator: CompareOperator, a: Value, b: Value, budget: Budget): boolean {
  switch (operator) {
    case "==":
      return areEqual(a, b, budget);
    case "!=":
      return !areEqual(a, b, budget);
    case "in":
      return contains(b, a, budget);
    case "not in":
      return !contains(b, a, budget);
    case "<":
      return compareValues(a, b, operator, budget) < 0;
    case "<=":
      return compareValues(a, b, operator, budget) <= 0;
    case ">":
      return compareValues(a, b, operator, budget) > 0;
    case ">=":
      return compareValues(a, b, operator, budget) >= 0;
  }
}
