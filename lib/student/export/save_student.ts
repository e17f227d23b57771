import { join } from "node:path";
import { writeFileAtomic } from "../../runs/atomic_write.ts";
import { keepTokenizerJson } from "../../tokenizer/keep_tokenizer_json.ts";
import { saveTokenizer } from "../../tokenizer/tokenizer_folder.ts";
import { type GenerationDefaults, writeCheckpoint } from "../checkpoint/checkpoint_folder.ts";
import type { StudentParts } from "../generate/engine_options.ts";
import { Quantizer } from "../quantize/weight_type.ts";
import { modelCard, type ModelCardFacts, originFacts } from "./model_card.ts";
import { buildExportGraph } from "./onnx_export_graph.ts";
import { type StudentOrigin, writeOrigin } from "../../training_data/student_origin.ts";

/** Options of writing beyond the checkpoint. */
export interface SaveStudentOptions {
  /** Fields of `generation_config.json`. @default greedy */
  readonly generation?: GenerationDefaults;
  /** Write `onnx/model.onnx`. @default true */
  readonly onnx?: boolean;
  /**
   * Smaller files to write beside it: `onnx/model_int8.onnx` and `onnx/model_q4.onnx`, which
   * transformers.js loads with `dtype: "int8"` and `"q4"`.
   * @default none
   */
  readonly quantized?: readonly ("int8" | "int4")[];
  /** Facts for the model card. @default the shape, and what `origin` says */
  readonly card?: ModelCardFacts;
  /**
   * Origin of the student; written as `trained_on.json`, which an evaluation reads.
   * @default not known
   */
  readonly origin?: StudentOrigin;
}

/** File names of the ONNX models. @source transformers.js, dtypes.js */
const ONNX_FILES = { float32: "model.onnx", int8: "model_int8.onnx", int4: "model_q4.onnx" };

/**
 * Writes a student as a Hugging Face folder: `config.json`, `generation_config.json`,
 * `tokenizer.json`, `tokenizer_config.json` with the chat template, `onnx/model.onnx` with its cache
 * of keys and values, the model card `README.md`, and `model.safetensors`. Each file is all or nothing, the weights last.
 *
 * `createStudentModel`, transformers, and transformers.js load the folder.
 *
 * @throws {RangeError} when weights, tokenizer and configuration do not fit each other
 * @throws {Error} naming the file that cannot be written
 *
 * @example
 * ```ts
 * import { loadStudent, saveStudent } from "@potstill";
 * import { initWeights, loadChatTemplate, studentPreset, trainTokenizer } from "@potstill/student";
 * const tokenizer = trainTokenizer(["a b c"], await loadChatTemplate(), { vocabSize: 260 });
 * const config = studentPreset("0.3M", tokenizer.vocabSize);
 * const folder = await Deno.makeTempDir();
 * await saveStudent(folder, { config, weights: initWeights(config, 1), tokenizer });
 * const student = await loadStudent(folder);
 * if (student.tokenizer.vocabSize !== 259) throw new Error("another tokenizer");
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function saveStudent(
  folder: string,
  student: StudentParts,
  options: SaveStudentOptions = {},
): Promise<void> {
  const { config, weights, tokenizer } = student;
  if (tokenizer.vocabSize > config.vocab_size) {
    throw new RangeError(
      `Cannot save the student to ${folder}: its tokenizer has ${tokenizer.vocabSize} tokens and ` +
        `its configuration's vocab_size is ${config.vocab_size}`,
    );
  }
  await saveTokenizer(folder, await keepTokenizerJson(folder, tokenizer, config.model_type));
  if (options.onnx ?? true) {
    for (const type of ["float32", ...options.quantized ?? []] as const) {
      const quantizer = type === "float32" ? undefined : new Quantizer(type);
      const bytes = buildExportGraph(config, weights, quantizer);
      await writeFileAtomic(join(folder, "onnx", ONNX_FILES[type]), bytes);
    }
  }
  const { origin } = options;
  if (origin !== undefined) await writeOrigin(folder, origin);
  const onnx = options.onnx ?? true;
  const card = { onnx, ...(origin === undefined ? {} : originFacts(origin)), ...options.card };
  await writeFileAtomic(join(folder, "README.md"), modelCard(config, card));
  await writeCheckpoint(folder, { config, weights }, options.generation);
}
