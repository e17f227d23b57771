import { closest } from "./closest.ts";
import {
  isOptionValue,
  optionDefault,
  type OptionInput,
  type OptionTable,
  type OptionValues,
  wantedValue,
} from "./option_table.ts";

/**
 * Fills in the defaults of options and checks every value. Names of the last version are read as the
 * present ones.
 *
 * @param action begins the message of an error, such as `generate`
 * @throws {RangeError} naming the option and its value, or an option that there is not
 *
 * @example
 * ```ts
 * import { resolveOptions } from "@potstill/records/resolve_options.ts";
 * const table = {
 *   attempts: { type: "integer", min: 1, default: 1, was: ["tries"], description: "Attempts" },
 *   model: { type: "string", description: "Name of the model" },
 * } as const;
 * const { attempts } = resolveOptions(table, { model: "small" }, "generate");
 * if (attempts !== 1) throw new Error("the default is 1");
 * ```
 */
export function resolveOptions<T extends OptionTable>(
  table: T,
  given: OptionInput<T>,
  action: string,
): OptionValues<T> {
  const present = presentNames(table, given, action);
  refuseUnknown(present, Object.keys(table), action);
  const values: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(table)) {
    values[name] = Object.hasOwn(present, name) ? present[name] : optionDefault(spec);
  }
  checkOptions(table, values, action);
  return values as OptionValues<T>;
}

/** The defaults of a table's options; undefined where an option has none. */
export function optionDefaults<T extends OptionTable>(table: T): OptionValues<T> {
  return Object.fromEntries(
    Object.entries(table).map(([name, spec]) => [name, optionDefault(spec)]),
  ) as OptionValues<T>;
}

/**
 * Checks values; undefined values are not checked, nor null where that is the default.
 *
 * @throws {RangeError} naming the option and its value
 */
export function checkOptions(
  table: OptionTable,
  values: Readonly<Record<string, unknown>>,
  action: string,
): void {
  for (const [name, spec] of Object.entries(table)) {
    const value = values[name];
    if (value === undefined || (value === null && spec.default === null)) continue;
    const isList = spec.multiple || spec.list;
    const isFine = isList
      ? Array.isArray(value) && value.every((one) => isOptionValue(spec, one))
      : isOptionValue(spec, value);
    if (isFine) continue;
    const wanted = wantedValue(spec) || "a text";
    throw new RangeError(
      `Cannot ${action}: ${name} must be ${isList ? "a list, each " : ""}${wanted}, it is ${
        shown(value)
      }`,
    );
  }
}

/** The part of an object that a table names, without what is undefined. */
export function pickOptions<T extends OptionTable>(table: T, from: object): OptionInput<T> {
  const picked: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(from)) {
    if (value !== undefined && Object.hasOwn(table, name)) picked[name] = value;
  }
  return picked as OptionInput<T>;
}

/**
 * Options under their present names, where they have those of the last version, without what is
 * undefined. Names that the table does not have are left as they are.
 *
 * @throws {RangeError} when one option is given under both names with different values
 */
export function presentNames(
  table: OptionTable,
  options: object,
  action: string = "read options",
): Record<string, unknown> {
  const names = new Map(
    Object.entries(table).flatMap(([name, { was = [] }]) => was.map((old) => [old, name] as const)),
  );
  const present: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const now = Object.hasOwn(table, name) ? name : names.get(name) ?? name;
    if (Object.hasOwn(present, now) && present[now] !== value) {
      throw new RangeError(
        `Cannot ${action}: ${name} is the name that ${now} had, and both are given`,
      );
    }
    present[now] = value;
  }
  return present;
}

/**
 * Refuses an object with a field that is not understood.
 *
 * @param names of the fields that are
 * @throws {RangeError} with the nearest name
 */
export function refuseUnknown(from: object, names: readonly string[], action: string): void {
  const unknown = Object.keys(from).find((name) => !names.includes(name));
  if (unknown === undefined) return;
  const near = closest(unknown, names);
  throw new RangeError(
    `Cannot ${action}: there is no option ${unknown}${near ? `; did you mean ${near}?` : ""}`,
  );
}

function shown(value: unknown): string {
  return typeof value === "string" || typeof value === "object"
    ? JSON.stringify(value)
    : String(value);
}
