import type { StudentConfig } from "../config.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import type { GgufValue } from "./gguf_file.ts";
import { preTokenizerName } from "./pre_tokenizer_name.ts";

/** Numbers of the kinds of tokens. @source llama.cpp, include/llama.h, llama_token_type */
const NORMAL = 1, CONTROL = 3, USER_DEFINED = 4, UNUSED = 5;

/**
 * A tokenizer as GGUF metadata: tokens, their kinds, merges, special tokens and chat template. Ids
 * between the tokenizer's size and `vocab_size` become unused tokens.
 *
 * @param preTokenizer value of `tokenizer.ggml.pre`. @default found by {@link preTokenizerName}
 * @throws {RangeError} when the tokenizer is no byte-pair encoding, or llama.cpp cannot cut text as it
 *   does
 * @source https://github.com/ggml-org/ggml/blob/master/docs/gguf.md ("Tokenizer")
 */
export function ggufTokenizer(
  config: StudentConfig,
  tokenizer: Tokenizer,
  preTokenizer?: string,
): Map<string, GgufValue> {
  const { tokenizer: file, config: settings } = tokenizer.files;
  const model = file.model as Record<string, unknown>;
  if (model?.type !== "BPE" || !Array.isArray(model.merges)) {
    throw new RangeError(
      `Cannot export the tokenizer: its model is ${JSON.stringify(model?.type)}, not BPE`,
    );
  }
  const tokens = Array.from({ length: config.vocab_size }, (_, id) => `[PAD${id}]`);
  const types = tokens.map(() => UNUSED);
  for (const [token, id] of Object.entries(model.vocab as Record<string, number>)) {
    tokens[id] = token;
    types[id] = NORMAL;
  }
  for (const added of file.added_tokens as { id: number; content: string; special: boolean }[]) {
    tokens[added.id] = added.content;
    types[added.id] = added.special ? CONTROL : USER_DEFINED;
  }
  const end = idOf(config.eos_token_id) ?? namedId(tokenizer, settings.eos_token);
  const padding = config.pad_token_id ?? namedId(tokenizer, settings.pad_token);
  const begin = config.bos_token_id ?? namedId(tokenizer, settings.bos_token);
  const metadata = new Map<string, GgufValue>([
    ["tokenizer.ggml.model", { string: "gpt2" }],
    ["tokenizer.ggml.pre", { string: preTokenizer ?? preTokenizerName(file) }],
    ["tokenizer.ggml.tokens", { strings: tokens }],
    ["tokenizer.ggml.token_type", { int32s: types }],
    ["tokenizer.ggml.merges", { strings: model.merges.map(mergeText) }],
    ["tokenizer.ggml.add_bos_token", { bool: false }],
    ["tokenizer.ggml.add_eos_token", { bool: false }],
  ]);
  const addId = (name: string, id: number | undefined) => {
    if (id !== undefined) metadata.set(`tokenizer.ggml.${name}_token_id`, { uint32: id });
  };
  addId("bos", begin);
  addId("eos", end);
  addId("padding", padding);
  if (settings.chat_template) {
    metadata.set("tokenizer.chat_template", { string: tokenizer.chatTemplate().source });
  }
  return metadata;
}

/** A merge as one text; newer `tokenizer.json` files hold pairs. */
function mergeText(merge: unknown): string {
  return Array.isArray(merge) ? merge.join(" ") : String(merge);
}

function idOf(ids: number | readonly number[] | undefined): number | undefined {
  return typeof ids === "number" ? ids : ids?.[0];
}

/** The id of a token that `tokenizer_config.json` names, as text or as an object. */
function namedId(tokenizer: Tokenizer, token: unknown): number | undefined {
  const content = typeof token === "object" && token !== null
    ? (token as { content?: unknown }).content
    : token;
  return typeof content === "string" ? tokenizer.specialTokens.get(content) : undefined;
}
