import { Random } from "../../records/random.ts";
import type { StudentConfig } from "../config.ts";
import type { Weights } from "../weights.ts";
import { adapterShapes, type LoraConfig } from "./lora_config.ts";

/**
 * A fresh adapter: A uniform in ±1 / sqrt(in), B zero, so that the student is as before.
 *
 * @source https://arxiv.org/abs/2106.09685, section 4.1; the range is that of PEFT
 */
export function initAdapter(
  config: StudentConfig,
  lora: LoraConfig,
  seed: string | number,
): Weights {
  const root = new Random(seed).fork("adapter");
  const adapter: Weights = new Map();
  for (const [name, shape] of adapterShapes(config, lora)) {
    const data = new Float32Array(shape[0] * shape[1]);
    if (name.endsWith(".lora_A.weight")) {
      const random = root.fork(name);
      const bound = 1 / Math.sqrt(shape[1]);
      for (let i = 0; i < data.length; i++) data[i] = bound * (2 * random.next() - 1);
    }
    adapter.set(name, { shape, data });
  }
  return adapter;
}
