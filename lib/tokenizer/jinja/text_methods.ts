import { padText } from "./pad_text.ts";
import { bindArguments } from "./bind_arguments.ts";
import { type Budget, TemplateError } from "./budget.ts";
import { formatBraces } from "./format_text.ts";
import { concatTexts, isText, markedLike, plain, sliceText, type Text } from "./marked_text.ts";
import {
  type CallArguments,
  demand,
  demandInteger,
  demandText,
  itemsOf,
  lengthOfText,
  Tuple,
  type Value,
} from "./value.ts";
import { isSpace, skipEnd, skipStart } from "./white_space.ts";

type Method = (text: Text, args: readonly (Value | undefined)[], budget: Budget) => Value;

interface MethodSpec {
  readonly parameters: readonly string[];
  readonly required?: number;
  readonly run: Method;
}

/** Python's `str.strip` and its sides. */
export function stripText(
  text: Text,
  characters: Value | undefined,
  sides: "both" | "left" | "right" = "both",
): Text {
  const source = plain(text);
  let drop = isSpace;
  if (characters !== undefined && characters !== null) {
    const set = new Set(plain(demandText(characters, "the argument of strip")));
    // Characters beyond the basic plane are compared as a whole.
    if ([...set].some((char) => char.length > 1)) return stripPoints(text, set, sides);
    drop = (char) => set.has(char);
  }
  const start = sides === "right" ? 0 : skipStart(source, drop);
  const end = sides === "left" ? source.length : skipEnd(source, drop, start);
  return sliceText(text, start, end);
}

function stripPoints(text: Text, set: ReadonlySet<string>, sides: string): Text {
  const points = [...plain(text)];
  let start = 0;
  let end = points.length;
  if (sides !== "right") { while (start < end && set.has(points[start])) start++; }
  if (sides !== "left") { while (end > start && set.has(points[end - 1])) end--; }
  const from = points.slice(0, start).join("").length;
  return sliceText(text, from, from + points.slice(start, end).join("").length);
}

/** Python's `str.replace`. */
export function replaceText(
  text: Text,
  [from, to, count]: readonly (Value | undefined)[],
  budget: Budget,
): Text {
  const source = plain(text);
  const old = plain(demandText(from, "the text to replace"));
  const fresh = demandText(to, "the replacement");
  const limit = count === undefined || count === null ? -1 : demandInteger(count, "count");
  const pieces: Text[] = [];
  let at = 0;
  let rest = limit < 0 ? Infinity : limit;
  if (old === "") {
    const chars = [...source];
    for (const char of chars) {
      if (rest-- > 0) pieces.push(fresh);
      pieces.push(sliceText(text, at, at += char.length));
      budget.characters(plain(fresh).length + char.length);
    }
    if (rest > 0) pieces.push(fresh);
    return concatTexts(pieces);
  }
  budget.characters(source.length);
  for (let found = source.indexOf(old); found !== -1 && rest-- > 0;) {
    budget.step();
    budget.characters(plain(fresh).length);
    pieces.push(sliceText(text, at, found), fresh);
    at = found + old.length;
    found = source.indexOf(old, at);
  }
  if (at === 0) return text;
  return concatTexts([...pieces, sliceText(text, at, source.length)]);
}

/** Python's `str.split` and `rsplit`. */
function splitText(
  text: Text,
  [separator, most]: readonly (Value | undefined)[],
  fromEnd: boolean,
  budget: Budget,
): Text[] {
  const source = plain(text);
  const limit = most === undefined ? -1 : demandInteger(most, "maxsplit");
  const cuts: [number, number][] = [];
  if (separator === undefined || separator === null) {
    // Runs of white space, none at either end.
    const end = skipEnd(source, isSpace);
    for (let at = skipStart(source, isSpace); at < end;) {
      while (at < end && !isSpace(source[at])) at++;
      if (at >= end) break;
      const from = at;
      at = skipStart(source, isSpace, at);
      cuts.push([from, at]);
    }
    budget.step(cuts.length + (source.length >> 6));
    const from = skipStart(source, isSpace);
    if (from === source.length) return [];
    const isCut = limit >= 0 && limit < cuts.length;
    const kept = !isCut ? cuts : fromEnd ? cuts.slice(cuts.length - limit) : cuts.slice(0, limit);
    // What is left over keeps the white space at its own end.
    return cutAt(text, kept, isCut && fromEnd ? 0 : from, isCut && !fromEnd ? source.length : end);
  }
  const by = plain(demandText(separator, "the separator"));
  if (by === "") throw new TemplateError("empty separator");
  if (fromEnd) {
    for (let end = source.length; limit < 0 || cuts.length < limit;) {
      const at = end < by.length ? -1 : source.lastIndexOf(by, end - by.length);
      if (at === -1) break;
      budget.step();
      cuts.unshift([at, at + by.length]);
      end = at;
      if (cuts.length > 100_000) throw new TemplateError("rsplit gives more than 100000 parts");
    }
  } else {
    for (let from = 0; limit < 0 || cuts.length < limit;) {
      const at = source.indexOf(by, from);
      if (at === -1) break;
      budget.step();
      cuts.push([at, from = at + by.length]);
    }
  }
  return cutAt(text, cuts, 0, source.length);
}

function cutAt(text: Text, cuts: readonly [number, number][], start: number, end: number): Text[] {
  const parts: Text[] = [];
  let at = start;
  for (const [from, to] of cuts) {
    parts.push(sliceText(text, at, from));
    at = to;
  }
  parts.push(sliceText(text, at, end));
  return parts;
}

function affix(isEnd: boolean): Method {
  return (text, [given, start, end]) => {
    const source = plain(text);
    const from = start === undefined ? 0 : demandInteger(start, "start");
    const to = end === undefined ? source.length : demandInteger(end, "end");
    const part = source.slice(from, to);
    const affixes = given instanceof Tuple ? given.items : [given];
    return affixes.some((one) => {
      const wanted = plain(demandText(one, "the argument of startswith or endswith"));
      return isEnd ? part.endsWith(wanted) : part.startsWith(wanted);
    });
  };
}

function search(isLast: boolean, fails: boolean): Method {
  return (text, [wanted]) => {
    const source = plain(text);
    const part = plain(demandText(wanted, "the text to find"));
    const at = isLast ? source.lastIndexOf(part) : source.indexOf(part);
    if (at === -1 && fails) throw new TemplateError("substring not found");
    return at === -1 ? -1 : lengthOfText(source.slice(0, at));
  };
}

function partition(isLast: boolean): Method {
  return (text, [wanted]) => {
    const source = plain(text);
    const by = plain(demandText(wanted, "the separator"));
    if (by === "") throw new TemplateError("empty separator");
    const at = isLast ? source.lastIndexOf(by) : source.indexOf(by);
    if (at === -1) return new Tuple(isLast ? ["", "", text] : [text, "", ""]);
    const end = at + by.length;
    return new Tuple([sliceText(text, 0, at), by, sliceText(text, end, source.length)]);
  };
}

function pad(side: "left" | "right" | "both"): Method {
  return (text, [width, fill], budget) => {
    const char = fill === undefined ? " " : plain(demandText(fill, "the fill character"));
    if (lengthOfText(char) !== 1) {
      throw new TemplateError("the fill character must be one character");
    }
    return padText(text, demandInteger(width!, "width"), char, side, budget);
  };
}

const all = (pattern: RegExp): Method => (text) => pattern.test(plain(text));
const mapped = (map: (text: string) => string): Method => (text, _, budget) => {
  budget.characters(plain(text).length);
  return markedLike(text, map(plain(text)));
};

/** The first letter of each word large, the others small, as Python's `str.title`. */
function titleOf(text: string): string {
  return text.replace(/\p{L}+/gu, (word) => {
    const [first, ...rest] = word;
    return first.toUpperCase() + rest.join("").toLowerCase();
  });
}

/** The first letter large, the others small. */
export function capitalized(text: string): string {
  const [first = "", ...rest] = text;
  return first.toUpperCase() + rest.join("").toLowerCase();
}

const METHODS: Readonly<Record<string, MethodSpec>> = {
  capitalize: { parameters: [], run: mapped(capitalized) },
  casefold: { parameters: [], run: mapped((text) => text.toLowerCase().replaceAll("ß", "ss")) },
  center: { parameters: ["width", "fillchar"], required: 1, run: pad("both") },
  count: {
    parameters: ["sub"],
    required: 1,
    run: (text, [sub]) => {
      const part = plain(demandText(sub, "the text to count"));
      return part === "" ? lengthOfText(plain(text)) + 1 : plain(text).split(part).length - 1;
    },
  },
  endswith: { parameters: ["suffix", "start", "end"], required: 1, run: affix(true) },
  find: { parameters: ["sub"], required: 1, run: search(false, false) },
  index: { parameters: ["sub"], required: 1, run: search(false, true) },
  isalnum: { parameters: [], run: all(/^[\p{L}\p{N}]+$/u) },
  isalpha: { parameters: [], run: all(/^\p{L}+$/u) },
  isascii: { parameters: [], run: (text) => !/[^\0-\x7f]/.test(plain(text)) },
  isdecimal: { parameters: [], run: all(/^\p{Nd}+$/u) },
  isdigit: { parameters: [], run: all(/^[\p{Nd}²³¹⁰-⁹₀-₉]+$/u) },
  islower: { parameters: [], run: (text) => isCase(plain(text), false) },
  isnumeric: { parameters: [], run: all(/^\p{N}+$/u) },
  isspace: {
    parameters: [],
    run: (text) => plain(text) !== "" && skipStart(plain(text), isSpace) === plain(text).length,
  },
  isupper: { parameters: [], run: (text) => isCase(plain(text), true) },
  join: {
    parameters: ["iterable"],
    required: 1,
    run: (text, [iterable], budget) => joinTexts(text, iterable!, budget),
  },
  ljust: { parameters: ["width", "fillchar"], required: 1, run: pad("right") },
  lower: { parameters: [], run: mapped((text) => text.toLowerCase()) },
  lstrip: { parameters: ["chars"], run: (text, [chars]) => stripText(text, chars, "left") },
  partition: { parameters: ["sep"], required: 1, run: partition(false) },
  removeprefix: {
    parameters: ["prefix"],
    required: 1,
    run: (text, [prefix]) => {
      const { length } = plain(demandText(prefix, "the prefix"));
      const has = plain(text).startsWith(plain(prefix as Text));
      return has ? sliceText(text, length, plain(text).length) : text;
    },
  },
  removesuffix: {
    parameters: ["suffix"],
    required: 1,
    run: (text, [suffix]) => {
      const { length } = plain(demandText(suffix, "the suffix"));
      const has = length > 0 && plain(text).endsWith(plain(suffix as Text));
      return has ? sliceText(text, 0, plain(text).length - length) : text;
    },
  },
  replace: { parameters: ["old", "new", "count"], required: 2, run: replaceText },
  rfind: { parameters: ["sub"], required: 1, run: search(true, false) },
  rindex: { parameters: ["sub"], required: 1, run: search(true, true) },
  rjust: { parameters: ["width", "fillchar"], required: 1, run: pad("left") },
  rpartition: { parameters: ["sep"], required: 1, run: partition(true) },
  rsplit: {
    parameters: ["sep", "maxsplit"],
    run: (text, args, budget) => splitText(text, args, true, budget),
  },
  rstrip: { parameters: ["chars"], run: (text, [chars]) => stripText(text, chars, "right") },
  split: {
    parameters: ["sep", "maxsplit"],
    run: (text, args, budget) => splitText(text, args, false, budget),
  },
  splitlines: { parameters: ["keepends"], run: (text, [keep]) => splitLines(text, keep === true) },
  startswith: { parameters: ["prefix", "start", "end"], required: 1, run: affix(false) },
  strip: { parameters: ["chars"], run: (text, [chars]) => stripText(text, chars) },
  swapcase: {
    parameters: [],
    run: mapped((text) =>
      [...text].map((c) => (c === c.toUpperCase() ? c.toLowerCase() : c.toUpperCase())).join("")
    ),
  },
  title: { parameters: [], run: mapped(titleOf) },
  upper: { parameters: [], run: mapped((text) => text.toUpperCase()) },
  zfill: {
    parameters: ["width"],
    required: 1,
    run: (text, [width], budget) => {
      const sign = /^[-+]/.test(plain(text)) ? 1 : 0;
      const digits = sliceText(text, sign, plain(text).length);
      const filled = padText(digits, demandInteger(width!, "width") - sign, "0", "left", budget);
      return concatTexts([sliceText(text, 0, sign), filled]);
    },
  },
};

function isCase(text: string, isUpper: boolean): boolean {
  const hasLetters = text.toLowerCase() !== text.toUpperCase();
  return hasLetters && text === (isUpper ? text.toUpperCase() : text.toLowerCase());
}

/** Texts of a list with a separator between them. */
export function joinTexts(separator: Text, iterable: Value, budget: Budget): Text {
  demand(iterable);
  const items = itemsOf(iterable) ?? (isText(iterable) ? [...plain(iterable)] : null);
  if (items === null) throw new TemplateError("join needs a list");
  const texts = items.map((item) => demandText(item, "an item to join"));
  budget.step(texts.length);
  budget.characters(
    texts.reduce((sum, text) => sum + plain(text).length, plain(separator).length * texts.length),
  );
  return concatTexts(texts.flatMap((text, i) => (i === 0 ? [text] : [separator, text])));
}

// deno-lint-ignore no-control-regex -- Python ends lines at separators too
const LINE_END = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/g;

/** A text's lines, as Python's `str.splitlines` tells them. */
export function splitLines(text: Text, keepsEnds = false): Text[] {
  const lines: Text[] = [];
  let at = 0;
  for (const { index, 0: end } of plain(text).matchAll(LINE_END)) {
    const next = index + end.length;
    lines.push(sliceText(text, at, keepsEnds ? next : index));
    at = next;
  }
  if (at < plain(text).length) lines.push(sliceText(text, at, plain(text).length));
  return lines;
}

/**
 * A method of a text, bound to it; null when Python has none of that name, or templates none.
 */
export function textMethod(
  text: Text,
  name: string,
  budget: Budget,
): ((args: CallArguments) => Value) | null {
  if (name === "format") return (args) => formatBraces(text, args, budget);
  if (!Object.hasOwn(METHODS, name)) return null;
  const { parameters, required, run } = METHODS[name];
  return (args) => {
    budget.step(1 + (plain(text).length >> 6));
    return run(text, bindArguments(name, parameters, args, required), budget);
  };
}
