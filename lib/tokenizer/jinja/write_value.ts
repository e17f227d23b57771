import { type Budget, TemplateError } from "./budget.ts";
import { isText, markedLike, plain, type Text, TextBuilder } from "./marked_text.ts";
import {
  Callable,
  compareValues,
  Dict,
  Float,
  itemsOf,
  Namespace,
  Tuple,
  Undefined,
  type Value,
} from "./value.ts";

/** A value as `str` writes it, which is what a template prints. */
export function textOf(value: Value, budget: Budget): Text {
  if (isText(value)) return value;
  if (value instanceof Undefined) return "";
  const builder = new TextBuilder();
  writeRepr(value, builder, budget);
  return builder.text();
}

/** A value as `repr` writes it. */
export function reprOf(value: Value, budget: Budget): Text {
  const builder = new TextBuilder();
  writeRepr(value, builder, budget);
  return builder.text();
}

/** Deepest nesting of lists and dicts that is written. */
const MAX_DEPTH = 500;

function writeRepr(value: Value, out: TextBuilder, budget: Budget, depth = 0): void {
  budget.step();
  if (depth > MAX_DEPTH) throw new TemplateError(`a value is nested more than ${MAX_DEPTH} deep`);
  const write = (text: Text) => {
    budget.characters(plain(text).length);
    out.add(text);
  };
  const writeAll = (items: readonly Value[]) =>
    items.forEach((item, i) => {
      if (i > 0) write(", ");
      writeRepr(item, out, budget, depth + 1);
    });
  if (value === null) return write("None");
  if (typeof value === "boolean") return write(value ? "True" : "False");
  if (typeof value === "number") return write(String(value));
  if (isText(value)) return write(quoted(value));
  if (value instanceof Float) return write(floatText(value.value));
  if (value instanceof Undefined) return write("Undefined");
  if (value instanceof Callable) throw new TemplateError(`the function ${value.name} is no text`);
  if (value instanceof Dict || value instanceof Namespace) {
    const entries = value instanceof Dict ? value.items() : value.members;
    write(value instanceof Dict ? "{" : "<Namespace {");
    let isFirst = true;
    for (const [key, item] of entries) {
      if (!isFirst) write(", ");
      isFirst = false;
      writeRepr(key, out, budget, depth + 1);
      write(": ");
      writeRepr(item, out, budget, depth + 1);
    }
    return write(value instanceof Dict ? "}" : "}>");
  }
  const items = itemsOf(value)!;
  write(value instanceof Tuple ? "(" : "[");
  writeAll(items);
  if (value instanceof Tuple && items.length === 1) write(",");
  write(value instanceof Tuple ? ")" : "]");
}

/** A text in Python's quotes. */
function quoted(text: Text): Text {
  const source = plain(text);
  const quote = source.includes("'") && !source.includes('"') ? '"' : "'";
  let out = "";
  for (const char of source) {
    const code = char.codePointAt(0)!;
    if (char === quote || char === "\\") out += "\\" + char;
    else if (char === "\n") out += "\\n";
    else if (char === "\r") out += "\\r";
    else if (char === "\t") out += "\\t";
    else if (char !== " " && /[\p{C}\p{Z}]/u.test(char)) {
      out += code < 0x100
        ? "\\x" + code.toString(16).padStart(2, "0")
        : code < 0x10000
        ? "\\u" + code.toString(16).padStart(4, "0")
        : "\\U" + code.toString(16).padStart(8, "0");
    } else out += char;
  }
  return quotedLike(text, out, quote);
}

/** An escaped text between quotes, which are never the text's own. */
function quotedLike(source: Text, escaped: string, quote: string): Text {
  return new TextBuilder().add(quote).add(markedLike(source, escaped)).add(quote).text();
}

/** A float as Python's `repr` writes it: the shortest digits, an exponent below 1e-4 and from 1e16. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  const [mantissa, exponent] = value.toExponential().split("e");
  const power = Number(exponent);
  if (power < -4 || power >= 16) {
    const sign = power < 0 ? "-" : "+";
    return `${mantissa}e${sign}${String(Math.abs(power)).padStart(2, "0")}`;
  }
  const sign = value < 0 ? "-" : "";
  const digits = mantissa.replace(/[-.]/g, "");
  if (power < 0) return `${sign}0.${"0".repeat(-power - 1)}${digits}`;
  const whole = digits.slice(0, power + 1).padEnd(power + 1, "0");
  return `${sign}${whole}.${digits.slice(power + 1) || "0"}`;
}

/** Layout of JSON output. */
export interface JsonStyle {
  /** Indentation per level, or null for one line. */
  readonly indent: string | null;
  /** Between items. */
  readonly itemSeparator: string;
  /** Between key and value. */
  readonly keySeparator: string;
  /** Escape characters outside of ASCII. */
  readonly isAscii: boolean;
  /** Order keys. */
  readonly isSorted: boolean;
}

/**
 * A value as `json.dumps` writes it.
 *
 * @throws {TemplateError} when it is no JSON
 */
export function jsonOf(value: Value, style: JsonStyle, budget: Budget): Text {
  const out = new TextBuilder();
  const write = (text: Text) => {
    budget.characters(plain(text).length);
    out.add(text);
  };
  const lineBreak = (depth: number) => {
    if (style.indent !== null) write("\n" + style.indent.repeat(depth));
  };
  const writeValue = (value: Value, depth: number): void => {
    budget.step();
    if (depth > MAX_DEPTH) throw new TemplateError(`a value is nested more than ${MAX_DEPTH} deep`);
    if (value === null) return write("null");
    if (typeof value === "boolean" || typeof value === "number") return write(String(value));
    if (isText(value)) return write(jsonText(value, style.isAscii));
    if (value instanceof Float) {
      const { value: number } = value;
      if (Number.isNaN(number)) return write("NaN");
      if (!Number.isFinite(number)) return write(number < 0 ? "-Infinity" : "Infinity");
      return write(floatText(number));
    }
    if (value instanceof Dict) {
      if (value.entries.size === 0) return write("{}");
      const entries = value.items();
      if (style.isSorted) entries.sort(([a], [b]) => compareValues(a, b, "<", budget));
      write("{");
      entries.forEach(([key, item], i) => {
        if (i > 0) write(style.itemSeparator);
        lineBreak(depth + 1);
        write(jsonText(isText(key) ? key : String(key), style.isAscii));
        write(style.keySeparator);
        writeValue(item, depth + 1);
      });
      lineBreak(depth);
      return write("}");
    }
    const items = itemsOf(value);
    if (items === null) {
      const what = value instanceof Undefined ? value.hint : "it is no JSON";
      throw new TemplateError(`tojson cannot write a value: ${what}`);
    }
    if (items.length === 0) return write("[]");
    write("[");
    items.forEach((item, i) => {
      if (i > 0) write(style.itemSeparator);
      lineBreak(depth + 1);
      writeValue(item, depth + 1);
    });
    lineBreak(depth);
    write("]");
  };
  writeValue(value, 0);
  return out.text();
}

function jsonText(text: Text, isAscii: boolean): Text {
  const hex = (char: string) => "\\u" + char.charCodeAt(0).toString(16).padStart(4, "0");
  let escaped = JSON.stringify(plain(text)).slice(1, -1);
  // JSON.stringify escapes lone surrogates, json.dumps does not.
  if (!isAscii && /\\ud[89a-f]/.test(escaped)) {
    escaped = plain(text).replace(
      /[^\ud800-\udfff]+/g,
      (part) => JSON.stringify(part).slice(1, -1),
    );
  }
  if (isAscii) escaped = escaped.replace(/[\x7f-\uffff]/g, hex);
  return quotedLike(text, escaped, '"');
}
