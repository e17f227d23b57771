import type { JsonValue } from "../records/json.ts";
import type { TemplateVariables } from "./chat_template.ts";
import type { JsonObject } from "./tokenizer_json.ts";

const NAMES = ["bos", "eos", "unk", "sep", "pad", "cls", "mask"].map((name) => `${name}_token`);

/**
 * The special tokens of a `tokenizer_config.json` by the names that chat templates know; a token that is
 * not set is undefined there, as in transformers.
 *
 * @source transformers, `special_tokens_map`
 */
export function specialTokenVariables(config: JsonObject): TemplateVariables {
  const variables: Record<string, JsonValue> = {};
  for (const name of NAMES) {
    const content = contentOf(config[name]);
    if (content !== null) variables[name] = content;
  }
  for (const name of ["additional_special_tokens", "extra_special_tokens"]) {
    const tokens = config[name];
    if (Array.isArray(tokens)) {
      const contents = tokens.map(contentOf).filter((content) => content !== null);
      if (contents.length > 0) variables.additional_special_tokens ??= contents;
    } else if (tokens !== null && typeof tokens === "object") {
      // Tokens that a model names itself, such as `image_token`.
      for (const [own, value] of Object.entries(tokens)) {
        const content = contentOf(value);
        if (content !== null) variables[own] ??= content;
      }
    }
  }
  return variables;
}

/** A token as a text, or as an object with its `content`. */
function contentOf(token: JsonValue | undefined): string | null {
  if (typeof token === "string") return token;
  if (token === null || typeof token !== "object" || Array.isArray(token)) return null;
  const { content } = token as JsonObject;
  return typeof content === "string" ? content : null;
}
