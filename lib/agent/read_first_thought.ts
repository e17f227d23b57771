import { stripThinking } from "../records/turn/strip_thinking.ts";

/**
 * Peculiarity of a CoT answer's first paragraph.
 *
 * - `empty`: there is no text; no prefix
 * - `thinking`: hidden reasoning (`<think>`) came first; it is left out
 * - `code`: it holds code, a fence or words that end an agent's turn; what precedes them is used
 * - `overlong`: it is longer than the limit; whole sentences up to the limit are used
 * - `whole-answer`: the answer is this one paragraph; it is used, as in the paper
 * - `states-answer`: it already states the final answer; it is used, as in the paper
 * - `lead-in`: it only announces what follows (ends with a colon); it is used
 * - `labelled`: it began with `Thought:` already
 */
export type FirstThoughtCase =
  | "empty"
  | "thinking"
  | "code"
  | "overlong"
  | "whole-answer"
  | "states-answer"
  | "lead-in"
  | "labelled";

/** A first thought read from a CoT answer. */
export interface FirstThought {
  /** The beginning of the agent's first turn, `Thought: ` included; null when there is none. */
  readonly prefix: string | null;
  /** Peculiarities; empty for a plain paragraph. */
  readonly cases: readonly FirstThoughtCase[];
}

/** Options of {@link readFirstThought}. */
export interface FirstThoughtOptions {
  /** Longest thought, in characters, without `Thought: `. @default 1000 */
  readonly maxCharacters?: number;
}

/**
 * Beginnings of code or of the end of a turn: fences, tags, labels, lines that read like Python.
 */
const CODE =
  /```|~~~|<\/?code>|<end_code>|^[ \t]*Code:|Observation:|Calling tools:|^[ \t]*(?:import \w+|from \w[\w.]* import|def \w+\(|class \w+[:(]|print\()/m;
const ANSWER = /\\boxed|<answer>|final_answer\(|\b(?:final )?answer is\b/i;

/**
 * Reads the first-thought prefix out of a CoT answer: its first paragraph, up to the first blank line,
 * after `Thought: `. A paragraph that an agent's first turn could not begin with is cut or given up,
 * and every unusual case is named, so that a run can count them.
 *
 * @source paper, section 3.2 (first-thought prefix)
 *
 * @example
 * ```ts
 * import { readFirstThought } from "@potstill/agent";
 * const fence = "`".repeat(3);
 * const { prefix, cases } = readFirstThought(`I add them up.\n${fence}py\nprint(1 + 1)\n${fence}`);
 * if (prefix !== "Thought: I add them up." || !cases.includes("code")) throw new Error("misread");
 * ```
 */
export function readFirstThought(
  cotText: string,
  options: FirstThoughtOptions = {},
): FirstThought {
  const { maxCharacters = 1000 } = options;
  const cases: FirstThoughtCase[] = [];
  let text = cotText.replace(/\r\n/g, "\n");
  const told = stripThinking(text);
  if (told !== text) {
    cases.push("thinking");
    text = told;
  }
  text = text.trim();
  const [first] = text.split(/\n[ \t]*\n/);
  let thought = first.trim();
  if (/^\**Thought\**:/i.test(thought)) {
    cases.push("labelled");
    thought = thought.replace(/^\**Thought\**:\**\s*/i, "");
  }
  if (first.trim() === text && thought !== "") cases.push("whole-answer");
  if (ANSWER.test(thought)) cases.push("states-answer");
  const code = CODE.exec(thought);
  if (code !== null) {
    cases.push("code");
    thought = thought.slice(0, code.index).trim();
  }
  if (thought.length > maxCharacters) {
    cases.push("overlong");
    thought = cutAtSentence(thought, maxCharacters);
  }
  if (thought.endsWith(":")) cases.push("lead-in");
  if (thought === "") {
    if (!cases.includes("code")) cases.push("empty");
    return { prefix: null, cases };
  }
  return { prefix: `Thought: ${thought}`, cases };
}

/** The beginning up to `limit` characters, ending with a sentence, a line or a word. */
function cutAtSentence(text: string, limit: number): string {
  const head = text.slice(0, limit + 1);
  const ends = [...head.matchAll(/[.!?](?=\s)|\n/g)].map((m) => m.index + m[0].trim().length);
  const end = ends.at(-1) ?? 0;
  if (end >= limit / 4) return head.slice(0, end).trim();
  const word = head.lastIndexOf(" ");
  return head.slice(0, word > 0 ? word : limit).trim();
}

/** Number of answers by case, and with or without a prefix. */
export interface FirstThoughtCounts {
  /** CoT answers read. */
  readonly total: number;
  /** Answers that gave a prefix. */
  readonly withPrefix: number;
  /** Unusual cases; an answer can have several. */
  readonly cases: Readonly<Partial<Record<FirstThoughtCase, number>>>;
}

/** Counts one more first thought. */
export function countFirstThought(
  counts: FirstThoughtCounts,
  thought: FirstThought,
): FirstThoughtCounts {
  const cases = { ...counts.cases };
  for (const name of thought.cases) cases[name] = (cases[name] ?? 0) + 1;
  return {
    total: counts.total + 1,
    withPrefix: counts.withPrefix + (thought.prefix === null ? 0 : 1),
    cases,
  };
}

/** No first thought counted yet. */
export const noFirstThoughts: FirstThoughtCounts = { total: 0, withPrefix: 0, cases: {} };
