import type { OptionTable } from "../records/option_table.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { TokenizedExample } from "./tokenized_example.ts";

/** Weights of the parts of an agent's turn in the loss. */
export interface SpanWeights {
  /** What comes before the code. */
  readonly thought: number;
  /** The code, from its label or fence to the end of the turn. */
  readonly code: number;
  /** Names, which stand in quotes in the code: what is searched for, answered, looked up. */
  readonly names: number;
}

/** Options of span weights. */
export const SPAN_WEIGHT_OPTIONS = {
  thoughtWeight: {
    type: "number",
    min: 0,
    default: 0.5,
    description: "Weight of an agent's thoughts in the loss",
  },
  codeWeight: {
    type: "number",
    min: 0,
    default: 1,
    description: "Weight of its code in the loss",
  },
  namesWeight: {
    type: "number",
    min: 0,
    default: 2,
    description: "Weight of what stands in quotes in its code",
  },
} as const satisfies OptionTable;

/**
 * An example with its trained tokens weighted by the part of the turn that they begin in. A turn
 * without code is a thought as a whole.
 *
 * @throws {RangeError} when a weight is not finite
 * @source arXiv 2505.13820 (separate losses for the spans of reasoning and acting)
 *
 * @example
 * ```ts
 * import { loadChatTemplate, tokenizeConversations, trainTokenizer, weightSpans } from "@potstill/student";
 * const template = await loadChatTemplate();
 * const tokenizer = trainTokenizer(["a"], template, { vocabSize: 260 });
 * const fence = "`".repeat(3);
 * const content = `Thought: hm\nCode:\n${fence}py\nprint('Oslo')\n${fence}<end_code>`;
 * const messages = [{ role: "user", content: "?" }, { role: "assistant", content }] as const;
 * const { examples: [example] } = tokenizeConversations(tokenizer, template, [{ id: "1", messages }]);
 * const { ids, weights } = weightSpans(tokenizer, example, { thought: 0, code: 1, names: 2 });
 * const names = tokenizer.decode(ids.filter((_, i) => weights![i] === 2));
 * if (names !== "Oslo") throw new Error(names);
 * ```
 */
export function weightSpans(
  tokenizer: Tokenizer,
  example: TokenizedExample,
  spans: SpanWeights,
): TokenizedExample {
  for (const [name, weight] of Object.entries(spans)) {
    if (!Number.isFinite(weight)) {
      throw new RangeError(`Cannot weight spans: ${name} must be a number, and is ${weight}`);
    }
  }
  const { ids, trained } = example;
  const weights = new Float32Array(ids.length);
  let from = 0;
  while (from < ids.length) {
    if (trained[from] !== 1) {
      from++;
      continue;
    }
    let to = from;
    const decoder = tokenizer.streamDecoder();
    const starts: number[] = [];
    let text = "";
    for (; to < ids.length && trained[to] === 1; to++) {
      starts.push(text.length);
      text += decoder.push(ids[to]);
    }
    const weightAt = spanFinder(text, spans);
    starts.forEach((start, i) => weights[from + i] = weightAt(start));
    from = to;
  }
  return { ...example, weights };
}

/** Comments, whose quotes begin no string, and strings with their escapes, from left to right. */
const COMMENT_OR_STRING = new RegExp(
  [
    String.raw`#[^\n]*`,
    ...['"""', "'''"].map((mark) => `(${mark})(?:[^\\\\]|\\\\[^])*?${mark}`),
    ...['"', "'"].map((mark) => `(${mark})(?:[^${mark}\\\\\\n]|\\\\.)*${mark}`),
  ].join("|"),
  "g",
);

/** The weight of each place in a turn's text. */
function spanFinder(text: string, { thought, code, names }: SpanWeights): (at: number) => number {
  const begins = text.search(/^(?:Code:|```)/m);
  if (begins < 0) return () => thought;
  const quoted = [...text.slice(begins).matchAll(COMMENT_OR_STRING)].flatMap((match) => {
    const mark = match.slice(1).find((found) => found !== undefined);
    if (mark === undefined) return [];
    const start = begins + match.index + mark.length;
    return [{ start, end: start + match[0].length - 2 * mark.length }];
  });
  return (at) => {
    if (at < begins) return thought;
    return quoted.some(({ start, end }) => at >= start && at < end) ? names : code;
  };
}
