import type { JsonValue } from "../records/json.ts";
import type { JsonObject, TokenizerFiles } from "./tokenizer_json.ts";

/** Ids from here on are no tokens: the largest published vocabularies have 300,000. */
const MAX_ID = 2 ** 22;
/** Longest text that a normalizer may put in place of a match, or before a text. */
const MAX_REPLACEMENT = 64;
/** Deepest nesting of normalizers and pre-tokenizers. */
const MAX_DEPTH = 16;
/** Most added tokens; the most of a published model are 7,000. */
const MAX_ADDED = 100_000;

/**
 * Checks the files of a stranger's tokenizer before they are used: ids within bounds, added tokens that
 * are texts, merges that are pairs, replacements that do not swell. Regular expressions are checked where
 * they are compiled.
 *
 * @throws {Error} naming the field and its value
 */
export function checkTokenizerFiles({ tokenizer, config }: TokenizerFiles): void {
  const fail = (where: string, wanted: string, value: unknown): never => {
    const shown = JSON.stringify(value) ?? "missing";
    throw new Error(`${where} must be ${wanted}, not ${shown.slice(0, 80)}`);
  };
  if (!isObject(tokenizer)) return fail("tokenizer.json", "an object", tokenizer);
  if (!isObject(config)) return fail("tokenizer_config.json", "an object", config);
  const { model, added_tokens: added = [] } = tokenizer;
  if (!isObject(model)) return fail("model", "an object", model);
  if (model.type !== undefined && model.type !== "BPE") fail("model.type", '"BPE"', model.type);
  if (!isObject(model.vocab)) return fail("model.vocab", "an object", model.vocab);
  const isId = (id: unknown) => Number.isInteger(id) && Number(id) >= 0 && Number(id) < MAX_ID;
  for (const [token, id] of Object.entries(model.vocab)) {
    if (!isId(id)) fail(`model.vocab[${JSON.stringify(token)}]`, `an id below ${MAX_ID}`, id);
  }
  const { merges } = model;
  if (!Array.isArray(merges)) return fail("model.merges", "a list", merges);
  for (const [i, merge] of merges.entries()) {
    const isPair = typeof merge === "string"
      ? merge.includes(" ")
      : Array.isArray(merge) && merge.length === 2 &&
        merge.every((part) => typeof part === "string");
    if (!isPair) fail(`model.merges[${i}]`, "a pair of texts", merge);
  }
  if (!Array.isArray(added)) return fail("added_tokens", "a list", added);
  if (added.length > MAX_ADDED) fail("added_tokens", `at most ${MAX_ADDED} tokens`, added.length);
  for (const [i, token] of added.entries()) {
    const { content, id } = isObject(token) ? token : {};
    if (typeof content !== "string" || content === "") {
      fail(`added_tokens[${i}].content`, "a text", content);
    }
    if (!isId(id)) fail(`added_tokens[${i}].id`, `an id below ${MAX_ID}`, id);
  }
  for (const part of ["normalizer", "pre_tokenizer", "post_processor", "decoder"]) {
    checkPart(tokenizer[part] ?? null, part, fail);
  }
}

function checkPart(
  part: JsonValue,
  where: string,
  fail: (where: string, wanted: string, value: unknown) => never,
  depth = 0,
): void {
  if (depth > MAX_DEPTH) fail(where, `nested at most ${MAX_DEPTH} deep`, part);
  if (Array.isArray(part)) {
    if (part.length > 1000) fail(where, "at most 1000 items", part.length);
    return part.forEach((item, i) => checkPart(item, `${where}[${i}]`, fail, depth + 1));
  }
  if (!isObject(part)) return;
  for (const name of ["content", "prepend", "replacement"]) {
    const text = part[name];
    if (typeof text === "string" && text.length > MAX_REPLACEMENT) {
      fail(`${where}.${name}`, `at most ${MAX_REPLACEMENT} characters`, text);
    }
  }
  const { pattern, behavior } = part;
  if (pattern !== undefined) {
    const given = isObject(pattern) ? pattern.Regex ?? pattern.String : null;
    // The library would cut nothing out of a text by a pattern that it does not know.
    if (typeof given !== "string") fail(`${where}.pattern`, "a Regex or a String", pattern);
  }
  if (behavior !== undefined && typeof behavior !== "string") {
    fail(`${where}.behavior`, "a text", behavior);
  }
  for (const [name, value] of Object.entries(part)) {
    checkPart(value, `${where}.${name}`, fail, depth + 1);
  }
}

function isObject(value: unknown): value is JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
