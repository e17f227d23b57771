import type { JsonValue } from "../records/json.ts";
import type { JsonObject } from "./tokenizer_json.ts";

/** White space as Unicode has it, for within a class; JavaScript's has U+FEFF and not U+0085. */
const SPACES = "\\t-\\r\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";

/** The expression that a `ByteLevel` step has built in. @source tokenizers, byte_level.rs */
const GPT2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/**
 * A `tokenizer.json` with its pre-tokenizer written so that `@huggingface/tokenizers` cuts text as the
 * library of `tokenizers` does: digits are the numbers of every script, and white space is Unicode's.
 *
 * @source tokenizers, pre_tokenizers/digits.rs (`char::is_numeric`), byte_level.rs
 */
export function asRustReads(tokenizer: JsonObject): JsonObject {
  const { pre_tokenizer: step } = tokenizer;
  return step === undefined ? tokenizer : { ...tokenizer, pre_tokenizer: rewritten(step) };
}

function rewritten(step: JsonValue): JsonValue {
  if (step === null || typeof step !== "object" || Array.isArray(step)) return step;
  const fields = step as JsonObject;
  if (fields.type === "Sequence" && Array.isArray(fields.pretokenizers)) {
    return { ...fields, pretokenizers: fields.pretokenizers.map(rewritten) };
  }
  if (fields.type === "Digits") return split(fields.individual_digits ? "\\p{N}" : "\\p{N}+");
  if (
    fields.type === "ByteLevel" && fields.use_regex !== false && fields.add_prefix_space === false
  ) {
    const cut = split(unicodeSpaces(GPT2));
    return { type: "Sequence", pretokenizers: [cut, { ...fields, use_regex: false }] };
  }
  const pattern = fields.pattern as JsonObject | undefined;
  if (fields.type === "Split" && typeof pattern?.Regex === "string") {
    return { ...fields, pattern: { Regex: unicodeSpaces(pattern.Regex) } };
  }
  return step;
}

function split(regex: string): JsonObject {
  return { type: "Split", pattern: { Regex: regex }, behavior: "Isolated", invert: false };
}

/** `\s` and `\S` written out; the latter within a class stays as it is. */
function unicodeSpaces(regex: string): string {
  let isClass = false;
  return regex.replace(/\\.|[[\]]/gsu, (part) => {
    if (part === "[") isClass = true;
    else if (part === "]") isClass = false;
    else if (part === "\\s") return isClass ? SPACES : `[${SPACES}]`;
    else if (part === "\\S" && !isClass) return `[^${SPACES}]`;
    return part;
  });
}
