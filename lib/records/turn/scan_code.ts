import { fenceInfo } from "./fence_info.ts";
import type { FenceRuns } from "./fence_runs.ts";
import { PythonStrings } from "./python_strings.ts";
import { THINK_END } from "./thinking_marks.ts";
import {
  isFence,
  matchesAt,
  runLength,
  skipSpaces,
  type Span,
  type TextLines,
} from "./text_lines.ts";

/** Closing fence of a block: at least `length` times the character that opened it. */
export interface Fence {
  /** A backtick or a tilde. */
  readonly char: string;
  /** The least number of them. */
  readonly length: number;
}

/** A block of Python in a turn. */
export interface CodeScan {
  /** The block's text, without stray tags. */
  readonly code: string;
  /** Offset at which the text continues. */
  readonly next: number;
  /** The place after a tag that closes reasoning, where one stands outside of strings; else null. */
  readonly thinkEnd: number | null;
}

/** Begins what only the environment says. */
export const OBSERVATION: RegExp = /Observation:|Calling tools:/y;

const TOKEN = /[\n'"#\\`<◁]|\[\/THINK\]/gi;
const THINKING_ENDS = new RegExp(THINK_END, "iy");
const END_TAG =
  /<\/(?:code|python|execute|tool_code|s)>|<\/?end_?code>|<(?:eos|end_of_turn|turn\|)>|<\|(?:eom_id|eot_id|im_end|end|end_of_text|endoftext|return|call)\|>|<｜end▁of▁sentence｜>/iy;
const STRAY_TAG = /<code>/iy;
const PARTIAL_END = /<(?:\/[a-z_]*|end_[a-z]*)$/iy;
const PARTIAL_LINE = /(?:<[a-z]{0,3}|`{1,2})$/iy;
const ANNOTATION = /Observation:[ \t]*[A-Za-z_][\w.[\], |]{0,80}=/y;
/** A mark at the end of a comment that may close a block. */
const COMMENT_END = /(?:`{3,}(?:<[^<>\s]*>?)?|<\/(?:c|co|cod|code|code>)?|<end_[a-z]*>?)$/i;
const COMMENT_TAIL = 60;

/** Finds the ends of the blocks of Python in a turn, which its strings and comments do not hold. */
export class CodeScanner {
  /** Strings and comments of what was read, in order. */
  readonly quoted: Span[] = [];
  readonly #text: string;
  readonly #runs: FenceRuns;
  readonly #lines: TextLines;
  readonly #endsAtObservation: boolean;
  readonly #strings: PythonStrings;

  /** A scanner over a whole turn. @param endsAtObservation whether a line `Observation:` ends code */
  constructor(text: string, runs: FenceRuns, lines: TextLines, endsAtObservation: boolean) {
    this.#text = text;
    this.#runs = runs;
    this.#lines = lines;
    this.#endsAtObservation = endsAtObservation;
    this.#strings = new PythonStrings(text);
  }

  /**
   * Reads a block.
   *
   * @param from where it begins
   * @param isLineStart whether it begins with a line
   * @param fence what opened it; null for a tag or a label
   */
  read(from: number, isLineStart: boolean, fence: Fence | null): CodeScan {
    const text = this.#text;
    const pieces: string[] = [];
    let done = from;
    const closed = (end: number, next: number): CodeScan => {
      pieces.push(text.slice(done, end));
      return { code: pieces.join(""), next, thinkEnd: null };
    };
    let at = from;
    while (at < text.length) {
      if (isLineStart) {
        const begin = at;
        at = skipSpaces(text, begin);
        isLineStart = false;
        const next = this.#closesAtLine(begin, at, fence);
        if (next !== -1) return closed(begin, next);
      }
      TOKEN.lastIndex = at;
      const match = TOKEN.exec(text);
      if (match === null) break;
      const place = match.index;
      const char = match[0];
      at = place + 1;
      if (char === "\n") isLineStart = true;
      else if (char === '"' || char === "'") {
        const end = this.#strings.end(place);
        if (end === -1) at = place + (text.startsWith(char.repeat(3), place) ? 3 : 1);
        else {
          this.quoted.push({ start: place, end });
          at = end;
        }
      } else if (char === "#") {
        const end = this.#lines.around(place).end;
        const tail = text.slice(Math.max(place, end - COMMENT_TAIL), end).trimEnd();
        const closing = COMMENT_END.exec(tail);
        if (closing !== null && !this.#runs.closesAfter(end)) {
          const begin = Math.max(place, end - COMMENT_TAIL) + closing.index;
          this.quoted.push({ start: place, end: begin });
          return closed(begin, begin + closing[0].length);
        }
        this.quoted.push({ start: place, end });
        at = end;
      } else if (char === "\\") {
        if (!/[\r\n]/.test(text[place + 1] ?? "\n")) at = place + 2;
      } else if (char === "`") {
        const length = runLength(text, place);
        at = place + length;
        if (fence?.char !== "~" && length >= (fence?.length ?? 3)) return closed(place, at);
      } else {
        THINKING_ENDS.lastIndex = place;
        if (THINKING_ENDS.test(text)) {
          const next = THINKING_ENDS.lastIndex;
          return { code: "", next, thinkEnd: next };
        }
        END_TAG.lastIndex = place;
        if (END_TAG.test(text)) return closed(place, END_TAG.lastIndex);
        if (matchesAt(PARTIAL_END, text, place)) return closed(place, text.length);
        STRAY_TAG.lastIndex = place;
        if (STRAY_TAG.test(text)) {
          pieces.push(text.slice(done, place));
          done = at = STRAY_TAG.lastIndex;
        }
      }
    }
    return closed(text.length, text.length);
  }

  /** Offset after a line that closes a block of code; -1 when the line belongs to the code. */
  #closesAtLine(
    start: number,
    at: number,
    fence: Fence | null,
  ): number {
    const text = this.#text;
    if (matchesAt(PARTIAL_LINE, text, at)) return text.length;
    if (this.#endsAtObservation && start === at && matchesAt(OBSERVATION, text, at)) {
      if (!matchesAt(ANNOTATION, text, at)) return at;
    }
    if (!isFence(text, at)) return -1;
    const length = runLength(text, at);
    const isOwn = fence === null ? text[at] === "`" : text[at] === fence.char;
    const isOther = fence !== null && fence.char === "~" && text[at] === "`" &&
      this.#runs.longestAfter("~", at) < 3;
    if (!isOther && (!isOwn || length < (fence?.length ?? 3))) return -1;
    const behind = this.#lines.rest(at + length, 200);
    const { language, length: named } = fenceInfo(behind);
    const opens = language === "python" || language === "other" ||
      (language === "unknown" && behind.slice(named).trim() === "");
    // A fence with a name opens the next block, and the last was never closed.
    return opens && !/^[ \t]/.test(behind) ? lineBreakBefore(start) : at + length;
  }
}

/** From where a line is read as the beginning of a line. */
export function lineBreakBefore(start: number): number {
  return Math.max(0, start - 1);
}
