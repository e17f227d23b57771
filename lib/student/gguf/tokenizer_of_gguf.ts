import type { JsonValue } from "../../records/json.ts";
import { Tokenizer } from "../../tokenizer/tokenizer.ts";
import type { JsonObject } from "../../tokenizer/tokenizer_json.ts";
import { sentencePieceMerges } from "../../tokenizer/sentence_piece.ts";
import { PRE_TOKENIZERS } from "./pre_tokenizers.ts";

/** Numbers of the kinds of tokens. @source llama.cpp, include/llama.h, llama_token_type */
const UNKNOWN = 2, CONTROL = 3, USER_DEFINED = 4, UNUSED = 5;

/**
 * Tokens that end a turn, which many files name nowhere: llama.cpp goes by their texts as well.
 *
 * @source llama.cpp, src/llama-vocab.cpp, special_eog_ids
 */
const ENDS_OF_TURN = [
  "<|eot_id|>",
  "<|im_end|>",
  "<|end|>",
  "<end_of_turn>",
  "<|endoftext|>",
  "<|eom_id|>",
];

/** The metadata of a GGUF file, by key. */
export type GgufMetadata = Readonly<Record<string, unknown>>;

/**
 * Ids of the tokens that end a text or a turn, in a GGUF file; the named one first.
 *
 * @param path names the file in errors
 * @throws {Error} naming the file and the key that is missing or does not fit
 */
export function ggufEndIds(metadata: GgufMetadata, path: string): number[] {
  return naming(path, () => endIds(metadata));
}

function endIds(metadata: GgufMetadata): number[] {
  const named = ["eos", "eot", "eom"].map((name) => tokenId(metadata, name));
  const { tokens, types } = vocabulary(metadata);
  const spelled = ENDS_OF_TURN.map((token) => tokens.indexOf(token)).filter((id) =>
    id >= 0 && [CONTROL, USER_DEFINED].includes(types[id])
  );
  return [...new Set([...named, ...spelled].filter((id) => id !== undefined))];
}

/**
 * The tokenizer in the metadata of a GGUF file, as Hugging Face writes it: byte-level BPE (`gpt2`) or
 * SentencePiece's BPE with bytes for what is not in the vocabulary (`llama`), with its special tokens
 * and chat templates.
 *
 * @param path names the file in errors
 * @throws {Error} naming the file and the key that is missing, does not fit, or is not known here
 * @source https://github.com/ggml-org/ggml/blob/master/docs/gguf.md ("Tokenizer")
 */
export function tokenizerOfGguf(metadata: GgufMetadata, path: string): Tokenizer {
  return naming(
    path,
    () => new Tokenizer({ tokenizer: tokenizerJson(metadata), config: tokenizerConfig(metadata) }),
  );
}

function naming<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new Error(`Cannot use the tokenizer of ${path}: ${(cause as Error).message}`, { cause });
  }
}

function tokenizerJson(metadata: GgufMetadata): JsonObject {
  const { tokens, types } = vocabulary(metadata);
  const model = metadata["tokenizer.ggml.model"];
  if (model !== "gpt2" && model !== "llama") {
    throw new Error(`tokenizer.ggml.model must be "gpt2" or "llama", not ${JSON.stringify(model)}`);
  }
  const isSentencePiece = model === "llama";
  const text = (id: number) => isSentencePiece ? tokens[id].replaceAll(" ", "▁") : tokens[id];
  const added: JsonObject[] = [];
  const vocab: Record<string, number> = Object.create(null);
  // Readers number added tokens that the vocabulary has not from its size on, whatever ids they name.
  // Of SentencePiece's some may be merged up to, as runs of spaces are.
  const isTail = !isSentencePiece && addedTokensFollow(types);
  tokens.forEach((_, id) => {
    const isSpecial = types[id] === CONTROL || types[id] === UNKNOWN;
    if (isSpecial || types[id] === USER_DEFINED) {
      const rules = { single_word: false, lstrip: false, rstrip: false, normalized: false };
      added.push({ id, content: text(id), ...rules, special: isSpecial });
      if (isTail) return;
    }
    if (types[id] === UNUSED) return;
    if (text(id) in vocab) {
      throw new Error(`tokens ${vocab[text(id)]} and ${id} are both ${JSON.stringify(text(id))}`);
    }
    vocab[text(id)] = id;
  });
  const parts = isSentencePiece
    ? sentencePieceParts(metadata, vocab, types)
    : byteLevelParts(metadata);
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: added,
    ...parts,
    post_processor: beginning(metadata, tokens) ?? parts.post_processor,
    model: { ...parts.model as JsonObject, vocab },
  };
}

/** True if the ids of added tokens go on from those of all others without a gap. */
function addedTokensFollow(types: readonly number[]): boolean {
  const used = types.map((type) => type !== UNUSED);
  const isAdded = (type: number) => [CONTROL, UNKNOWN, USER_DEFINED].includes(type);
  const first = types.findIndex(isAdded);
  const last = types.findLastIndex(isAdded);
  return types.every((type, id) => !used[id] || isAdded(type) === (id >= first && first >= 0)) &&
    used.slice(0, last + 1).every(Boolean);
}

function byteLevelParts(metadata: GgufMetadata): JsonObject {
  const name = metadata["tokenizer.ggml.pre"];
  const known = PRE_TOKENIZERS.get(String(name));
  if (known === undefined) {
    throw new Error(
      `tokenizer.ggml.pre must be one of ${[...PRE_TOKENIZERS.keys()].join(", ")}, ` +
        `not ${JSON.stringify(name)}`,
    );
  }
  const merges = metadata["tokenizer.ggml.merges"];
  if (!Array.isArray(merges)) throw new Error("tokenizer.ggml.merges must be a list");
  const { steps, normalizer = null, ignoreMerges = false } = known;
  const bytes = { type: "ByteLevel", add_prefix_space: false, use_regex: false };
  return {
    normalizer,
    pre_tokenizer: steps.length === 1 ? steps[0] : { type: "Sequence", pretokenizers: steps },
    post_processor: { ...bytes, trim_offsets: false },
    decoder: { ...bytes, trim_offsets: true },
    model: {
      ...bpe({ unknown: null, byteFallback: false, ignoreMerges }),
      // Neither part of a pair has a space: bytes are written as printable characters.
      merges: merges.map((merge) => String(merge).split(" ")),
    },
  };
}

function sentencePieceParts(
  metadata: GgufMetadata,
  vocab: Readonly<Record<string, number>>,
  types: readonly number[],
): JsonObject {
  const scores = metadata["tokenizer.ggml.scores"];
  if (!Array.isArray(scores)) throw new Error("tokenizer.ggml.scores must be a list");
  const addsSpace = metadata["tokenizer.ggml.add_space_prefix"] ?? true;
  const spaces = { type: "Replace", pattern: { String: " " }, content: "▁" };
  const back = { type: "Replace", pattern: { String: "▁" }, content: " " };
  const unknown = tokenId(metadata, "unknown");
  const { tokens } = vocabulary(metadata);
  // A file scores what users defined as low as can be, where SentencePiece takes it first.
  const scoreOf = (id: number) => types[id] === USER_DEFINED ? Infinity : Number(scores[id]);
  const isControl = (id: number) => types[id] === CONTROL || types[id] === UNKNOWN;
  return {
    normalizer: addsSpace
      ? { type: "Sequence", normalizers: [{ type: "Prepend", prepend: "▁" }, spaces] }
      : spaces,
    pre_tokenizer: null,
    post_processor: null,
    decoder: {
      type: "Sequence",
      decoders: [
        back,
        { type: "ByteFallback" },
        { type: "Fuse" },
        ...(addsSpace ? [{ type: "Strip", content: " ", start: 1, stop: 0 }] : []),
      ],
    },
    model: {
      ...bpe({
        unknown: unknown === undefined ? null : tokens[unknown],
        byteFallback: true,
        ignoreMerges: false,
      }),
      merges: sentencePieceMerges(
        vocab,
        scoreOf,
        isControl,
        (id) => types[id] === USER_DEFINED,
      ),
    },
  };
}

function bpe(
  { unknown, byteFallback, ignoreMerges }: {
    readonly unknown: string | null;
    readonly byteFallback: boolean;
    readonly ignoreMerges: boolean;
  },
): JsonObject {
  return {
    type: "BPE",
    dropout: null,
    unk_token: unknown,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: byteFallback,
    byte_fallback: byteFallback,
    ignore_merges: ignoreMerges,
  };
}

/** Post-processor that puts the first token before a text, where the file asks for one. */
function beginning(metadata: GgufMetadata, tokens: readonly string[]): JsonObject | null {
  const id = tokenId(metadata, "bos");
  const isSentencePiece = metadata["tokenizer.ggml.model"] === "llama";
  if (id === undefined || !(metadata["tokenizer.ggml.add_bos_token"] ?? isSentencePiece)) {
    return null;
  }
  const token = tokens[id];
  const special = (type: number) => ({ SpecialToken: { id: token, type_id: type } });
  const sequence = (name: string, type: number) => ({ Sequence: { id: name, type_id: type } });
  return {
    type: "TemplateProcessing",
    single: [special(0), sequence("A", 0)],
    pair: [special(0), sequence("A", 0), special(1), sequence("B", 1)],
    special_tokens: { [token]: { id: token, ids: [id], tokens: [token] } },
  };
}

function tokenizerConfig(metadata: GgufMetadata): JsonObject {
  const { tokens } = vocabulary(metadata);
  const isSentencePiece = metadata["tokenizer.ggml.model"] === "llama";
  const special = (name: string) => {
    const id = tokenId(metadata, name);
    return id === undefined ? null : tokens[id];
  };
  return {
    tokenizer_class: "PreTrainedTokenizerFast",
    add_bos_token: Boolean(metadata["tokenizer.ggml.add_bos_token"] ?? isSentencePiece),
    bos_token: special("bos"),
    eos_token: special("eos"),
    unk_token: special("unknown"),
    pad_token: special("padding"),
    clean_up_tokenization_spaces: false,
    ...chatTemplates(metadata),
  };
}

/** The template, or a list of named ones with that as `default`. */
function chatTemplates(metadata: GgufMetadata): JsonObject {
  const main = "tokenizer.chat_template";
  const named: JsonValue[] = Object.entries(metadata)
    .filter(([key]) => key.startsWith(`${main}.`))
    .map(([key, template]) => ({
      name: key.slice(main.length + 1),
      template: String(template),
    }));
  const template = metadata[main];
  if (named.length > 0) {
    const first = typeof template === "string" ? [{ name: "default", template }] : [];
    return { chat_template: [...first, ...named] };
  }
  return typeof template === "string" ? { chat_template: template } : {};
}

function vocabulary(metadata: GgufMetadata): {
  readonly tokens: readonly string[];
  readonly types: readonly number[];
} {
  const tokens = metadata["tokenizer.ggml.tokens"];
  if (!Array.isArray(tokens) || tokens.length === 0) {
    throw new Error("it has no tokenizer: tokenizer.ggml.tokens is missing or empty");
  }
  const types = metadata["tokenizer.ggml.token_type"] ?? tokens.map(() => 1);
  if (!Array.isArray(types) || types.length !== tokens.length) {
    throw new Error(`tokenizer.ggml.token_type must be a list of ${tokens.length} numbers`);
  }
  return { tokens, types };
}

function tokenId(metadata: GgufMetadata, name: string): number | undefined {
  const id = metadata[`tokenizer.ggml.${name}_token_id`];
  return id === undefined ? undefined : Number(id);
}
