import { loraScale, resolveLora } from "@potstill/student/lora/lora_config.ts";
import type { StudentConfig } from "@potstill/student/config.ts";
import { parseStudentConfig } from "@potstill/student/parse_student_config.ts";
import { initWeights, type Weights } from "@potstill/student/weights.ts";
import { Random } from "@potstill/records/random.ts";
import { ParameterLayout } from "@potstill/student/graph/parameter_layout.ts";
import { type EngineOptions, TrainingEngine } from "@potstill/student/train/training_engine.ts";
import type { PackedRow } from "@potstill/student/train/packed_row.ts";
import { qwen2Logits, type Tensors } from "./reference_qwen2.ts";

/** A student of 11 tokens, with weights that are not near 0. */
export function tinyStudent(): { config: StudentConfig; weights: Weights } {
  const config = parseStudentConfig({
    hidden_size: 8,
    intermediate_size: 12,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    vocab_size: 11,
    max_position_embeddings: 16,
    rope_theta: 50,
    rms_norm_eps: 1e-5,
    tie_word_embeddings: true,
    initializer_range: 0.5,
  }, "the test");
  const random = new Random("tiny student");
  const weights = initWeights(config, 3);
  for (const { data } of weights.values()) {
    for (let i = 0; i < data.length; i++) data[i] += 0.2 * random.normal();
  }
  return { config, weights };
}

/** Tensors in float64. */
export function float64(weights: Weights): Tensors {
  return new Map([...weights].map(([name, { data }]) => [name, Float64Array.from(data)]));
}

/** Log-probability of each token after those before it, in float64; 0 for the first. */
export function tokenLogprobs(
  config: StudentConfig,
  tensors: Tensors,
  ids: ArrayLike<number>,
): number[] {
  const logits = qwen2Logits(config, tensors, ids);
  const width = config.vocab_size;
  return Array.from(ids, (id, i) => {
    if (i === 0) return 0;
    const row = logits.subarray((i - 1) * width, i * width);
    const top = Math.max(...row);
    return row[id] - top - Math.log(row.reduce((sum, value) => sum + Math.exp(value - top), 0));
  });
}

/** Weights with an adapter merged in, in float64. */
export function merged(
  weights: Tensors,
  adapter: Tensors,
  options: { rank: number; alpha: number },
) {
  const scale = loraScale(resolveLora(options));
  const sum: Tensors = new Map([...weights].map(([name, data]) => [name, data.slice()]));
  for (const [name, down] of adapter) {
    if (!name.endsWith(".lora_A.weight")) continue;
    const up = adapter.get(name.replace("lora_A", "lora_B"))!;
    const target = sum.get(name.replace(".lora_A", ""))!;
    const [rows, columns] = [up.length / options.rank, down.length / options.rank];
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        for (let k = 0; k < options.rank; k++) {
          target[i * columns + j] += scale * up[i * options.rank + k] * down[k * columns + j];
        }
      }
    }
  }
  return sum;
}

/** Central differences of `loss` by every number of `tensors`. */
export function differences(tensors: Tensors, loss: () => number): Tensors {
  const h = 1e-5;
  return new Map([...tensors].map(([name, data]) => [
    name,
    data.map((at, i) => {
      data[i] = at + h;
      const above = loss();
      data[i] = at - h;
      const below = loss();
      data[i] = at;
      return (above - below) / (2 * h);
    }),
  ]));
}

/** The gradient that a first step takes, by tensor: its running mean is a tenth of it. */
export async function stepGradient(
  { config, weights }: { config: StudentConfig; weights: Weights },
  rows: readonly PackedRow[],
  { normalizer, ...options }: EngineOptions & { readonly normalizer?: number } = {},
): Promise<{ loss: number; gradient: Map<string, Float32Array> }> {
  const engine = await TrainingEngine.create(config, weights, {
    threads: 1,
    clipNorm: 0,
    ...options,
  });
  try {
    const { loss } = await engine.trainStep(rows, { learningRate: 1e-3, normalizer });
    const layout = new ParameterLayout(config, options.lora ? resolveLora(options.lora) : null);
    const mean = layout.unflatten(engine.exportState().mean);
    const gradient = new Map(
      [...mean].map(([name, { data }]) => [name, data.map((item) => 10 * item)]),
    );
    return { loss, gradient };
  } finally {
    await engine.release();
  }
}
