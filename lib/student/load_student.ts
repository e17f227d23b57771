import { loadTokenizer } from "../tokenizer/tokenizer_folder.ts";
import { readCheckpoint } from "./checkpoint/checkpoint_folder.ts";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { adapterBase, findStudent, isAdapterFolder, type StudentLocation } from "./find_student.ts";
import type { StudentParts } from "./generate/engine_options.ts";
import { loadGguf } from "./gguf/load_gguf.ts";
import { readAdapter } from "./lora/adapter_folder.ts";
import { mergeAdapter } from "./lora/merge_adapter.ts";

/**
 * Reads a student: configuration, weights in float32, and tokenizer with its chat template. Of a Hugging
 * Face folder the weights come from `model.safetensors` or its shards, or where there are none from
 * `onnx/model.onnx`; of a GGUF file everything comes from that. A PEFT adapter is merged into its base
 * model, and has that one's tokenizer unless there is one beside it.
 *
 * @param student anything that {@link findStudent} finds
 * @throws {Error} naming the file that is missing or does not fit
 */
export async function loadStudent(student: string | StudentLocation): Promise<StudentParts> {
  const { kind, path } = typeof student === "string" ? await findStudent(student) : student;
  if (kind === "gguf") return await loadGguf(path);
  if (isAdapterFolder(path)) return await loadAdapted(path);
  const { config, weights } = await readCheckpoint(path);
  const tokenizer = await loadTokenizer(path);
  if (tokenizer.vocabSize > config.vocab_size) {
    throw new RangeError(
      `Cannot load the student of ${path}: its tokenizer has ${tokenizer.vocabSize} tokens but ` +
        `vocab_size in its config.json is ${config.vocab_size}`,
    );
  }
  return { config, weights, tokenizer };
}

async function loadAdapted(folder: string): Promise<StudentParts> {
  const base = await loadStudent(await adapterBase(folder));
  const { lora, adapter } = await readAdapter(folder, base.config);
  const hasTokenizer = existsSync(join(folder, "tokenizer.json"));
  const tokenizer = hasTokenizer ? await loadTokenizer(folder) : base.tokenizer;
  if (tokenizer.vocabSize > base.config.vocab_size) {
    throw new RangeError(
      `Cannot load the adapter ${folder}: its tokenizer has ${tokenizer.vocabSize} tokens but ` +
        `vocab_size of its base model is ${base.config.vocab_size}`,
    );
  }
  return {
    config: base.config,
    weights: mergeAdapter(base.config, base.weights, lora, adapter),
    tokenizer,
  };
}
