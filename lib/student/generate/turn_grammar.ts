import { ENDED, REFUSED, type WordAutomaton, wordAutomaton } from "./word_automaton.ts";

/** A language of texts as a deterministic automaton over their bytes. */
export interface TextGrammar {
  /** State before any text. */
  readonly start: number;
  /** The state after one more byte; null where no text of the language goes on so. */
  next(state: number, byte: number): number | null;
  /** True if a text may end here. */
  isEnd(state: number): boolean;
  /** A short text that ends the language's text from here. */
  closing(state: number): string;
}

const LABEL = "Thought:";
const CODE_BEGINS = "\nCode:\n```py\n";
const CODE_ENDS = "\n```<end_code>";
/** Code that does nothing, where a turn must be closed before it has any. */
const NO_CODE = "pass";

const STOPS = ["Observation:", "Calling tools:"];
const FENCES = ["```", "~~~"];
const TAGS = [..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ/|"].map((one) => `<${one}`);
const CODE_LABELS = casesOf("code").flatMap((word) =>
  [":", " :", "*", "_"].map((mark) => word + mark)
);
/** Tags that a reader of turns takes out of code. */
const CODE_TAGS = ["<", "</"].flatMap((mark) =>
  ["code", "end_code", "endcode"].flatMap(casesOf).map((word) => mark + word)
);

/**
 * The turns of an agent: a thought, one block of code that is not blank, and its end, as `writeTurn`
 * writes them. `parseAction` reads each of them as that code: no fence, tag or label comes before the
 * block, and no text that ends a turn within it.
 *
 * @source form of the turns: paper, section 3.1
 *
 * @example
 * ```ts
 * import { turnGrammar } from "@potstill/student/generate/turn_grammar.ts";
 * const grammar = turnGrammar();
 * let state: number | null = grammar.start;
 * for (const byte of new TextEncoder().encode("Thought: add.\nCode:\n")) {
 *   state = state === null ? null : grammar.next(state, byte);
 * }
 * const opened = "`".repeat(3) + "py\n";
 * if (state === null || !grammar.closing(state).startsWith(opened)) throw new Error("refused");
 * ```
 */
export function turnGrammar(): TextGrammar {
  const thought = wordAutomaton({
    end: CODE_BEGINS,
    committedFrom: "\nCode:".length,
    refused: [...STOPS, ...FENCES, ...TAGS, ...CODE_LABELS, "◁", "[THINK]", "[/THINK]"],
  });
  const code = wordAutomaton({
    end: CODE_ENDS,
    committedFrom: "\n```".length,
    refused: [...STOPS, ...FENCES, ...CODE_TAGS],
  });
  // The label, the thought, code that is blank so far, code, the end.
  const thoughtAt = LABEL.length;
  const blankAt = thoughtAt + thought.states;
  const codeAt = blankAt + code.states;
  const end = codeAt + code.states;
  const afterBreak = code.next["\n".charCodeAt(0)];
  const within = (automaton: WordAutomaton, at: number, state: number, byte: number) => {
    const to = automaton.next[(state - at) * 256 + byte];
    return to === REFUSED || to === ENDED ? to : at + to;
  };
  const next = (state: number, byte: number): number | null => {
    if (state < thoughtAt) return byte === LABEL.charCodeAt(state) ? state + 1 : null;
    if (state < blankAt) {
      const to = within(thought, thoughtAt, state, byte);
      return to === REFUSED ? null : to === ENDED ? blankAt + afterBreak : to;
    }
    if (state < codeAt) {
      const to = within(code, blankAt, state, byte);
      if (to < 0 || code.progress[to - blankAt] >= "\n```".length) return null;
      // Code whose every line begins with this mark would be taken for a quotation.
      if (byte === ">".charCodeAt(0)) return null;
      const isBlank = byte <= 0x20 || byte >= 0x7f || byte === "`".charCodeAt(0);
      return isBlank ? to : to - blankAt + codeAt;
    }
    if (state === end) return null;
    const to = within(code, codeAt, state, byte);
    return to === REFUSED ? null : to === ENDED ? end : to;
  };
  const closing = (state: number): string => {
    if (state === end) return "";
    if (state >= codeAt) return CODE_ENDS.slice(code.progress[state - codeAt]);
    if (state >= blankAt) return NO_CODE + CODE_ENDS;
    if (state >= thoughtAt) {
      return CODE_BEGINS.slice(thought.progress[state - thoughtAt]) + NO_CODE + CODE_ENDS;
    }
    return LABEL.slice(state) + CODE_BEGINS + NO_CODE + CODE_ENDS;
  };
  return { start: 0, next, isEnd: (state) => state === end, closing };
}

/** A word with each of its letters large or small. */
function casesOf(word: string): string[] {
  return [...word].reduce(
    (found, letter) =>
      found.flatMap((text) => [text + letter.toLowerCase(), text + letter.toUpperCase()]),
    [""],
  );
}
