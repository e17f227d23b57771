import type { MathAnswer } from "./math_answer.ts";
import type { PartParser } from "./part_parser.ts";
import { groupEnd, splitOutside } from "./scan_groups.ts";

/**
 * Reads what stands in brackets: a set, a point, a vector, an interval, Python's lists and
 * dictionaries; null when the text is not one group of more than one part.
 *
 * @param part reads a part
 * @param member reads a member of a set
 */
export function parseGroup(text: string, part: PartParser, member: PartParser): MathAnswer | null {
  const set = /^(?:\\\{|\{)([\s\S]*?)(?:\\\}|\})$/.exec(text);
  if (set !== null && groupEnd(text, 0) === text.length) {
    const parts = splitOutside(set[1], /[,;]/).filter((item) => item !== "");
    return dictionary(parts, part) ??
      { type: "set", items: parts.flatMap((item) => listItems(member(item))) };
  }
  const angle = /^(?:\\langle|<)(.*)(?:\\rangle|>)$/.exec(text);
  if (angle !== null) return tuple("(", angle[1], ")", part);
  if (!/^[([].*[)\]]$/.test(text) || groupEnd(text, 0) !== text.length) return null;
  const [open, inner, close] = [text[0], text.slice(1, -1), text[text.length - 1]];
  const parts = splitOutside(inner, /[,;]/);
  if (parts.length > 1) {
    // [(1,2), (3,4)] is Python's list of points.
    const isPointList = open === "[" && close === "]" &&
      parts.every((item) => /^\(.*\)$/.test(item));
    if (isPointList) return { type: "list", items: parts.map(part) };
    return tuple(open as "(" | "[", inner, close as ")" | "]", part);
  }
  // Brackets around one value are only brackets.
  return inner.trim() === "" || open === "[" && close === ")" || open === "(" && close === "]"
    ? null
    : part(inner.replace(/,\s*$/, ""));
}

/** `{x: 1, y: 2}` as values with names. */
function dictionary(parts: readonly string[], part: PartParser): MathAnswer | null {
  const entries = parts.map((item) => /^['"]?(\w+)['"]?\s*:\s*(.+)$/.exec(item));
  if (entries.length === 0 || entries.some((entry) => entry === null || /^\d/.test(entry[1]))) {
    return null;
  }
  return {
    type: "assignment",
    names: entries.map((entry) => entry![1]),
    items: entries.map((entry) => part(entry![2])),
  };
}

/** Items that an answer contributes to a set or list: a list contributes its own items. */
function listItems(answer: MathAnswer): readonly MathAnswer[] {
  return answer.type === "list" ? answer.items : [answer];
}

function tuple(open: "(" | "[", inner: string, close: ")" | "]", part: PartParser): MathAnswer {
  const items = splitOutside(inner, /[,;]/).filter((item, i, all) =>
    item !== "" || i < all.length - 1
  );
  return { type: "tuple", open, close, items: items.map(part) };
}
