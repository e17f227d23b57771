import { TemplateError } from "./budget.ts";
import type { FilterSpec } from "./filter_spec.ts";
import { formatPercent } from "./format_text.ts";
import { concatTexts, isText, markedLike, plain, sliceText, type Text } from "./marked_text.ts";
import { padText } from "./pad_text.ts";
import { capitalized, replaceText, splitLines, stripText } from "./text_methods.ts";
import {
  demandInteger,
  demandText,
  Dict,
  isTrue,
  itemsOf,
  lengthOfText,
  Tuple,
  type Value,
} from "./value.ts";
import { textOf } from "./write_value.ts";

type Run = FilterSpec["run"];

const mapped = (map: (text: string) => string): Run => (value, _, { budget }) => {
  const text = textOf(value, budget);
  budget.characters(plain(text).length);
  return markedLike(text, map(plain(text)));
};

/** Jinja's own `title`: words begin after white space, hyphens and opening brackets alone. */
function titleOf(text: string): string {
  return text.split(/([-\s({[<]+)/).map(capitalized).join("");
}

function indent(
  value: Value,
  [width, first, blank]: readonly (Value | undefined)[],
  { budget }: Parameters<Run>[2],
): Value {
  const text = textOf(value, budget);
  const size = width === undefined ? 4 : isText(width) ? null : demandInteger(width, "width");
  if (size !== null && size > 1000) throw new TemplateError("indent is over 1000");
  const by = size === null ? plain(width as Text) : " ".repeat(Math.max(0, size));
  const hasBlank = blank !== undefined && isTrue(blank);
  const lines = splitLines(concatTexts([text, "\n"]));
  budget.step(lines.length);
  budget.characters(plain(text).length + lines.length * (by.length + 1));
  const pieces: Text[] = [];
  lines.forEach((line, i) => {
    if (i > 0) pieces.push("\n");
    const isIndented = i === 0
      ? first !== undefined && isTrue(first)
      : hasBlank || plain(line) !== "";
    if (isIndented) pieces.push(by);
    pieces.push(line);
  });
  return concatTexts(pieces);
}

function truncate(
  value: Value,
  [length, kill, end, leeway]: readonly (Value | undefined)[],
  { budget }: Parameters<Run>[2],
): Value {
  const text = textOf(value, budget);
  const most = length === undefined ? 255 : demandInteger(length, "length");
  const tail = end === undefined ? "..." : plain(demandText(end, "end"));
  const slack = leeway === undefined || leeway === null ? 5 : demandInteger(leeway, "leeway");
  const points = [...plain(text)];
  if (points.length <= most + slack) return text;
  const kept = points.slice(0, most - lengthOfText(tail)).join("");
  const cut = kill !== undefined && isTrue(kill) || !kept.includes(" ")
    ? kept.length
    : kept.lastIndexOf(" ");
  return concatTexts([sliceText(text, 0, cut), tail]);
}

const HTML: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&#34;",
  "'": "&#39;",
};

function escaped(value: Value, _: unknown, { budget }: Parameters<Run>[2]): Value {
  const text = textOf(value, budget);
  budget.characters(5 * plain(text).length);
  return markedLike(text, plain(text).replace(/[&<>"']/g, (char) => HTML[char]));
}

/** Percent-encoding of a text, or of a dict or list of pairs as a query. */
function urlencode(value: Value, _: unknown, { budget }: Parameters<Run>[2]): Value {
  const quote = (one: Value, isQuery: boolean): string => {
    const text = plain(textOf(one, budget));
    budget.characters(9 * text.length);
    const encoded = encodeURIComponent(text.toWellFormed())
      .replace(/[!'()*]/g, (c) => "%" + c.charCodeAt(0).toString(16).toUpperCase());
    return isQuery ? encoded.replaceAll("%20", "+") : encoded.replaceAll("%2F", "/");
  };
  if (isText(value)) return markedLike(value, quote(value, false));
  const pairs = value instanceof Dict
    ? value.items()
    : (itemsOf(value) ?? []).map((pair) => itemsOf(pair) ?? []);
  return pairs.map(([key, item]) => `${quote(key ?? "", true)}=${quote(item ?? "", true)}`).join(
    "&",
  );
}

/** Filters of texts. */
export const TEXT_FILTERS: Readonly<Record<string, FilterSpec>> = {
  capitalize: { parameters: [], run: mapped(capitalized) },
  center: {
    parameters: ["width"],
    run: (value, [width], { budget }) =>
      padText(
        textOf(value, budget),
        width === undefined ? 80 : demandInteger(width, "width"),
        " ",
        "both",
        budget,
      ),
  },
  e: { parameters: [], run: escaped },
  escape: { parameters: [], run: escaped },
  format: {
    parameters: null,
    run: (value, _, { budget }, { positional, named }) =>
      formatPercent(
        textOf(value, budget),
        named.size > 0 ? new Dict(named) : new Tuple(positional),
        budget,
      ),
  },
  indent: { parameters: ["width", "first", "blank"], run: indent },
  lower: { parameters: [], run: mapped((text) => text.toLowerCase()) },
  replace: {
    parameters: ["old", "new", "count"],
    required: 2,
    run: (value, [from, to, count], { budget }) =>
      replaceText(
        textOf(value, budget),
        [textOf(from!, budget), textOf(to!, budget), count],
        budget,
      ),
  },
  string: { parameters: [], run: (value, _, { budget }) => textOf(value, budget) },
  title: { parameters: [], run: mapped(titleOf) },
  trim: {
    parameters: ["chars"],
    run: (value, [chars], { budget }) => stripText(textOf(value, budget), chars),
  },
  truncate: { parameters: ["length", "killwords", "end", "leeway"], run: truncate },
  upper: { parameters: [], run: mapped((text) => text.toUpperCase()) },
  urlencode: { parameters: [], run: urlencode },
  wordcount: {
    parameters: [],
    run: (value, _, { budget }) =>
      plain(textOf(value, budget)).match(/[\p{L}\p{N}_]+/gu)?.length ?? 0,
  },
};
