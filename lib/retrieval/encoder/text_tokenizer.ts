import { join } from "node:path";
import { Tokenizer } from "@huggingface/tokenizers";
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
  const endLength = commonEnd(tokenizer.encode("a").ids, tokenizer.encode("").ids);
  return {
    padId: padIdOf(tokenizer, config),
    encode(text, maxTokens) {
      const { ids } = tokenizer.encode(text);
      if (ids.length <= maxTokens) return ids;
      const end = Math.min(endLength, maxTokens);
      return [...ids.slice(0, maxTokens - end), ...ids.slice(ids.length - end)];
    },
  };
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
