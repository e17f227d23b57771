import { writeFileAtomic } from "../../runs/atomic_write.ts";
import type { StudentParts } from "../generate/engine_options.ts";
import { aligned, ggufBytes, ggufHeader } from "./gguf_file.ts";
import { ggufTensorBytes } from "./gguf_tensor_bytes.ts";
import { studentGguf, type StudentGgufOptions } from "./student_gguf.ts";

/**
 * Writes a student as one GGUF file, for llama.cpp, Ollama and LM Studio. Tensors are converted one
 * at a time; the file appears when it is whole.
 *
 * @throws {RangeError} when the student's parts do not fit each other, or llama.cpp has no
 *   counterpart for one of them
 * @throws {Error} naming the file that cannot be written
 *
 * @example
 * ```ts
 * import {
 *   exportGguf,
 *   initWeights,
 *   loadChatTemplate,
 *   studentPreset,
 *   trainTokenizer,
 * } from "@potstill/student";
 * const tokenizer = trainTokenizer(["a b c"], await loadChatTemplate(), { vocabSize: 260 });
 * const config = studentPreset("0.3M", tokenizer.vocabSize);
 * const path = await Deno.makeTempFile({ suffix: ".gguf" });
 * await exportGguf(path, { config, weights: initWeights(config, 1), tokenizer }, { type: "q8_0" });
 * if ((await Deno.stat(path)).size > 600_000) throw new Error("a byte a parameter was wanted");
 * await Deno.remove(path);
 * ```
 */
export async function exportGguf(
  path: string,
  student: StudentParts,
  options: StudentGgufOptions = {},
): Promise<void> {
  const { metadata, tensors, numbers } = studentGguf(student, options);
  function* pieces(): Generator<Uint8Array> {
    yield ggufHeader(metadata, tensors);
    for (const [i, tensor] of tensors.entries()) {
      yield ggufTensorBytes(numbers(i), tensor.type);
      const size = ggufBytes(tensor);
      yield new Uint8Array(aligned(size) - size);
    }
  }
  await writeFileAtomic(path, pieces());
}
