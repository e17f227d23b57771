import { type Budget, TemplateError } from "./budget.ts";
import { concatTexts, isText, plain, sliceText, type Text } from "./marked_text.ts";
import { padText } from "./pad_text.ts";
import {
  type CallArguments,
  demand,
  Dict,
  Float,
  lengthOfText,
  numberOf,
  Tuple,
  typeName,
  type Value,
} from "./value.ts";
import { floatText, reprOf, textOf } from "./write_value.ts";

/** Most characters of one formatted value. */
const MAX_WIDTH = 10_000;

/** `text % values`, for the conversions that templates use: `s`, `r`, `d`, `i`, `f`, `x`, `%`. */
export function formatPercent(text: Text, values: Value, budget: Budget): Text {
  const source = plain(text);
  const rest = values instanceof Tuple ? [...values.items] : [values];
  const isNamed = values instanceof Dict;
  const pieces: Text[] = [];
  let at = 0;
  const pattern = /%(?:\((\w+)\))?([-+ 0#]*)(\d*)(?:\.(\d+))?([^])/g;
  for (const found of source.matchAll(pattern)) {
    const [whole, key, flags, width, precision, conversion] = found;
    pieces.push(sliceText(text, at, found.index));
    at = found.index + whole.length;
    if (conversion === "%") {
      pieces.push("%");
      continue;
    }
    const value = key === undefined ? rest.shift() : isNamed ? values.entries.get(key) : undefined;
    if (value === undefined) throw new TemplateError("not enough arguments for format string");
    const digits = precision === undefined ? null : Number(precision);
    const shown = converted(value, conversion, digits, flags, budget);
    const size = Number(width);
    if (size > MAX_WIDTH) throw new TemplateError(`a format has a width over ${MAX_WIDTH}`);
    const isNumeric = !/[sr]/.test(conversion);
    pieces.push(padded(shown, size, flags, isNumeric, budget));
  }
  if (source.slice(at).includes("%")) throw new TemplateError("incomplete format");
  if (!isNamed && rest.length > 0) {
    throw new TemplateError("not all arguments converted during string formatting");
  }
  pieces.push(sliceText(text, at, source.length));
  return concatTexts(pieces);
}

function padded(
  shown: Text,
  width: number,
  flags: string,
  isNumeric: boolean,
  budget: Budget,
): Text {
  if (flags.includes("-")) return padText(shown, width, " ", "right", budget);
  if (!flags.includes("0") || !isNumeric) return padText(shown, width, " ", "left", budget);
  const sign = /^[-+ ]/.test(plain(shown)) ? 1 : 0;
  const digits = sliceText(shown, sign, plain(shown).length);
  return concatTexts([
    sliceText(shown, 0, sign),
    padText(digits, width - sign, "0", "left", budget),
  ]);
}

function converted(
  value: Value,
  conversion: string,
  precision: number | null,
  flags: string,
  budget: Budget,
): Text {
  if (conversion === "s" || conversion === "r") {
    const shown = conversion === "s" ? textOf(value, budget) : reprOf(value, budget);
    budget.characters(plain(shown).length);
    return precision === null ? shown : sliceText(shown, 0, precision);
  }
  if (!/[dixf]/.test(conversion)) {
    throw new TemplateError(`the format %${conversion} is not supported`);
  }
  demand(value);
  const number = numberOf(value);
  if (number === null) {
    throw new TemplateError(`%${conversion} format: a number is required, not ${typeName(value)}`);
  }
  const sign = number >= 0 ? (flags.match(/[+ ]/)?.[0] ?? "") : "";
  if (conversion === "f") return sign + fixed(number, precision ?? 6);
  const whole = Math.trunc(number);
  return sign + (conversion === "x" ? whole.toString(16) : String(whole));
}

function fixed(number: number, digits: number): string {
  if (digits > 100) throw new TemplateError("a format has more than 100 decimals");
  if (!Number.isFinite(number)) return floatText(number);
  if (Math.abs(number) >= 1e21) throw new TemplateError("a number is too large to be formatted");
  return number.toFixed(digits);
}

/** `text.format(...)`, with fields by place or name and the plain formats for width and decimals. */
export function formatBraces(text: Text, args: CallArguments, budget: Budget): Text {
  const source = plain(text);
  const pieces: Text[] = [];
  let at = 0;
  let next = 0;
  for (const found of source.matchAll(/\{\{|\}\}|\{([^{}]*)\}|[{}]/g)) {
    pieces.push(sliceText(text, at, found.index));
    at = found.index + found[0].length;
    if (found[0] === "{{" || found[0] === "}}") {
      pieces.push(found[0][0]);
      continue;
    }
    const field = /^(\w*)(?:!([sr]))?(?::(.)??([<>^])?(0?)(\d*)(?:\.(\d+))?([dfs]?))?$/.exec(
      found[1] ?? "{",
    );
    if (field === null) throw new TemplateError(`the format field ${found[0]} is not supported`);
    const [, name, conversion, fill, align, zero, width, precision, kind] = field;
    const value = name === ""
      ? args.positional[next++]
      : /^\d+$/.test(name)
      ? args.positional[Number(name)]
      : args.named.get(name);
    if (value === undefined) {
      throw new TemplateError(`the format field ${found[0]} has no argument`);
    }
    demand(value);
    const number = conversion === undefined ? numberOf(value) : null;
    const digits = precision === undefined ? null : Number(precision);
    const isFixed = kind === "f" || (number !== null && digits !== null);
    let shown: Text = conversion === "r"
      ? reprOf(value, budget)
      : isFixed
      ? fixed(number ?? NaN, digits ?? 6)
      : textOf(value, budget);
    if (isText(value) && digits !== null) shown = sliceText(shown, 0, digits);
    const size = Number(width || 0);
    if (size > MAX_WIDTH) throw new TemplateError(`a format has a width over ${MAX_WIDTH}`);
    const isNumber = number !== null && typeof value !== "boolean" || value instanceof Float;
    const sides = { "<": "right", ">": "left", "^": "both" } as const;
    const side = sides[(align ?? (isNumber ? ">" : "<")) as keyof typeof sides];
    const filler = fill ?? (zero === "0" ? "0" : " ");
    budget.characters(plain(shown).length);
    // Python's format puts an odd space to the right, unlike center.
    pieces.push(
      side === "both" ? centered(shown, size, filler) : padText(shown, size, filler, side, budget),
    );
  }
  pieces.push(sliceText(text, at, source.length));
  return concatTexts(pieces);
}

function centered(text: Text, width: number, fill: string): Text {
  const missing = Math.max(0, width - lengthOfText(plain(text)));
  const left = Math.floor(missing / 2);
  return concatTexts([fill.repeat(left), text, fill.repeat(missing - left)]);
}
