import type { StudentConfig } from "../config.ts";
import { checkTensors, checkWeights, type Weights } from "../weights.ts";
import { adapterShapes, type LoraConfig, loraScale } from "./lora_config.ts";

/**
 * The weights of a student with its adapter added: `W + scale B A` for each adapted layer. Layers
 * without an adapter are shared with `weights`.
 *
 * @throws {RangeError} naming the tensor that does not fit
 *
 * @example
 * ```ts
 * import { initAdapter, initWeights, resolveLora, studentPreset } from "@potstill/student";
 * import { mergeAdapter } from "@potstill/student/lora/merge_adapter.ts";
 * const config = studentPreset("0.3M", 64);
 * const lora = resolveLora({ rank: 2, targets: ["q_proj"] });
 * const weights = initWeights(config, 1);
 * const adapter = initAdapter(config, lora, 1);
 * adapter.get("model.layers.0.self_attn.q_proj.lora_B.weight")!.data.fill(1);
 * const name = "model.layers.0.self_attn.q_proj.weight";
 * const merged = mergeAdapter(config, weights, lora, adapter);
 * if (merged.get(name)!.data[0] === weights.get(name)!.data[0]) throw new Error("not merged");
 * ```
 */
export function mergeAdapter(
  config: StudentConfig,
  weights: Weights,
  lora: LoraConfig,
  adapter: Weights,
): Weights {
  checkWeights(config, weights, "the student");
  checkTensors(adapterShapes(config, lora), adapter, "the adapter");
  const scale = loraScale(lora);
  const merged: Weights = new Map(weights);
  for (const [name, down] of adapter) {
    if (!name.endsWith(".lora_A.weight")) continue;
    const layer = name.replace(/\.lora_A\.weight$/, "");
    const { shape, data } = weights.get(`${layer}.weight`)!;
    const up = adapter.get(`${layer}.lora_B.weight`)!;
    const sum = new Float32Array(data);
    addProduct(sum, up.data, down.data, shape, lora.rank, scale);
    merged.set(`${layer}.weight`, { shape, data: sum });
  }
  return merged;
}

/** Adds `scale up down` to `sum`; rows of float64 keep the rounding to one per element. */
function addProduct(
  sum: Float32Array,
  up: Float32Array,
  down: Float32Array,
  [rows, columns]: readonly number[],
  rank: number,
  scale: number,
): void {
  const row = new Float64Array(columns);
  for (let i = 0; i < rows; i++) {
    row.fill(0);
    for (let k = 0; k < rank; k++) {
      const factor = scale * up[i * rank + k];
      if (factor === 0) continue;
      const from = k * columns;
      for (let j = 0; j < columns; j++) row[j] += factor * down[from + j];
    }
    const from = i * columns;
    for (let j = 0; j < columns; j++) sum[from + j] += row[j];
  }
}
