import type { JsonObject } from "../../tokenizer/tokenizer_json.ts";

/** A pre-tokenizer that llama.cpp names, as parts of a `tokenizer.json`. */
export interface PreTokenizer {
  /** Steps that cut text into pieces. */
  readonly steps: readonly JsonObject[];
  /** Changes to the text before. @default none */
  readonly normalizer?: JsonObject;
  /** True if a piece that is a token is taken whole. @default false */
  readonly ignoreMerges?: boolean;
}

const CONTRACTION = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const AFTER_NUMBERS = " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/** The expression of GPT-4's family, by how it takes numbers. */
export const gpt4Pattern = (numbers: string): string =>
  `${CONTRACTION}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${numbers}|${AFTER_NUMBERS}`;

const split = (pattern: string): JsonObject => ({
  type: "Split",
  pattern: { Regex: pattern },
  behavior: "Isolated",
  invert: false,
});
const byteLevel = (useRegex: boolean): JsonObject => ({
  type: "ByteLevel",
  add_prefix_space: false,
  trim_offsets: true,
  use_regex: useRegex,
});
/** Each digit by itself, of any script. */
const DIGIT = "\\p{N}";

const GPT2: PreTokenizer = { steps: [byteLevel(true)] };
const STARCODER: PreTokenizer = { steps: [split(DIGIT), byteLevel(true)] };
const QWEN2: PreTokenizer = {
  steps: [split(gpt4Pattern("\\p{N}")), byteLevel(false)],
  normalizer: { type: "NFC" },
};
const LLAMA3: PreTokenizer = {
  steps: [split(gpt4Pattern("\\p{N}{1,3}")), byteLevel(false)],
  ignoreMerges: true,
};

/**
 * The pre-tokenizers that are known, by llama.cpp's names.
 *
 * @source llama.cpp, src/llama-vocab.cpp; the `tokenizer.json` of the models
 */
export const PRE_TOKENIZERS: ReadonlyMap<string, PreTokenizer> = new Map([
  ["gpt-2", GPT2],
  ["smollm", STARCODER],
  ["starcoder", STARCODER],
  ["codeshell", STARCODER],
  ["refact", STARCODER],
  ["command-r", STARCODER],
  ["qwen2", QWEN2],
  ["deepseek-r1-qwen", QWEN2],
  ["llama-bpe", LLAMA3],
  ["llama3", LLAMA3],
  ["llama-v3", LLAMA3],
]);
