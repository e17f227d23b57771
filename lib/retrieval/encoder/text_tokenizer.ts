import { join } from "node:path";
import { Tokenizer } from "@huggingface/tokenizers";
import { bertWordPieces } from "./bert_word_pieces.ts";
import { readInputObject } from "../../runs/read_input.ts";

/** Turns texts into the ids that an encoder reads, special tokens included. */
export interface TextTokenizer {
  /** The id that shorter texts of a batch are filled up with. */
  readonly padId: number;
  /** At most `maxTokens` ids; a longer text loses its end, not its last special tokens. */
  encode(text: string, maxTokens: number): readonly number[];
}

/**
 * Loads `tokenizer.json` and `tokenizer_config.json` of an encoder's folder.
 *
 * @throws {Error} naming the file that is missing or does not fit
 */
export async function loadTextTokenizer(folder: string): Promise<TextTokenizer> {
  const json = await readJson(join(folder, "tokenizer.json"));
  const config = await readJson(join(folder, "tokenizer_config.json"));
  let tokenizer: Tokenizer;
  try {
    tokenizer = new Tokenizer(json, config);
  } catch (cause) {
    throw new Error(`Cannot read the tokenizer of ${folder}: ${(cause as Error).message}`, {
      cause,
    });
  }
  const empty = tokenizer.encode("").ids;
  const endLength = commonEnd(tokenizer.encode("a").ids, empty);
  const pieces = wordPieces(folder, json);
  const [before, after] = [
    empty.slice(0, empty.length - endLength),
    empty.slice(-endLength || empty.length),
  ];
  const all = (text: string): readonly number[] =>
    pieces === null ? tokenizer.encode(text).ids : [...before, ...pieces(text), ...after];
  return {
    padId: padIdOf(tokenizer, config),
    encode(text, maxTokens) {
      const ids = all(text);
      if (ids.length <= maxTokens) return ids;
      const end = Math.min(endLength, maxTokens);
      return [...ids.slice(0, maxTokens - end), ...ids.slice(ids.length - end)];
    },
  };
}

/** Cuts as BERT does, where the file says nothing else; null otherwise. */
function wordPieces(
  folder: string,
  { model, normalizer, pre_tokenizer: pre, added_tokens: added = [] }: Record<string, unknown>,
): ((text: string) => number[]) | null {
  const { type, vocab, unk_token: unknown, continuing_subword_prefix: continuing } = fields(model);
  const maxLetters = fields(model).max_input_chars_per_word ?? 100;
  const bert = fields(normalizer);
  const marks = (Array.isArray(added) ? added : []).map(fields);
  const isBert = type === "WordPiece" && bert.type === "BertNormalizer" &&
    fields(pre).type === "BertPreTokenizer" && typeof unknown === "string" &&
    typeof continuing === "string" && typeof maxLetters === "number" &&
    marks.every((mark) =>
      !(mark.normalized || mark.lstrip || mark.rstrip || mark.single_word) &&
      typeof mark.content === "string" && typeof mark.id === "number"
    );
  if (!isBert) return null;
  const lowercase = bert.lowercase !== false;
  try {
    return bertWordPieces({
      vocab: fields(vocab) as Record<string, number>,
      unknown,
      continuing,
      maxLetters,
      lowercase,
      stripAccents: typeof bert.strip_accents === "boolean" ? bert.strip_accents : lowercase,
      cleanText: bert.clean_text !== false,
      splitChinese: bert.handle_chinese_chars !== false,
      added: new Map(marks.map(({ content, id }) => [content as string, id as number])),
    });
  } catch (cause) {
    throw new Error(`Cannot read the tokenizer of ${folder}: ${(cause as Error).message}`, {
      cause,
    });
  }
}

function fields(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
}

/** Number of special tokens after a text, such as [SEP]. */
function commonEnd(some: readonly number[], none: readonly number[]): number {
  let length = 0;
  while (
    length < none.length && length < some.length && some.at(-1 - length) === none.at(-1 - length)
  ) length++;
  return length;
}

function padIdOf(tokenizer: Tokenizer, config: Record<string, unknown>): number {
  const pad = config.pad_token;
  const content = typeof pad === "string" ? pad : (pad as { content?: string } | null)?.content;
  return tokenizer.token_to_id(content ?? "[PAD]") ?? 0;
}

async function readJson(path: string): Promise<Record<string, unknown>> {
  return await readInputObject(path);
}
