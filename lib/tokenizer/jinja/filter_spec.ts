import { itemOf } from "./access.ts";
import type { Budget } from "./budget.ts";
import { isText, plain } from "./marked_text.ts";
import type { CallArguments, Value } from "./value.ts";

/** Services that a filter may use. */
export interface FilterContext {
  /** Counts what it uses. */
  readonly budget: Budget;
  /** Runs another filter, for `map`. */
  readonly filter: (name: string, value: Value, args: CallArguments) => Value;
  /** Runs a test, for `select` and its like. */
  readonly test: (name: string, value: Value, args: CallArguments) => boolean;
}

/** A filter with its parameters. */
export interface FilterSpec {
  /** Names of its arguments; null takes any. */
  readonly parameters: readonly string[] | null;
  /** Number of required arguments. @default 0 */
  readonly required?: number;
  /** Filters a value. */
  readonly run: (
    value: Value,
    bound: readonly (Value | undefined)[],
    context: FilterContext,
    args: CallArguments,
  ) => Value;
}

/** The attribute at a path such as `function.name` or `0`, as filters take it. */
export function pathOf(value: Value, path: Value, budget: Budget): Value {
  if (!isText(path)) return itemOf(value, path, budget);
  let found = value;
  for (const part of plain(path).split(".")) {
    found = /^\d+$/.test(part) ? itemOf(found, Number(part), budget) : itemOf(found, part, budget);
  }
  return found;
}
