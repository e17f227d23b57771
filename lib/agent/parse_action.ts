import { beginsLikePython, readsLikePython } from "../records/turn/reads_like_python.ts";
import { scanTurn, type TurnBlock, type TurnScan } from "../records/turn/scan_turn.ts";

/** Parsed text of a model: a thought and the code to run, or the reason why there is no code. */
export interface ParsedAction {
  /** The text before the code, without its `Thought:` label; may be empty. */
  readonly thought: string;
  /** Python source without fences; null when none could be read. */
  readonly code: string | null;
  /** Reason why no code could be read; null when there is code. */
  readonly problem: string | null;
}

/** Texts that end an agent's turn. They are sent to the model and cut on the client as well. */
export const agentStopSequences: readonly string[] = [
  "<end_code>",
  "Observation:",
  "Calling tools:",
];

/** Most characters of a turn; longer ones are no turns, and are not read. */
const LONGEST_TURN = 1_000_000;
/**
 * Length of the part at a thought's end in which a label of the code or a lone fence is looked
 * for.
 */
const LONGEST_TAIL = 100;
const STRAY = /<\/?(?:end_?code|code)>?|<end_?(?:c(?:o(?:d)?)?)?$/gi;

/**
 * Reads thought and code from a model's text, tolerantly: fences of backticks or tildes, indented or on
 * one line, called `py`, `python`, `tool_code` and the like or nothing, with titles and attributes;
 * `<code>` tags, a line `Code:` alone, bare Python; missing, mixed and half-written ends; `<think>`
 * blocks (dropped). Marks within the code's strings and comments are text. Several blocks of Python are
 * joined, as smolagents does; blocks in other languages, tables and outputs are not code.
 *
 * @source paper, section 3.1 (Thought and Code turns); the shapes are those of recorded runs
 * @example
 * ```ts
 * import { parseAction } from "@potstill/agent";
 * const fence = "`".repeat(3);
 * const text = `Thought: add.\nCode:\n${fence}py\nprint(1 + 1)\n${fence}<end_code>`;
 * const action = parseAction(text);
 * if (action.code !== "print(1 + 1)") throw new Error("not read");
 * ```
 */
export function parseAction(modelText: string): ParsedAction {
  if (modelText.length > LONGEST_TURN) {
    const problem =
      `it is too long: ${modelText.length} characters, at most ${LONGEST_TURN} are read`;
    return { thought: cleanThought(modelText.slice(0, LONGEST_TURN)), code: null, problem };
  }
  if (readsLikePython(modelText)) {
    return { thought: "", code: normalizeCode(modelText), problem: null };
  }
  const scan = scanTurn(modelText);
  const whole = visible(modelText, scan, scan.end);
  if (readsLikePython(whole)) return { thought: "", code: withoutStray(whole), problem: null };
  const blocks = codeBlocks(scan.blocks);
  const thought = cleanThought(
    blocks.length === 0 ? whole : visible(modelText, scan, blocks[0].start),
  );
  const codes = blocks.map(({ code }) => normalizeCode(withoutQuoteMarks(code)))
    .filter((code) => code !== "");
  if (codes.length > 0) return { thought, code: codes.join("\n\n"), problem: null };
  const problem = whole.trim() === ""
    ? "it is empty"
    : blocks.length > 0
    ? "its code block is empty"
    : "it has no code block";
  return { thought, code: null, problem };
}

/**
 * Code as it is read from a turn: without blank lines around it, with `\n` at the end of lines. What
 * Python makes of it is the same.
 */
export function normalizeCode(code: string): string {
  const lines = code.replace(/\r\n?/g, "\n");
  let start = 0;
  for (let at = 0; at < lines.length && /\s/.test(lines[at]); at++) {
    if (lines[at] === "\n") start = at + 1;
  }
  return lines.slice(start).trimEnd();
}

/** Code of a block that stands in a quotation of Markdown, whose every line begins with `>`. */
function withoutQuoteMarks(code: string): string {
  const lines = code.trimEnd().split("\n");
  const isQuoted = lines.every((line) => /^[ \t]{0,20}>/.test(line));
  return isQuoted ? lines.map((line) => line.replace(/^[ \t]*> ?/, "")).join("\n") : code;
}

/** The blocks that are the turn's code; blocks that should be code and are empty when there are none. */
function codeBlocks(blocks: readonly TurnBlock[]): readonly TurnBlock[] {
  const marked = blocks.filter(({ language, isLabelled, isInline }) =>
    !isInline && (language === "python" || (language === "none" && isLabelled))
  );
  const isFull = ({ code }: TurnBlock) => code.trim() !== "";
  if (marked.some(isFull)) return marked.filter(isFull);
  const others = blocks.filter((block) =>
    isFull(block) && block.language !== "other" && !block.isOutput &&
    (block.language === "python" || beginsLikePython(block.code) || /^\s*\w+\(/.test(block.code))
  );
  const alone = others.filter(({ isInline }) => !isInline);
  if (alone.length > 0) return alone;
  if (others.length > 0) return others;
  return marked.length > 0
    ? marked
    : blocks.filter((block) => block.language === "none" && !block.isInline && !isFull(block));
}

/** The text up to a place, without hidden reasoning. */
function visible(text: string, scan: TurnScan, end: number): string {
  const parts: string[] = [];
  let done = scan.start;
  for (const span of scan.thinking) {
    if (span.start >= end) break;
    if (span.end <= scan.start) continue;
    parts.push(text.slice(done, span.start));
    done = span.end;
  }
  if (done < end) parts.push(text.slice(done, end));
  return parts.join("");
}

function withoutStray(code: string): string {
  return normalizeCode(code).replace(/<\/?(?:end_?code)>?$/i, "").trimEnd();
}

/** Without its label, the label of the code, a fence at its end, and stray tags. */
function cleanThought(text: string): string {
  const plain = text.replace(STRAY, "").trim();
  const thought = plain.replace(/^\*{0,2}Thought\*{0,2}:\*{0,2}/i, "").trimStart();
  const tail = thought.slice(-LONGEST_TAIL);
  const cut = tail.replace(/(?:^|\n)[ \t]{0,20}`{3,}\w{0,20}$/, "").trimEnd()
    .replace(/(?:^|(?<=\s))[*_#]{0,4} ?Code[*_]{0,2} ?:[*_]{0,2}$/i, "").trimEnd();
  return tail === cut ? thought : (thought.slice(0, thought.length - tail.length) + cut).trim();
}
