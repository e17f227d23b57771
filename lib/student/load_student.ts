import { loadTokenizer } from "../tokenizer/tokenizer_folder.ts";
import { readCheckpoint } from "./checkpoint/checkpoint_folder.ts";
import type { StudentParts } from "./generate/engine_options.ts";

/**
 * Reads a student from a Hugging Face folder: configuration, weights and tokenizer. The weights come
 * from `model.safetensors` or its shards, or where there are none from `onnx/model.onnx`.
 *
 * @throws {Error} naming the file that is missing or does not fit
 */
export async function loadStudent(folder: string): Promise<StudentParts> {
  const { config, weights } = await readCheckpoint(folder);
  const tokenizer = await loadTokenizer(folder);
  if (tokenizer.vocabSize > config.vocab_size) {
    throw new RangeError(
      `Cannot load the student of ${folder}: its tokenizer has ${tokenizer.vocabSize} tokens but ` +
        `vocab_size in its config.json is ${config.vocab_size}`,
    );
  }
  return { config, weights, tokenizer };
}
