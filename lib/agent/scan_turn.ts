import { type BlockLanguage, fenceInfo, isAttributes } from "./fence_info.ts";
import { PythonStrings } from "./python_strings.ts";
import { beginsLikePython } from "./reads_like_python.ts";
import { FenceRuns } from "./fence_runs.ts";

/** A part of a text, from its first character up to the one after its last. */
export interface Span {
  /** Place of the first character. */
  readonly start: number;
  /** Place after the last character. */
  readonly end: number;
}

/** A block of a turn that may be code. */
export interface TurnBlock extends Span {
  /** What marks it: a fence, a tag such as `<code>`, or a line `Code:` alone. */
  readonly mark: "fence" | "tag" | "label";
  /** What its fence is called; `python` for tags and labels. */
  readonly language: BlockLanguage;
  /** Whether `Code:` stands right before it. */
  readonly isLabelled: boolean;
  /** Whether it stands within a line of text, as a mention does. */
  readonly isInline: boolean;
  /** Whether the words before it announce an output. */
  readonly isOutput: boolean;
  /** What stands in it, without the marks. */
  readonly code: string;
}

/** A turn, read from front to back. */
export interface TurnScan extends Span {
  /** In order; blocks of other languages are among them, without their text. */
  readonly blocks: readonly TurnBlock[];
  /** Hidden reasoning, with its tags. */
  readonly thinking: readonly Span[];
  /** Strings and comments of the code, in order. */
  readonly quoted: readonly Span[];
}

/** Options of {@link scanTurn}. */
export interface ScanTurnOptions {
  /** Whether an invented observation ends the turn. @default true */
  readonly endsAtObservation?: boolean;
}

const TOKEN = /\n|`+|<|Observation:|Calling tools:/g;
const CODE_TOKEN = /[\n'"#\\`<]/g;
const LIST_MARK = /(?:[-*+]|\d{1,3}[.)])[ \t]{1,4}/y;
const LABEL = /[*_#]{0,4}[ \t]?code[*_]{0,2}[ \t]?:[*_]{0,2}/iy;
const LABEL_BEFORE = /(?:^|[\s*_#>])code[*_]{0,2}[ \t]?:[*_]{0,2}$/i;
const THINK = /<think(?:ing)?>/iy;
const THINK_END = /<\/think(?:ing)?>/iy;
const TAG = /<(?:(?:code|python|execute|tool_code)(?:[ \t][^<>\n]{0,200})?|\|python_tag\|)>/iy;
const CODE_END =
  /<\/(?:code|python|execute|tool_code)>|<\/?end_?code>|<\|(?:eom_id|eot_id|im_end|end|end_of_text|endoftext)\|>/iy;
const STRAY_TAG = /<code>/iy;
const PARTIAL_END = /<(?:\/[a-z_]*|end_[a-z]*)$/iy;
const PARTIAL_LINE = /(?:<[a-z]{0,3}|`{1,2})$/iy;
const OBSERVATION = /Observation:|Calling tools:/y;
const ANNOTATION = /Observation:[ \t]*[A-Za-z_][\w.[\], |]{0,80}=/y;
const END_OF_LINE_MARK =
  /(?:`{3,}(?:<[^<>\s]*>?)?|<\/(?:c|co|cod|code|code>)?|<end_[a-z]*>?)$/i;
const OUTPUT_BEFORE =
  /\b(?:outputs?|results?|prints?|gives?|returns?|shows?|logs?|displays?|yields?|printed|observed)\b[^\n]{0,30}$/i;

/**
 * Reads a model's turn from front to back: what is text, what is hidden reasoning, what is code. Marks
 * within Python's strings and comments are none. Takes time linear in the text's length.
 *
 * @example
 * ```ts
 * import { scanTurn } from "@potstill/agent/scan_turn.ts";
 * const { blocks } = scanTurn("Thought: t\n<code>\ns = '</code>'\n</code>");
 * if (blocks[0].code.trim() !== "s = '</code>'") throw new Error(blocks[0].code);
 * ```
 */
export function scanTurn(text: string, options: ScanTurnOptions = {}): TurnScan {
  return new TurnScanner(text, options.endsAtObservation ?? true).scan();
}

interface ReadCode {
  readonly code: string;
  readonly next: number;
}

class TurnScanner {
  readonly #text: string;
  readonly #endsAtObservation: boolean;
  readonly #strings: PythonStrings;
  readonly #runs: FenceRuns;
  #blocks: TurnBlock[] = [];
  #thinking: Span[] = [];
  readonly #quoted: Span[] = [];
  #start = 0;
  #end: number;
  /** Start and end of the line that was asked for last. */
  #line: Span = { start: 0, end: -1 };
  /** Where the last tag is that closes reasoning, once it was asked for. */
  #lastThinkEnd: number | null = null;

  constructor(text: string, endsAtObservation: boolean) {
    this.#text = text;
    this.#endsAtObservation = endsAtObservation;
    this.#strings = new PythonStrings(text);
    this.#runs = new FenceRuns(text);
    this.#end = text.length;
  }

  scan(): TurnScan {
    let at = this.#lineStart(0);
    while (at < this.#end) at = this.#prose(at);
    return {
      start: this.#start,
      end: this.#end,
      blocks: this.#blocks,
      thinking: this.#thinking,
      quoted: this.#quoted,
    };
  }

  /** Goes on from within a line of text to after the next mark. */
  #prose(from: number): number {
    TOKEN.lastIndex = from;
    const match = TOKEN.exec(this.#text);
    if (match === null) return this.#text.length;
    const at = match.index;
    if (match[0] === "\n") return this.#lineStart(at + 1);
    if (match[0] === "<") return this.#tag(at);
    if (match[0][0] !== "`") {
      // Before there is code, only a line that begins so is more than a word of the thought.
      const hasCode = this.#blocks.some(({ isInline, isLabelled, language }) =>
        !isInline && (isLabelled || language === "python")
      );
      if (this.#endsAtObservation && hasCode) this.#end = at;
      return at + match[0].length;
    }
    return match[0].length >= 3 ? this.#fence(at, false) : this.#codeSpan(at, match[0].length);
  }

  /** What only the beginning of a line can mark. */
  #lineStart(start: number): number {
    const text = this.#text;
    let at = skipSpaces(text, start);
    LIST_MARK.lastIndex = at;
    const inList = LIST_MARK.test(text) ? skipSpaces(text, LIST_MARK.lastIndex) : at;
    if (isFence(text, inList)) return this.#fence(inList, true);
    if (this.#endsAtObservation && matches(OBSERVATION, text, at)) {
      this.#end = at;
      return at;
    }
    LABEL.lastIndex = at;
    if (LABEL.test(text)) {
      const after = LABEL.lastIndex;
      at = skipWhiteSpace(text, after);
      const isMarked = text[at] === "`" || text[at] === "~" || text[at] === "<";
      if (!isMarked && at < text.length && beginsLikePython(this.#lineAt(at))) {
        const { code, next } = this.#code(at, "label", null);
        this.#add({ mark: "label", language: "python", code, start, end: next });
        return next;
      }
      return after;
    }
    return at;
  }

  #tag(at: number): number {
    const text = this.#text;
    if (matches(THINK, text, at)) return this.#think(at);
    THINK_END.lastIndex = at;
    if (THINK_END.test(text)) return this.#dropBefore(THINK_END.lastIndex);
    TAG.lastIndex = at;
    if (!TAG.test(text)) return at + 1;
    const from = TAG.lastIndex;
    const inner = skipWhiteSpace(text, from);
    // A fence right behind the tag is the mark; the tag that closes it later is one mark too many.
    if (isFence(text, inner)) return this.#fence(inner, true, at);
    const { code, next } = this.#code(from, "tag", null);
    if (this.#start > at) return next;
    const { start, end } = this.#lineSpan(at);
    const isAlone = isBlank(text, Math.max(start, at - 200), at) &&
      isBlank(text, next, Math.min(end, next + 200));
    const isJson = text[at + 1] === "|" && code.trimStart().startsWith("{");
    this.#add({
      mark: "tag",
      language: isJson ? "other" : "python",
      ...{ code, start: at, end: next },
      isInline: next <= end && !isAlone && !this.#isLabelled(at),
    });
    return next;
  }

  #think(at: number): number {
    const end = /<\/think(?:ing)?>/gi;
    end.lastIndex = at;
    const after = end.test(this.#text) ? end.lastIndex : this.#text.length;
    this.#thinking.push({ start: at, end: after });
    return after;
  }

  /** Reasoning that was begun before the text: all of it up to here. */
  #dropBefore(at: number): number {
    this.#thinking = [{ start: 0, end: at }];
    this.#blocks = [];
    this.#start = at;
    return at;
  }

  /** A span of code within a line; marks within it are text. */
  #codeSpan(at: number, length: number): number {
    const { end } = this.#lineSpan(at);
    const close = this.#runs.nextTicks(at + length, length);
    return close === -1 || close >= end ? at + length : close + length;
  }

  /** A run of three and more at `at`. @param outer where a tag around it begins */
  #fence(at: number, isLineStart: boolean, outer = at): number {
    const text = this.#text;
    const length = runLength(text, at);
    const from = at + length;
    const line = this.#lineSpan(at);
    const info = fenceInfo(text.slice(from, Math.min(line.end, from + 400)));
    const named = from + info.length;
    const isPlainLine = isBlank(text, named, line.end);
    const close = text[at] === "`" ? this.#runs.nextTicks(from, length) : -1;
    const closesOnLine = close !== -1 && close < line.end;
    const indent = isLineStart && outer === at ? at - line.start : 0;
    const block = {
      mark: "fence" as const,
      language: info.language,
      start: outer,
      isLabelled: outer !== at || this.#isLabelled(at),
    };
    if (closesOnLine && info.language !== "python") {
      const end = close + runLength(text, close);
      const isInline = !block.isLabelled;
      if (info.language === "other") return end;
      this.#add({ ...block, language: "none", code: text.slice(from, close), end, isInline });
      return end;
    }
    const rest = text.slice(named, Math.min(line.end, named + 400));
    const isCode = !isPlainLine && !closesOnLine && (info.language === "python" ||
      beginsLikePython(text.slice(from, Math.min(line.end, from + 400))));
    if (!isLineStart && !closesOnLine && !isPlainLine && !block.isLabelled) {
      const isReal = info.language === "python" && beginsLikePython(rest.trimStart());
      if (!isReal && !(info.language === "python" && /[={]/.test(rest) && isAttributes(rest))) {
        return from;
      }
    }
    if (info.language === "other") {
      return this.#opaque(block, at, line.end);
    }
    const fence = { char: text[at], length: this.#neededLength(text[at], length, line.end) };
    const isNamed = info.language === "python";
    const onLine = closesOnLine || (isCode && (!isNamed || !isAttributes(rest)));
    const begin = onLine ? (isNamed ? named : from) : Math.min(text.length, line.end + 1);
    let read = this.#code(begin, "fence", fence);
    if (isCode && !onLine && read.code.trim() === "" && this.#start <= at) {
      read = { ...read, code: rest.trim() };
    }
    if (this.#start > at) return read.next;
    const isInline = closesOnLine && !isLineStart && !block.isLabelled && read.next <= line.end;
    if (!isInline || read.code.trim() !== "") {
      const language = isCode && !isNamed ? "none" : info.language;
      const code = dedent(read.code, indent);
      this.#add({ ...block, language, code, end: read.next, isInline });
    }
    return read.next;
  }

  /** As long as the opening fence, but no longer than any that could close it. */
  #neededLength(char: string, length: number, from: number): number {
    return length > 3 && this.#runs.longestAfter(char, from) < length ? 3 : length;
  }

  /** A block in another language: up to its closing fence, or to where Python begins. */
  #opaque(
    block: Pick<TurnBlock, "mark" | "language" | "start" | "isLabelled">,
    at: number,
    from: number,
  ): number {
    const text = this.#text;
    const length = runLength(text, at);
    const isMarkdown = /^[ \t]*m(?:d|arkdown|dx)\b/i.test(text.slice(at + length, at + length + 20));
    let depth = 0;
    let next = text.length;
    let reopens = false;
    for (const run of this.#runs.after(from)) {
      if (run.char !== text[at] || run.length < length) continue;
      const info = fenceInfo(text.slice(run.at + run.length, this.#lineSpan(run.at).end));
      if (info.language === "none") {
        if (depth-- > 0) continue;
        next = run.at + run.length;
        break;
      }
      if (isMarkdown) depth++;
      else if (info.language === "python") {
        next = run.at;
        reopens = true;
        break;
      }
    }
    const orphan = this.#orphanIn(from, next);
    if (orphan !== -1) return this.#dropBefore(orphan);
    this.#add({ ...block, code: "", end: next });
    return reopens ? this.#reopen(this.#lineSpan(next).start) : next;
  }

  /** The end of a line that begins by closing reasoning which began before; -1 when there is none. */
  #orphanIn(from: number, to: number): number {
    if (this.#lastThinkEnd === null) {
      this.#lastThinkEnd = -1;
      for (const match of this.#text.matchAll(/<\/think(?:ing)?>/gi)) this.#lastThinkEnd = match.index;
    }
    if (this.#lastThinkEnd < from) return -1;
    const tag = /^[ \t]{0,8}<(\/?)think(?:ing)?>/gim;
    const part = this.#text.slice(from, to);
    let open = 0;
    for (const match of part.matchAll(tag)) {
      if (match[1] === "") open++;
      else if (open-- === 0) return from + match.index + match[0].length;
    }
    return -1;
  }

  /** Python from `from` to the mark that closes it. */
  #code(
    from: number,
    mark: TurnBlock["mark"],
    fence: { readonly char: string; readonly length: number } | null,
  ): ReadCode {
    const text = this.#text;
    const pieces: string[] = [];
    let done = from;
    const closed = (end: number, next: number): ReadCode => {
      pieces.push(text.slice(done, end));
      return { code: pieces.join(""), next };
    };
    let at = from;
    let isLineStart = from === 0 || text[from - 1] === "\n" || mark === "label";
    while (at < text.length) {
      if (isLineStart) {
        const begin = at;
        at = skipSpaces(text, begin);
        isLineStart = false;
        const next = this.#closesAtLine(begin, at, mark, fence);
        if (next !== -1) return closed(begin, next);
      }
      CODE_TOKEN.lastIndex = at;
      const match = CODE_TOKEN.exec(text);
      if (match === null) break;
      const place = match.index;
      const char = match[0];
      at = place + 1;
      if (char === "\n") isLineStart = true;
      else if (char === '"' || char === "'") {
        const end = this.#strings.end(place);
        if (end === -1) at = place + (text.startsWith(char.repeat(3), place) ? 3 : 1);
        else {
          this.#quoted.push({ start: place, end });
          at = end;
        }
      } else if (char === "#") {
        const end = this.#lineSpan(place).end;
        const tail = text.slice(Math.max(place, end - 60), end).trimEnd();
        const closing = END_OF_LINE_MARK.exec(tail);
        if (closing !== null && !this.#runs.closesAfter(end)) {
          const begin = Math.max(place, end - 60) + closing.index;
          this.#quoted.push({ start: place, end: begin });
          return closed(begin, begin + closing[0].length);
        }
        this.#quoted.push({ start: place, end });
        at = end;
      } else if (char === "\\") {
        if (!/[\r\n]/.test(text[place + 1] ?? "\n")) at = place + 2;
      } else if (char === "`") {
        const length = runLength(text, place);
        at = place + length;
        if (fence?.char !== "~" && length >= (fence?.length ?? 3)) return closed(place, at);
      } else {
        THINK_END.lastIndex = place;
        if (THINK_END.test(text)) return { code: "", next: this.#dropBefore(THINK_END.lastIndex) };
        CODE_END.lastIndex = place;
        if (CODE_END.test(text)) return closed(place, CODE_END.lastIndex);
        if (matches(PARTIAL_END, text, place)) return closed(place, text.length);
        STRAY_TAG.lastIndex = place;
        if (STRAY_TAG.test(text)) {
          pieces.push(text.slice(done, place));
          done = at = STRAY_TAG.lastIndex;
        }
      }
    }
    return closed(text.length, text.length);
  }

  /** Where to go on when the line closes a block of code; -1 when it is a line of it. */
  #closesAtLine(
    start: number,
    at: number,
    mark: TurnBlock["mark"],
    fence: { readonly char: string; readonly length: number } | null,
  ): number {
    const text = this.#text;
    if (matches(PARTIAL_LINE, text, at)) return text.length;
    if (this.#endsAtObservation && start === at && matches(OBSERVATION, text, at)) {
      if (!matches(ANNOTATION, text, at)) return at;
    }
    if (!isFence(text, at)) return -1;
    const length = runLength(text, at);
    const isOwn = fence === null ? text[at] === "`" : text[at] === fence.char;
    const isOther = fence !== null && fence.char === "~" && text[at] === "`" &&
      this.#runs.longestAfter("~", at) < 3;
    if (!isOther && (!isOwn || length < (fence?.length ?? 3))) return -1;
    const line = this.#lineSpan(at);
    const behind = text.slice(at + length, Math.min(line.end, at + length + 200));
    const { language, length: named } = fenceInfo(behind);
    const opens = language === "python" || language === "other" ||
      (language === "unknown" && behind.slice(named).trim() === "");
    // A fence with a name opens the next block, and the last was never closed.
    return opens && !/^[ \t]/.test(behind) ? this.#reopen(start) : at + length;
  }

  /** Lets the scan go on at the beginning of a line. */
  #reopen(start: number): number {
    return start === 0 ? 0 : start - 1;
  }

  #add(block: Omit<TurnBlock, "isLabelled" | "isInline" | "isOutput"> & Partial<TurnBlock>): void {
    const before = this.#text.slice(Math.max(this.#start, block.start - 60), block.start).trimEnd();
    this.#blocks.push({
      isLabelled: block.mark !== "fence",
      isInline: false,
      isOutput: OUTPUT_BEFORE.test(before),
      ...block,
    });
  }

  #isLabelled(at: number): boolean {
    return LABEL_BEFORE.test(this.#text.slice(Math.max(this.#start, at - 60), at).trimEnd());
  }

  #hasTextBefore(at: number, lineStart: number): boolean {
    return !isBlank(this.#text, Math.max(lineStart, at - 200), at);
  }

  #lineAt(at: number): string {
    return this.#text.slice(at, Math.min(this.#lineSpan(at).end, at + 400));
  }

  /** The line around a place, without its line break. */
  #lineSpan(at: number): Span {
    if (at < this.#line.start || at > this.#line.end) {
      const end = this.#text.indexOf("\n", at);
      this.#line = {
        start: this.#text.lastIndexOf("\n", at - 1) + 1,
        end: end === -1 ? this.#text.length : end,
      };
    }
    return this.#line;
  }
}

function matches(pattern: RegExp, text: string, at: number): boolean {
  pattern.lastIndex = at;
  return pattern.test(text);
}

function isFence(text: string, at: number): boolean {
  return text.startsWith("```", at) || text.startsWith("~~~", at);
}

function runLength(text: string, at: number): number {
  let end = at + 1;
  while (text[end] === text[at]) end++;
  return end - at;
}

function skipSpaces(text: string, at: number): number {
  while (text[at] === " " || text[at] === "\t") at++;
  return at;
}

function skipWhiteSpace(text: string, at: number): number {
  while (at < text.length && /\s/.test(text[at])) at++;
  return at;
}

function isBlank(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (!/\s/.test(text[at])) return false;
  return true;
}

/** Takes the indentation of a fence off its lines, where the first has it. */
function dedent(code: string, indent: number): string {
  if (indent === 0) return code;
  const lines = code.split("\n");
  const first = lines.find((line) => line.trim() !== "") ?? "";
  if (!/^[ \t]*$/.test(first.slice(0, indent))) return code;
  return lines.map((line) => {
    const spaces = skipSpaces(line, 0);
    return line.slice(Math.min(indent, spaces));
  }).join("\n");
}
