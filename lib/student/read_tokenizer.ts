import { loadTokenizer } from "../tokenizer/tokenizer_folder.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { openGguf } from "./gguf/read_gguf.ts";
import { tokenizerOfGguf } from "./gguf/tokenizer_of_gguf.ts";

/**
 * The tokenizer of a model, without its weights.
 *
 * @param path a Hugging Face folder or a GGUF file
 * @throws {Error} naming the file that is missing or does not fit
 */
export async function readTokenizer(path: string): Promise<Tokenizer> {
  if (!/\.gguf$/i.test(path)) return await loadTokenizer(path);
  const reader = await openGguf(path);
  try {
    return tokenizerOfGguf(reader.metadata, path);
  } finally {
    await reader.close();
  }
}
