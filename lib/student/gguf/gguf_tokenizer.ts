import type { StudentConfig } from "../config.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import type { JsonObject } from "../../tokenizer/tokenizer_json.ts";
import { isSentencePiece } from "../../tokenizer/sentence_piece.ts";
import type { GgufValue } from "./gguf_file.ts";
import { preTokenizerName } from "./pre_tokenizer_name.ts";

/** Numbers of the kinds of tokens. @source llama.cpp, include/llama.h, llama_token_type */
const NORMAL = 1, CONTROL = 3, USER_DEFINED = 4, UNUSED = 5, BYTE = 6;

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
    types[id] = isSentencePiece(file) && /^<0x[0-9A-F]{2}>$/.test(token) ? BYTE : NORMAL;
  }
  for (const added of file.added_tokens as { id: number; content: string; special: boolean }[]) {
    // llama.cpp looks for these in the text as it is given.
    tokens[added.id] = isSentencePiece(file) ? added.content.replaceAll("▁", " ") : added.content;
    types[added.id] = added.special ? CONTROL : USER_DEFINED;
  }
  const end = idOf(config.eos_token_id) ?? namedId(tokenizer, settings.eos_token);
  const padding = config.pad_token_id ?? namedId(tokenizer, settings.pad_token);
  const begin = config.bos_token_id ?? namedId(tokenizer, settings.bos_token);
  const metadata = new Map<string, GgufValue>([
    ["tokenizer.ggml.model", { string: isSentencePiece(file) ? "llama" : "gpt2" }],
    ["tokenizer.ggml.tokens", { strings: tokens }],
    ["tokenizer.ggml.token_type", { int32s: types }],
    ...(isSentencePiece(file) ? sentencePieceKeys(file, tokens) : [
      ["tokenizer.ggml.pre", { string: preTokenizer ?? preTokenizerName(file) }],
      ["tokenizer.ggml.merges", { strings: model.merges.map(mergeText) }],
    ] as const),
    ["tokenizer.ggml.add_bos_token", { bool: settings.add_bos_token === true }],
    ["tokenizer.ggml.add_eos_token", { bool: false }],
  ]);
  const addId = (name: string, id: number | undefined) => {
    if (id !== undefined) metadata.set(`tokenizer.ggml.${name}_token_id`, { uint32: id });
  };
  addId("bos", begin);
  addId("eos", end);
  addId("padding", padding);
  addId("unknown", namedId(tokenizer, settings.unk_token));
  if (settings.chat_template) {
    metadata.set("tokenizer.chat_template", { string: tokenizer.chatTemplate().source });
  }
  return metadata;
}

/**
 * What llama.cpp reads of SentencePiece's encoding: no merges but scores, the higher the earlier a token
 * is merged to.
 */
function sentencePieceKeys(
  file: JsonObject,
  tokens: readonly string[],
): [string, GgufValue][] {
  const ranks = new Map<string, number>();
  for (const [rank, merge] of ((file.model as JsonObject).merges as unknown[]).entries()) {
    const token = mergeText(merge).replace(" ", "");
    if (!ranks.has(token)) ranks.set(token, rank);
  }
  const addsSpace = JSON.stringify(file.normalizer ?? null).includes('"Prepend"');
  return [
    ["tokenizer.ggml.pre", { string: "default" }],
    ["tokenizer.ggml.scores", { float32s: tokens.map((token) => -(ranks.get(token) ?? 0)) }],
    ["tokenizer.ggml.add_space_prefix", { bool: addsSpace }],
  ];
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
