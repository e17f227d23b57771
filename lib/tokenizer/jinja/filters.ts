import { attributeOf } from "./access.ts";
import { bindArguments } from "./bind_arguments.ts";
import { TemplateError } from "./budget.ts";
import type { FilterContext, FilterSpec } from "./filter_spec.ts";
import { iterate } from "./iterate.ts";
import { LIST_FILTERS } from "./list_filters.ts";
import { isText, plain } from "./marked_text.ts";
import { TEXT_FILTERS } from "./text_filters.ts";
import {
  type CallArguments,
  Dict,
  Float,
  given,
  isTrue,
  itemsOf,
  lengthOfText,
  numberOf,
  typeName,
  Undefined,
  type Value,
} from "./value.ts";
import { jsonOf } from "./write_value.ts";

function tojson(
  value: Value,
  [ascii, indent, separators, sorted]: readonly (Value | undefined)[],
  { budget }: FilterContext,
): Value {
  const pair = separators === undefined || separators === null ? null : itemsOf(separators);
  const width = indent === undefined || indent === null
    ? null
    : isText(indent)
    ? plain(indent)
    : " ".repeat(Math.min(1000, Math.max(0, numberOf(indent) ?? 0)));
  if (indent !== undefined && (numberOf(indent) ?? 0) > 1000) {
    throw new TemplateError("tojson indents by more than 1000");
  }
  const [item, key] = pair === null
    ? [width === null ? ", " : ",", ": "]
    : pair.map((one) => (isText(one) ? plain(one) : ""));
  const style = {
    indent: width,
    itemSeparator: item,
    keySeparator: key,
    isAscii: ascii !== undefined && isTrue(ascii),
    isSorted: sorted !== undefined && isTrue(sorted),
  };
  return jsonOf(value, style, budget);
}

const OTHER: Readonly<Record<string, FilterSpec>> = {
  abs: {
    parameters: [],
    run: (value) => {
      const number = numberOf(value);
      if (number === null) throw new TemplateError(`abs needs a number, not ${typeName(value)}`);
      return value instanceof Float ? new Float(Math.abs(number)) : Math.abs(number);
    },
  },
  attr: {
    parameters: ["name"],
    required: 1,
    run: (value, [name], { budget }) => {
      const isMember = value instanceof Dict && isText(name!) && value.entries.has(plain(name));
      return isMember
        ? new Undefined("it is no attribute")
        : attributeOf(value, isText(name!) ? plain(name) : "", budget);
    },
  },
  default: {
    parameters: ["default_value", "boolean"],
    run: (value, [otherwise, boolean]) => {
      const isMissing = value instanceof Undefined ||
        (boolean !== undefined && isTrue(boolean) && !isTrue(value));
      return isMissing ? given(otherwise, "") : value;
    },
  },
  float: {
    parameters: ["default"],
    run: (value, [otherwise]) => {
      const number = isText(value) ? readFloat(plain(value)) : numberOf(value);
      return number === null || Number.isNaN(number)
        ? given(otherwise, new Float(0))
        : new Float(number);
    },
  },
  int: {
    parameters: ["default", "base"],
    run: (value, [otherwise, base]) => {
      const radix = base === undefined ? 10 : numberOf(base) ?? 10;
      const number = isText(value) ? readInteger(plain(value), radix) : numberOf(value);
      if (number === null || !Number.isFinite(number)) return given(otherwise, 0);
      return Math.trunc(number) + 0;
    },
  },
  length: {
    parameters: [],
    run: (value, _, { budget }) => {
      if (isText(value)) return lengthOfText(plain(value));
      if (value instanceof Dict) return value.entries.size;
      if (itemsOf(value) === null && !(value instanceof Undefined)) {
        throw new TemplateError(`object of type '${typeName(value)}' has no len()`);
      }
      return iterate(value, budget).length;
    },
  },
  round: {
    parameters: ["precision", "method"],
    run: (value, [precision, method]) => {
      const number = numberOf(value);
      if (number === null) throw new TemplateError(`round needs a number, not ${typeName(value)}`);
      const digits = precision === undefined ? 0 : numberOf(precision) ?? 0;
      const way = method !== undefined && isText(method) ? plain(method) : "common";
      const scale = 10 ** digits;
      if (way === "ceil") return new Float(Math.ceil(number * scale) / scale);
      if (way === "floor") return new Float(Math.floor(number * scale) / scale);
      if (way !== "common") throw new TemplateError("method must be common, ceil or floor");
      if (typeof value === "number" && digits >= 0) return value;
      return new Float(roundHalfEven(number, digits));
    },
  },
  safe: { parameters: [], run: (value) => value },
  tojson: { parameters: ["ensure_ascii", "indent", "separators", "sort_keys"], run: tojson },
};

/** Python's `round`: the nearest, of two equally near the even one, by the number's true value. */
function roundHalfEven(number: number, digits: number): number {
  if (!Number.isFinite(number) || digits > 20) return number;
  if (digits < 0) {
    const scale = 10 ** -digits;
    return roundHalfEven(number / scale, 0) * scale;
  }
  if (Math.abs(number) >= 1e15) return number;
  if (digits === 0) {
    const floor = Math.floor(number);
    const rest = number - floor;
    return rest < 0.5 || (rest === 0.5 && floor % 2 === 0) ? floor : floor + 1;
  }
  // toFixed rounds by the true value; a tie can be exact in few decimals alone.
  const scaled = number * 2 ** 20;
  const isTie = Number.isInteger(scaled) && Number.isInteger(number * 10 ** digits * 2) &&
    !Number.isInteger(number * 10 ** digits);
  if (isTie) return roundHalfEven(number * 10 ** digits, 0) / 10 ** digits;
  return Number(number.toFixed(digits));
}

function readFloat(text: string): number | null {
  const trimmed = text.trim().replace(/(?<=\d)_(?=\d)/g, "");
  if (/^[-+]?(?:inf|infinity)$/i.test(trimmed)) {
    return trimmed.startsWith("-") ? -Infinity : Infinity;
  }
  return /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i.test(trimmed) ? Number(trimmed) : null;
}

function readInteger(text: string, base: number): number | null {
  const trimmed = text.trim().toLowerCase().replace(/(?<=\w)_(?=\w)/g, "");
  if (base === 10) {
    const float = readFloat(text);
    return float === null ? null : float;
  }
  const digits = trimmed.replace(/^([-+]?)0[xob]/, "$1");
  const number = parseInt(digits, base);
  const isWhole = [...digits.replace(/^[-+]/, "")].every((d) => !Number.isNaN(parseInt(d, base)));
  return isWhole && !Number.isNaN(number) ? number : null;
}

/** Other names of filters. */
const ALIASES: Readonly<Record<string, string>> = { d: "default", count: "length" };

const FILTERS: Readonly<Record<string, FilterSpec>> = {
  ...TEXT_FILTERS,
  ...LIST_FILTERS,
  ...OTHER,
};

/** True if there is a filter of this name. */
export function hasFilter(name: string): boolean {
  return Object.hasOwn(FILTERS, name) || Object.hasOwn(ALIASES, name);
}

/** Filters a value. @throws {TemplateError} when there is no such filter or it refuses the value */
export function runFilter(
  name: string,
  value: Value,
  args: CallArguments,
  context: FilterContext,
): Value {
  const real = Object.hasOwn(ALIASES, name) ? ALIASES[name] : name;
  if (!Object.hasOwn(FILTERS, real)) throw new TemplateError(`there is no filter ${name}`);
  const { parameters, required, run } = FILTERS[real];
  context.budget.step();
  const bound = parameters === null ? [] : bindArguments(name, parameters, args, required);
  return run(value, bound, context, args);
}
