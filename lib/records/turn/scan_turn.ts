import { type BlockLanguage, fenceInfo, isAttributes } from "./fence_info.ts";
import { FenceRuns } from "./fence_runs.ts";
import { beginsLikePython } from "./reads_like_python.ts";
import { CodeScanner, type Fence, lineBreakBefore, OBSERVATION } from "./scan_code.ts";
import {
  isBlank,
  isFence,
  matchesAt,
  runLength,
  skipSpaces,
  skipWhiteSpace,
  type Span,
  TextLines,
} from "./text_lines.ts";
import { THINK_BEGIN, THINK_END } from "./thinking_marks.ts";

/** Characters of a line that are looked at. */
const HEAD = 400;

/** A block of a turn that may be code. */
export interface TurnBlock extends Span {
  /** Form of the mark: a fence, a tag such as `<code>`, or a line `Code:` alone. */
  readonly mark: "fence" | "tag" | "label";
  /** Language of its fence; `python` for tags and labels. */
  readonly language: BlockLanguage;
  /** True if `Code:` stands right before it. */
  readonly isLabelled: boolean;
  /** True if it stands within a line of text, as a mention does. */
  readonly isInline: boolean;
  /** True if the words before it announce an output. */
  readonly isOutput: boolean;
  /** Content without the marks. */
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
  /** True if an invented observation ends the turn. @default true */
  readonly endsAtObservation?: boolean;
}

const TOKEN = /\n|`+|<|◁|\[\/?THINK\]|Observation:|Calling tools:/g;
const NAME_LINE = /^[ \t]{0,20}(?:python3?|py)[ \t]{0,20}\r?\n/i;
const LIST_MARK = /(?:[-*+]|\d{1,3}[.)])[ \t]{1,4}/y;
const LABEL = /[*_#]{0,4}[ \t]?code[*_]{0,2}[ \t]?:[*_]{0,2}/iy;
const LABEL_BEFORE = /(?:^|[\s*_#>])code[*_]{0,2}[ \t]?:[*_]{0,2}$/i;
const THINKING = new RegExp(THINK_BEGIN, "iy");
const THINKING_ENDS = new RegExp(THINK_END, "iy");
const TAG = /<(?:(?:code|python|execute|tool_code)(?:[ \t][^<>\n]{0,200})?|\|python_tag\|)>/iy;
const OUTPUT_BEFORE =
  /\b(?:outputs?|results?|prints?|gives?|returns?|shows?|logs?|displays?|yields?|printed|observed)\b[^\n]{0,30}$/i;

/**
 * Reads a model's turn from front to back: what is text, what is hidden reasoning, what is code. Marks
 * within Python's strings and comments are none. Takes time linear in the text's length.
 *
 * @example
 * ```ts
 * import { scanTurn } from "@potstill/agent";
 * const { blocks } = scanTurn("Thought: t\n<code>\ns = '</code>'\n</code>");
 * if (blocks[0].code.trim() !== "s = '</code>'") throw new Error(blocks[0].code);
 * ```
 */
export function scanTurn(text: string, options: ScanTurnOptions = {}): TurnScan {
  return new TurnScanner(text, options.endsAtObservation ?? true).scan();
}

class TurnScanner {
  readonly #text: string;
  readonly #endsAtObservation: boolean;
  readonly #runs: FenceRuns;
  readonly #lines: TextLines;
  readonly #codes: CodeScanner;
  #blocks: TurnBlock[] = [];
  #thinking: Span[] = [];
  #hasCode = false;
  #start = 0;
  #end: number;
  /** Offset of the last tag that closes reasoning, once it was looked for. */
  #lastThinkEnd: number | null = null;

  constructor(text: string, endsAtObservation: boolean) {
    this.#text = text;
    this.#endsAtObservation = endsAtObservation;
    this.#runs = new FenceRuns(text);
    this.#lines = new TextLines(text);
    this.#codes = new CodeScanner(text, this.#runs, this.#lines, endsAtObservation);
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
      quoted: this.#codes.quoted,
    };
  }

  /** Goes on from within a line of text to after the next mark. */
  #prose(from: number): number {
    TOKEN.lastIndex = from;
    const match = TOKEN.exec(this.#text);
    if (match === null) return this.#text.length;
    const at = match.index;
    if (match[0] === "\n") return this.#lineStart(at + 1);
    if (/^[<◁[]/.test(match[0])) return this.#tag(at);
    if (match[0][0] !== "`") {
      // Before there is code, only a line that begins so is more than a word of the thought.
      if (this.#endsAtObservation && this.#hasCode) this.#end = at;
      return at + match[0].length;
    }
    return match[0].length >= 3 ? this.#fence(at, false) : this.#codeSpan(at, match[0].length);
  }

  /** Handles marks that count only at the beginning of a line. */
  #lineStart(start: number): number {
    const text = this.#text;
    let at = skipSpaces(text, start);
    LIST_MARK.lastIndex = at;
    const inList = LIST_MARK.test(text) ? skipSpaces(text, LIST_MARK.lastIndex) : at;
    if (isFence(text, inList)) return this.#fence(inList, true);
    if (this.#endsAtObservation && matchesAt(OBSERVATION, text, at)) {
      this.#end = at;
      return at;
    }
    LABEL.lastIndex = at;
    if (LABEL.test(text)) {
      const after = LABEL.lastIndex;
      at = skipWhiteSpace(text, after);
      const isMarked = text[at] === "`" || text[at] === "~" || text[at] === "<";
      if (!isMarked && at < text.length && beginsLikePython(this.#lines.rest(at, HEAD))) {
        const { code, next } = this.#code(at, true, null);
        this.#add({ mark: "label", language: "python", code, start, end: next });
        return next;
      }
      return after;
    }
    return at;
  }

  #tag(at: number): number {
    const text = this.#text;
    if (matchesAt(THINKING, text, at)) return this.#think(at);
    THINKING_ENDS.lastIndex = at;
    if (THINKING_ENDS.test(text)) return this.#dropBefore(THINKING_ENDS.lastIndex);
    TAG.lastIndex = at;
    if (!TAG.test(text)) return at + 1;
    const from = TAG.lastIndex;
    const inner = skipWhiteSpace(text, from);
    // A fence right behind the tag is the mark; the tag that closes it later is one mark too many.
    if (isFence(text, inner)) return this.#fence(inner, true, at);
    const { code, next } = this.#code(from, false, null);
    if (this.#start > at) return next;
    const { start, end } = this.#lines.around(at);
    const isAlone = isBlank(text, Math.max(start, at - 200), at) &&
      isBlank(text, next, Math.min(end, next + 200));
    const isJson = text[at + 1] === "|" && code.trimStart().startsWith("{");
    this.#add({
      mark: "tag",
      language: isJson ? "other" : "python",
      code,
      start: at,
      end: next,
      isInline: next <= end && !isAlone && !this.#isLabelled(at),
    });
    return next;
  }

  #think(at: number): number {
    const end = new RegExp(THINK_END, "gi");
    end.lastIndex = at;
    const after = end.test(this.#text) ? end.lastIndex : this.#text.length;
    this.#thinking.push({ start: at, end: after });
    return after;
  }

  /** Reasoning that was begun before the text: all of it up to here. */
  #dropBefore(at: number): number {
    this.#thinking = [{ start: 0, end: at }];
    this.#blocks = [];
    this.#hasCode = false;
    this.#start = at;
    return at;
  }

  /** A span of code within a line; marks within it are text. */
  #codeSpan(at: number, length: number): number {
    const { end } = this.#lines.around(at);
    const close = this.#runs.nextTicks(at + length, length);
    return close === -1 || close >= end ? at + length : close + length;
  }

  /** A run of three and more at `at`. @param outer where a tag around it begins */
  #fence(at: number, isLineStart: boolean, outer = at): number {
    const text = this.#text;
    const length = runLength(text, at);
    const from = at + length;
    const line = this.#lines.around(at);
    const info = fenceInfo(this.#lines.rest(from, HEAD));
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
    const rest = this.#lines.rest(named, HEAD);
    const isCode = !isPlainLine && !closesOnLine && (info.language === "python" ||
      beginsLikePython(this.#lines.rest(from, HEAD)));
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
    let read = this.#code(begin, !onLine, fence);
    if (info.language === "none" && !onLine) {
      // Some write the language on a line of its own.
      read = { ...read, code: read.code.replace(NAME_LINE, "") };
    }
    if (onLine) read = { ...read, code: read.code.trimStart() };
    else if (isCode && read.code.trim() === "") read = { ...read, code: rest.trim() };
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
    const isMarkdown = /^[ \t]*m(?:d|arkdown|dx)\b/i.test(
      text.slice(at + length, at + length + 20),
    );
    let depth = 0;
    let next = text.length;
    let reopens = false;
    for (const run of this.#runs.after(from)) {
      if (run.char !== text[at] || run.length < length) continue;
      const info = fenceInfo(text.slice(run.at + run.length, this.#lines.around(run.at).end));
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
    return reopens ? lineBreakBefore(this.#lines.around(next).start) : next;
  }

  /** The end of a line that begins by closing reasoning which began before; -1 when there is none. */
  #orphanIn(from: number, to: number): number {
    if (this.#lastThinkEnd === null) {
      this.#lastThinkEnd = -1;
      for (const match of this.#text.matchAll(new RegExp(THINK_END, "gi"))) {
        this.#lastThinkEnd = match.index;
      }
    }
    if (this.#lastThinkEnd < from) return -1;
    const tag = new RegExp(`^[ \\t]{0,8}(?:(${THINK_BEGIN})|${THINK_END})`, "gim");
    const part = this.#text.slice(from, to);
    let open = 0;
    for (const match of part.matchAll(tag)) {
      if (match[1] !== undefined) open++;
      else if (open-- === 0) return from + match.index + match[0].length;
    }
    return -1;
  }

  /** Python from `from` to the mark that closes it. */
  #code(from: number, isLineStart: boolean, fence: Fence | null): { code: string; next: number } {
    const { code, next, thinkEnd } = this.#codes.read(from, isLineStart, fence);
    if (thinkEnd !== null) this.#dropBefore(thinkEnd);
    return { code, next };
  }

  #add(block: Omit<TurnBlock, "isLabelled" | "isInline" | "isOutput"> & Partial<TurnBlock>): void {
    const before = this.#text.slice(Math.max(this.#start, block.start - 60), block.start).trimEnd();
    const whole: TurnBlock = {
      isLabelled: block.mark !== "fence",
      isInline: false,
      isOutput: block.mark === "fence" && block.language === "none" && OUTPUT_BEFORE.test(before),
      ...block,
    };
    this.#hasCode ||= !whole.isInline && (whole.isLabelled || whole.language === "python");
    this.#blocks.push(whole);
  }

  #isLabelled(at: number): boolean {
    return LABEL_BEFORE.test(this.#text.slice(Math.max(this.#start, at - 60), at).trimEnd());
  }

  #hasTextBefore(at: number, lineStart: number): boolean {
    return !isBlank(this.#text, Math.max(lineStart, at - 200), at);
  }
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
