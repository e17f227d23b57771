/** Contents of the boxes of a text. */
export interface Boxes {
  /** The last box's content; several side by side as one list; null when no box was closed. */
  readonly answer: string | null;
  /** End of the last box; 0 without one. */
  readonly end: number;
  /** Beginning of a last box that was never closed, as at a token limit; null without one. */
  readonly openAt: number | null;
}

interface Box {
  readonly start: number;
  readonly end: number;
  readonly content: string;
}

const BOX = /\\(?:boxed|fbox|framebox)(?![a-zA-Z])|(?<![a-zA-Z\\])boxed(?=\s?\{)/g;
const BARE = /(?:\\[a-zA-Z]{1,20}|[^\s$\\{}])(?:\{[^{}]{0,200}\}|[^\s$\\])*/y;
/** Text between two boxes that form one answer. */
const BETWEEN =
  /^(?:[\s,;&$]|\\[,;:!()[\]\\ ]|\\q?quad|\\text\s?\{[\s,]*(?:and|or)\s*\}|\b(?:and|or)\b|[和或、，]|[a-zA-Z](?:_\{?\w\}?)?\s?=)*$/;
const SEPARATOR = /[,;&和或、，]|\band\b|\bor\b|quad/;
const NAME = /(?<![\w\\}])([a-zA-Z](?:_\{?\w\}?)?)\s?=[\s$]{0,4}(?:\\[([])?\s?$/;

/**
 * The content of the last `\boxed{...}` (or `\fbox{...}`, or `\boxed 7`) of a text with balanced
 * braces, or null when there is none. Boxes side by side, as in `\boxed{3} and \boxed{5}`, are one
 * list.
 *
 * @example
 * ```ts
 * import { lastBoxed } from "@potstill/grading/last_boxed.ts";
 * if (lastBoxed("\\boxed{\\frac{1}{2}}.") !== "\\frac{1}{2}") throw new Error("braces");
 * if (lastBoxed("$\\boxed{3}$ and $\\boxed{5}$") !== "3, 5") throw new Error("list");
 * ```
 */
export function lastBoxed(text: string): string | null {
  return readBoxes(text).answer;
}

/** Reads the boxes of a text, in time proportional to its length. */
export function readBoxes(text: string): Boxes {
  const starts = [...text.matchAll(BOX)];
  if (starts.length === 0) return { answer: null, end: 0, openAt: null };
  const closes = matchingBraces(text);
  const boxes: Box[] = [];
  let openAt: number | null = null;
  for (const { index, 0: command } of starts) {
    const box = boxAt(text, index, index + command.length, closes);
    if (box === null) openAt ??= index;
    else if (box.content !== "") {
      // Of a box in a box the inner one is read; the outer one's ends stay.
      const outer = boxes.at(-1);
      if (outer !== undefined && box.start < outer.end) {
        boxes[boxes.length - 1] = { ...outer, content: box.content };
      } else boxes.push(box);
      openAt = null;
    }
  }
  const last = boxes.at(-1);
  if (last === undefined) return { answer: null, end: 0, openAt };
  let first = boxes.length - 1;
  while (first > 0 && areOneAnswer(text.slice(boxes[first - 1].end, boxes[first].start))) first--;
  return { answer: joined(text, boxes.slice(first)), end: last.end, openAt };
}

function boxAt(
  text: string,
  start: number,
  after: number,
  closes: ReadonlyMap<number, number>,
): Box | null {
  let at = after;
  while (at < text.length && at < after + 20 && /\s/.test(text[at])) at++;
  if (text[at] === "{") {
    const close = closes.get(at);
    return close === undefined
      ? null
      : { start, end: close + 1, content: text.slice(at + 1, close).trim() };
  }
  BARE.lastIndex = at;
  const bare = BARE.exec(text)?.[0] ?? "";
  return { start, end: at + bare.length, content: bare.replace(/[.,;:!]+$/, "") };
}

/** The place of the closing brace of each opening one that has one. */
function matchingBraces(text: string): Map<number, number> {
  const closes = new Map<number, number>();
  const open: number[] = [];
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === "{") open.push(i);
    else if (text[i] === "}") {
      const start = open.pop();
      if (start !== undefined) closes.set(start, i);
    }
  }
  return closes;
}

function areOneAnswer(between: string): boolean {
  if (between.length > 60 || !BETWEEN.test(between)) return false;
  return SEPARATOR.test(between) || !between.includes("\n");
}

function joined(text: string, boxes: readonly Box[]): string {
  const contents = new Set(boxes.map(({ content }) => content));
  if (contents.size === 1) return boxes[0].content;
  const names = boxes.map(({ start }) =>
    NAME.exec(text.slice(Math.max(0, start - 30), start))?.[1]
  );
  const named = new Set(names).size === boxes.length && !names.includes(undefined);
  return boxes.map(({ content }, i) => named ? `${names[i]} = ${content}` : content).join(", ");
}
