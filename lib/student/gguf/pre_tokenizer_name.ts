import type { JsonObject } from "../../tokenizer/tokenizer_json.ts";
import { PIECE_PATTERN } from "../../tokenizer/pre_tokenizer.ts";

const CONTRACTION = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const AFTER_NUMBERS = " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const pattern = (numbers: string) =>
  `${CONTRACTION}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${numbers}|${AFTER_NUMBERS}`;

/**
 * What llama.cpp calls the patterns that cut text into pieces. It knows no pattern but its own, so
 * Potstill's takes the name of the one that gives the same tokens: Llama 3's cuts numbers into
 * threes and runs of spaces before their last, as ours does, and otherwise cuts more coarsely where
 * no learned merge can reach across. The exceptions are words after a single quote that begin with
 * s, t, m, d, re, ve or ll (Llama's pattern takes them for contractions), and letters after an
 * underscore that follows a space or other punctuation.
 */
const NAMES: ReadonlyMap<string, string> = new Map([
  [PIECE_PATTERN, "llama-bpe"],
  [pattern("\\p{N}{1,3}"), "llama-bpe"],
  [pattern("\\p{N}"), "qwen2"],
  // Potstill's tokenizers before numbers were cut into threes.
  [PIECE_PATTERN.replace("\\p{N}{1,3}", "\\p{N}"), "qwen2"],
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
  const name = found.length === 1 ? NAMES.get(found[0]) : undefined;
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

/** The regular expressions of all `Split` steps. */
function splitPatterns(step: unknown): string[] {
  if (typeof step !== "object" || step === null) return [];
  const { type, pretokenizers, pattern } = step as Record<string, unknown>;
  if (type === "Sequence" && Array.isArray(pretokenizers)) {
    return pretokenizers.flatMap(splitPatterns);
  }
  const regex = (pattern as { Regex?: unknown } | undefined)?.Regex;
  return type === "Split" && typeof regex === "string" ? [regex] : [];
}
