/** The value of one option, without lists. */
export type OptionScalarValue = string | number | boolean;

/**
 * An option: its meaning, its values and its default. On the command line its key in the table,
 * `timeoutMs`, is written `--timeout-ms`.
 */
export interface OptionSpec {
  /** Kind of value. On the command line a `boolean` takes no text; `--no-name` sets it to false. */
  readonly type: "string" | "integer" | "number" | "boolean";
  /** Sentence for help texts and tables; the default is added to it. */
  readonly description: string;
  /** Value when the option is not given. Without one it is `undefined` (`false` for a boolean). */
  readonly default?: OptionScalarValue | null;
  /** The default in words, where it follows from other options: `0.4 with candidates, else 0`. */
  readonly defaultNote?: string;
  /** The only texts allowed. */
  readonly choices?: readonly string[];
  /** True if the option may be given several times; its value is then a list. */
  readonly multiple?: boolean;
  /** True if it takes several values with commas between; its value is then a list. */
  readonly list?: boolean;
  /** Least number allowed. */
  readonly min?: number;
  /** Numbers must be greater than this. */
  readonly above?: number;
  /** Greatest number allowed. */
  readonly max?: number;
  /** Single-letter form, such as `-o`. */
  readonly short?: string;
  /** Name of the value in help texts, such as `FOLDER`. */
  readonly placeholder?: string;
  /** Names that the option had in the last version: still read, never shown. */
  readonly was?: readonly string[];
}

/** Options by their camelCase names. */
export type OptionTable = Readonly<Record<string, OptionSpec>>;

/** The type of one value of an option. */
export type OptionScalar<S extends OptionSpec> = S["type"] extends "boolean" ? boolean
  : S["type"] extends "integer" | "number" ? number
  : S["choices"] extends readonly string[] ? S["choices"][number]
  : string;

/** The type of an option's value. */
export type OptionValue<S extends OptionSpec> = S["multiple"] extends true
  ? readonly OptionScalar<S>[]
  : S["type"] extends "boolean" ? boolean
  : S["list"] extends true ? readonly OptionScalar<S>[] | undefined
  : S["default"] extends OptionScalarValue ? OptionScalar<S>
  : S["default"] extends null ? OptionScalar<S> | null
  : OptionScalar<S> | undefined;

/** The values of a table's options, defaults filled in. */
export type OptionValues<T extends OptionTable> = { readonly [K in keyof T]: OptionValue<T[K]> };

/** The values of a table's options where each of them has one. */
export type ResolvedOptions<T extends OptionTable> = {
  readonly [K in keyof T]: Exclude<OptionValue<T[K]>, undefined>;
};

/** Values that a caller gives; the others take their defaults. */
export type OptionInput<T extends OptionTable> = {
  readonly [K in keyof T]?: OptionValue<T[K]> | undefined;
};

/** `timeoutMs` as it is typed on the command line: `--timeout-ms`. */
export function flagName(key: string): string {
  return "--" + key.replace(/[A-Z]/g, (letter) => "-" + letter.toLowerCase());
}

/** The default of one option. */
export function optionDefault(
  spec: OptionSpec,
): OptionScalarValue | null | readonly [] | undefined {
  if (spec.multiple) return [];
  return spec.default ?? (spec.type === "boolean" ? false : spec.default);
}

/** An option's default in words, for help texts and tables; null when there is none to tell. */
export function defaultText(spec: OptionSpec): string | null {
  if (spec.defaultNote !== undefined) return spec.defaultNote;
  if (spec.type === "boolean" || spec.default === undefined || spec.default === null) return null;
  return String(spec.default);
}

/** The values that an option takes, in words: `a whole number from 1`; empty for any text. */
export function wantedValue(spec: OptionSpec): string {
  const { type, choices, min, above, max } = spec;
  if (choices !== undefined) return `one of ${choices.join(", ")}`;
  if (type === "boolean") return "true or false";
  if (type === "string") return "";
  const bounds = [
    ...(min === undefined || max === undefined ? [] : [`from ${min} to ${max}`]),
    ...(min === undefined || max !== undefined ? [] : [`from ${min}`]),
    ...(above === undefined ? [] : [`above ${above}`]),
    ...(max === undefined || min !== undefined ? [] : [`at most ${max}`]),
  ];
  const kind = type === "integer" ? "a whole number" : "a number";
  return bounds.length === 0 ? kind : `${kind} ${bounds.join(" and ")}`;
}

/** True if a single value is one that the option takes. */
export function isOptionValue(spec: OptionSpec, value: unknown): value is OptionScalarValue {
  if (spec.type === "boolean") return typeof value === "boolean";
  if (spec.type === "string") {
    return typeof value === "string" && (spec.choices?.includes(value) ?? true);
  }
  if (typeof value !== "number") return false;
  const { type, min = -Infinity, above = -Infinity, max = Infinity } = spec;
  const isNumber = type === "integer" ? Number.isSafeInteger(value) : Number.isFinite(value);
  return isNumber && value >= min && value > above && value <= max;
}

/** Reads an option's text; undefined when it is not a value that the option takes. */
export function readOptionText(
  spec: OptionSpec,
  text: string,
): OptionScalarValue | OptionScalarValue[] | undefined {
  if (spec.list) {
    const values = text.split(",").map((part) => readOptionText({ ...spec, list: false }, part));
    return values.includes(undefined) ? undefined : values as OptionScalarValue[];
  }
  const isNumber = spec.type === "integer" || spec.type === "number";
  const value = isNumber ? (text.trim() === "" ? NaN : Number(text)) : text;
  return isOptionValue(spec, value) ? value : undefined;
}
