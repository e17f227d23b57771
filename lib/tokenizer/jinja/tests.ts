import { hasFilter } from "./filters.ts";
import { type Budget, TemplateError } from "./budget.ts";
import { isText, plain } from "./marked_text.ts";
import { contains } from "./operators.ts";
import {
  areEqual,
  Callable,
  type CallArguments,
  compareValues,
  demand,
  Dict,
  Float,
  itemsOf,
  numberOf,
  typeName,
  Undefined,
  type Value,
} from "./value.ts";
import { textOf } from "./write_value.ts";

type Test = (value: Value, argument: Value, budget: Budget) => boolean;

const order =
  (operator: string, holds: (order: number) => boolean): Test => (value, other, budget) =>
    holds(compareValues(value, other, operator, budget));
const isEqual: Test = (value, other, budget) => areEqual(value, other, budget);

function whole(value: Value, by: Value = 1): number {
  demand(value);
  const [number, divisor] = [numberOf(value), numberOf(by)];
  if (number === null || divisor === null) {
    throw new TemplateError(
      `the test needs numbers, not ${typeName(number === null ? value : by)}`,
    );
  }
  return number;
}

function isCase(value: Value, budget: Budget, map: (text: string) => string): boolean {
  const text = plain(textOf(value, budget));
  return text.toLowerCase() !== text.toUpperCase() && text === map(text);
}

const TESTS: Readonly<Record<string, { readonly run: Test; readonly takes: 0 | 1 }>> = {
  boolean: { takes: 0, run: (value) => typeof value === "boolean" },
  callable: { takes: 0, run: (value) => value instanceof Callable },
  defined: { takes: 0, run: (value) => !(value instanceof Undefined) },
  divisibleby: {
    takes: 1,
    run: (value, by) => {
      const divisor = whole(by);
      if (divisor === 0) throw new TemplateError("integer modulo by zero");
      return whole(value, by) % divisor === 0;
    },
  },
  eq: { takes: 1, run: isEqual },
  even: { takes: 0, run: (value) => whole(value) % 2 === 0 },
  false: { takes: 0, run: (value) => value === false },
  filter: { takes: 0, run: (value, _, budget) => hasFilter(plain(textOf(value, budget))) },
  float: { takes: 0, run: (value) => value instanceof Float },
  ge: { takes: 1, run: order(">=", (o) => o >= 0) },
  gt: { takes: 1, run: order(">", (o) => o > 0) },
  in: { takes: 1, run: (value, list, budget) => contains(list, value, budget) },
  integer: { takes: 0, run: (value) => typeof value === "number" },
  iterable: {
    takes: 0,
    run: (value) =>
      isText(value) || itemsOf(value) !== null || value instanceof Dict ||
      value instanceof Undefined,
  },
  le: { takes: 1, run: order("<=", (o) => o <= 0) },
  lower: {
    takes: 0,
    run: (value, _, budget) => isCase(value, budget, (text) => text.toLowerCase()),
  },
  lt: { takes: 1, run: order("<", (o) => o < 0) },
  mapping: { takes: 0, run: (value) => value instanceof Dict },
  ne: { takes: 1, run: (value, other, budget) => !areEqual(value, other, budget) },
  none: { takes: 0, run: (value) => value === null },
  number: { takes: 0, run: (value) => numberOf(value) !== null },
  odd: { takes: 0, run: (value) => Math.abs(whole(value) % 2) === 1 },
  sameas: {
    takes: 1,
    run: (value, other) =>
      value === other || (isText(value) && isText(other) && plain(value) === plain(other)),
  },
  sequence: {
    takes: 0,
    run: (value) =>
      isText(value) || itemsOf(value) !== null || value instanceof Dict ||
      value instanceof Undefined,
  },
  string: { takes: 0, run: (value) => isText(value) },
  test: { takes: 0, run: (value, _, budget) => hasTest(plain(textOf(value, budget))) },
  true: { takes: 0, run: (value) => value === true },
  undefined: { takes: 0, run: (value) => value instanceof Undefined },
  upper: {
    takes: 0,
    run: (value, _, budget) => isCase(value, budget, (text) => text.toUpperCase()),
  },
};

const ALIASES: Readonly<Record<string, string>> = {
  "==": "eq",
  "!=": "ne",
  "<": "lt",
  "<=": "le",
  ">": "gt",
  ">=": "ge",
  equalto: "eq",
  greaterthan: "gt",
  lessthan: "lt",
};

/** True if there is a test of this name. */
function hasTest(name: string): boolean {
  return Object.hasOwn(TESTS, name) || Object.hasOwn(ALIASES, name);
}

/** Tests a value. @throws {TemplateError} when there is no such test or it refuses the value */
export function runTest(name: string, value: Value, args: CallArguments, budget: Budget): boolean {
  const real = Object.hasOwn(ALIASES, name) ? ALIASES[name] : name;
  if (!Object.hasOwn(TESTS, real)) throw new TemplateError(`there is no test ${name}`);
  const { run, takes } = TESTS[real];
  budget.step();
  const given = [...args.positional, ...args.named.values()];
  if (given.length !== takes) {
    throw new TemplateError(`the test ${name} takes ${takes} arguments, not ${given.length}`);
  }
  return run(value, given[0] ?? null, budget);
}
