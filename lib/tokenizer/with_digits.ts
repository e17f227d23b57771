import type { JsonValue } from "../records/json.ts";
import type { JsonObject } from "./tokenizer_json.ts";

/**
 * A `tokenizer.json` whose `Digits` steps are `Split` steps: `@huggingface/tokenizers` takes 0 to 9
 * alone for digits, where the library of `tokenizers` means the numbers of every script.
 *
 * @source tokenizers, pre_tokenizers/digits.rs (`char::is_numeric`)
 */
export function withDigits(tokenizer: JsonObject): JsonObject {
  const { pre_tokenizer: step } = tokenizer;
  return step === undefined ? tokenizer : { ...tokenizer, pre_tokenizer: replaced(step) };
}

function replaced(step: JsonValue): JsonValue {
  if (step === null || typeof step !== "object" || Array.isArray(step)) return step;
  const { type, pretokenizers, individual_digits: individual } = step as JsonObject;
  if (type === "Sequence" && Array.isArray(pretokenizers)) {
    return { ...step, pretokenizers: pretokenizers.map(replaced) };
  }
  if (type !== "Digits") return step;
  const pattern = { Regex: individual ? "\\p{N}" : "\\p{N}+" };
  return { type: "Split", pattern, behavior: "Isolated", invert: false };
}
