import { architectureOf } from "../architecture.ts";
import { headSize, type StudentConfig } from "../config.ts";
import type { StudentParts } from "../generate/engine_options.ts";
import { checkWeights, type Weights } from "../weights.ts";
import { ggufConfig } from "./gguf_config.ts";
import { checkpointName, reorderPairs } from "./gguf_names.ts";
import { type GgufReader, openGguf } from "./read_gguf.ts";
import { ggufEndIds, tokenizerOfGguf } from "./tokenizer_of_gguf.ts";

/**
 * Reads a student from a GGUF file, as llama.cpp, Ollama and LM Studio keep them: configuration,
 * weights in float32, tokenizer with its special tokens and chat template. Of the quantised types
 * those of {@link READABLE_TYPES} are read.
 *
 * @throws {Error} naming the file and the key or tensor that is missing, does not fit, or is not
 *   understood
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
 * import { loadGguf } from "@potstill/student/gguf/load_gguf.ts";
 * const tokenizer = trainTokenizer(["a b c"], await loadChatTemplate(), { vocabSize: 260 });
 * const config = studentPreset("0.3M", tokenizer.vocabSize);
 * const path = await Deno.makeTempFile({ suffix: ".gguf" });
 * await exportGguf(path, { config, weights: initWeights(config, 1), tokenizer });
 * const student = await loadGguf(path);
 * if (student.config.hidden_size !== 64) throw new Error("another student");
 * await Deno.remove(path);
 * ```
 */
export async function loadGguf(path: string): Promise<StudentParts> {
  const reader = await openGguf(path);
  try {
    const config = await ggufConfig(reader, path, ggufEndIds(reader.metadata, path));
    const tokenizer = tokenizerOfGguf(reader.metadata, path);
    if (tokenizer.vocabSize > config.vocab_size) {
      throw new RangeError(
        `Cannot use ${path}: its tokenizer has ${tokenizer.vocabSize} tokens, and token_embd.weight ` +
          `has ${config.vocab_size} rows`,
      );
    }
    return { config, weights: await readWeights(reader, config, path), tokenizer };
  } finally {
    await reader.close();
  }
}

async function readWeights(
  reader: GgufReader,
  config: StudentConfig,
  path: string,
): Promise<Weights> {
  const architecture = architectureOf(config);
  const { gguf } = architecture;
  const weights: Weights = new Map();
  for (const entry of reader.tensors.values()) {
    // Its divisors are in the configuration.
    if (entry.name === "rope_freqs.weight") continue;
    const name = checkpointName(architecture, entry.name);
    if (name === null) {
      throw new RangeError(
        `Cannot use ${path}: ${config.model_type} has no tensor ${entry.name}`,
      );
    }
    let data = await reader.numbers(entry);
    if (gguf.rotatesNeighbours && /\.self_attn\.[qk]_proj\./.test(name)) {
      const width = entry.shape.length === 1 ? 1 : entry.shape[1];
      data = reorderPairs(data, headSize(config), width, "halves");
    }
    const offset = gguf.normOffset;
    if (offset !== 0 && name.endsWith("norm.weight")) data = data.map((value) => value - offset);
    weights.set(name, { shape: entry.shape, data });
  }
  checkWeights(config, weights, path);
  return weights;
}
