import type { JsonValue } from "../records/json.ts";
import { PIECE_PATTERN } from "./pre_tokenizer.ts";
import { END_OF_TEXT, IM_END, SPECIAL_TOKENS } from "./special_tokens.ts";
import type { BpeModel } from "./train_bpe.ts";

/** A JSON object. */
export type JsonObject = { readonly [key: string]: JsonValue };

/** The two files of a Hugging Face tokenizer, as JSON values. */
export interface TokenizerFiles {
  /** `tokenizer.json`: vocabulary, merges, pre-tokenizer, special tokens. */
  readonly tokenizer: JsonObject;
  /** `tokenizer_config.json`: names of the special tokens, chat template. */
  readonly config: JsonObject;
}

/**
 * A trained encoding as the files of a Hugging Face tokenizer. The special tokens take the ids
 * after the vocabulary.
 *
 * @param chatTemplate source of the Jinja chat template, stored in `tokenizer_config.json`
 * @source the `tokenizers` library's serialisation, version 1.0
 */
export function toTokenizerFiles(model: BpeModel, chatTemplate: string): TokenizerFiles {
  const addedTokens = SPECIAL_TOKENS.map((content, i) => ({
    id: model.vocab.length + i,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  }));
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, use_regex: false };
  return {
    tokenizer: {
      version: "1.0",
      truncation: null,
      padding: null,
      added_tokens: addedTokens,
      normalizer: null,
      pre_tokenizer: {
        type: "Sequence",
        pretokenizers: [
          { type: "Split", pattern: { Regex: PIECE_PATTERN }, behavior: "Isolated", invert: false },
          { ...byteLevel, trim_offsets: true },
        ],
      },
      post_processor: { ...byteLevel, trim_offsets: false },
      decoder: { ...byteLevel, trim_offsets: true },
      model: {
        type: "BPE",
        dropout: null,
        unk_token: null,
        continuing_subword_prefix: null,
        end_of_word_suffix: null,
        fuse_unk: false,
        byte_fallback: false,
        ignore_merges: false,
        vocab: Object.fromEntries(model.vocab.map((token, id) => [token, id])),
        merges: model.merges.map((pair) => [...pair]),
      },
    },
    config: {
      tokenizer_class: "PreTrainedTokenizerFast",
      add_bos_token: false,
      add_prefix_space: false,
      added_tokens_decoder: Object.fromEntries(addedTokens.map(({ id, ...token }) => [id, token])),
      bos_token: null,
      eos_token: IM_END,
      pad_token: END_OF_TEXT,
      unk_token: null,
      clean_up_tokenization_spaces: false,
      split_special_tokens: false,
      chat_template: chatTemplate,
    },
  };
}
