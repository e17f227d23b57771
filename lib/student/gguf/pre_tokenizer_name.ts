import type { JsonObject } from "../../tokenizer/tokenizer_json.ts";
import { PIECE_PATTERN } from "../../tokenizer/pre_tokenizer.ts";
import { gpt4Pattern } from "./pre_tokenizers.ts";

/** Stands for the expression of GPT-2, which a `ByteLevel` step has built in. */
const GPT2 = "(gpt-2)";

/**
 * llama.cpp's names of the patterns that cut text into pieces. It knows only its own patterns, so
 * Potstill's takes the name of the one that gives the same tokens: Llama 3's cuts numbers into
 * threes and runs of spaces before their last, as ours does, and otherwise cuts more coarsely
 * where no learned merge can reach across. The exceptions are words after a single quote that
 * begin with s, t, m, d, re, ve or ll (Llama's pattern takes them for contractions), and letters
 * after an underscore that follows a space or other punctuation.
 */
const NAMES: ReadonlyMap<string, string> = new Map([
  [PIECE_PATTERN, "llama-bpe"],
  [gpt4Pattern("\\p{N}{1,3}"), "llama-bpe"],
  [gpt4Pattern("\\p{N}"), "qwen2"],
  // Potstill's tokenizers before numbers were cut into threes.
  [PIECE_PATTERN.replace("\\p{N}{1,3}", "\\p{N}"), "qwen2"],
  [GPT2, "gpt-2"],
  [`\\p{N}${GPT2}`, "smollm"],
]);

/**
 * The value of `tokenizer.ggml.pre`, which tells llama.cpp how to cut text before merging.
 *
 * @param tokenizer the content of `tokenizer.json`
 * @throws {RangeError} when llama.cpp has no pattern that is known to fit, naming the pattern
 * @source llama.cpp, src/llama-vocab.cpp
 *
 * @example
 * ```ts
 * import { toTokenizerFiles, trainBpe } from "@potstill/student";
 * import { preTokenizerName } from "@potstill/student/gguf/pre_tokenizer_name.ts";
 * const { tokenizer } = toTokenizerFiles(trainBpe(["a b"], { vocabSize: 259 }), "");
 * if (preTokenizerName(tokenizer) !== "llama-bpe") throw new Error("another pattern");
 * ```
 */
export function preTokenizerName(tokenizer: JsonObject): string {
  const found = splitPatterns(tokenizer.pre_tokenizer);
  const name = NAMES.get(found.join(""));
  if (name === undefined) {
    throw new RangeError(
      "Cannot export the tokenizer: no pre-tokenizer of llama.cpp is known to cut text as " +
        `${
          JSON.stringify(found.length === 0 ? tokenizer.pre_tokenizer : found)
        }; name one yourself`,
    );
  }
  return name;
}

/** The regular expressions of all steps that cut, and a mark for GPT-2's own. */
function splitPatterns(step: unknown): string[] {
  if (typeof step !== "object" || step === null) return [];
  const { type, pretokenizers, pattern, use_regex, individual_digits } = step as Record<
    string,
    unknown
  >;
  if (type === "Sequence" && Array.isArray(pretokenizers)) {
    return pretokenizers.flatMap(splitPatterns);
  }
  if (type === "ByteLevel" && use_regex !== false) return [GPT2];
  if (type === "Digits" && individual_digits === true) return ["\\p{N}"];
  const regex = (pattern as { Regex?: unknown } | undefined)?.Regex;
  return type === "Split" && typeof regex === "string" ? [regex] : [];
}
