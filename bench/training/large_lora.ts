/**
 * LoRA steps on a student of Qwen2.5-0.5B's shape with random weights: one row of 1,024 tokens, with
 * the paper's settings and gradient checkpointing. Prints time and peak memory; the last line is JSON.
 *
 * deno run -A bench/training/large_lora.ts [--steps N] [--tokens N]
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { Random, type Weights } from "@potstill";
import {
  packExamples,
  parameterCount,
  parseStudentConfig,
  Trainer,
  weightShapes,
} from "@potstill/student";

const { values } = parseArgs({
  options: {
    steps: { type: "string", default: "3" },
    tokens: { type: "string", default: "1024" },
    threads: { type: "string", default: String(availableParallelism()) },
  },
});
const threads = Number(values.threads);
const tokens = Number(values.tokens);

const config = parseStudentConfig({
  hidden_size: 896,
  intermediate_size: 4864,
  num_hidden_layers: 24,
  num_attention_heads: 14,
  num_key_value_heads: 2,
  vocab_size: 151_936,
  max_position_embeddings: 32_768,
  rope_theta: 1_000_000,
  tie_word_embeddings: true,
}, "the benchmark");

const random = new Random("large-lora");
const ids = Int32Array.from({ length: tokens }, () => random.integer(0, config.vocab_size - 1));
// What an agent writes is trained, what it reads is not.
const trained = Uint8Array.from({ length: tokens }, (_, i) => (i % 100 >= 65 ? 1 : 0));
trained[tokens - 1] = 1;
const rows = packExamples([{ ids, trained }], { seed: 1, rowLength: tokens });
const trainer = await Trainer.create(config, randomWeights(), {
  threads,
  lora: {},
  gradientCheckpointing: true,
  moveWeights: true,
});
const results: { readonly ms: number; readonly loss: number; readonly gradNorm: number }[] = [];
for (let step = 0; step < Number(values.steps); step++) {
  const { ms, loss, gradNorm } = await trainer.step(rows, { learningRate: 2e-4 });
  console.log(
    `step ${step + 1}: ${(ms / 1000).toFixed(1)} s, ${
      ((1000 * tokens) / ms).toFixed(0)
    } tokens/s, ` +
      `loss ${loss.toFixed(4)}, gradient norm ${gradNorm.toFixed(3)}`,
  );
  results.push({ ms, loss, gradNorm });
}
await trainer.close();
const peakBytes = peakMemory();
console.log(
  `${parameterCount(config)} parameters, ${tokens} tokens a step, ${threads} threads, ` +
    `peak memory ${peakBytes === null ? "unknown" : `${(peakBytes / 2 ** 30).toFixed(2)} GiB`}`,
);
console.log(JSON.stringify({
  benchmark: "large_lora",
  parameters: parameterCount(config),
  tokens,
  threads,
  steps: results,
  peakBytes,
}));

/** Uniform weights with the deviation 0.02, made fast. */
function randomWeights(): Weights {
  const weights: Weights = new Map();
  let state = 1;
  for (const [name, shape] of weightShapes(config)) {
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
    if (name.endsWith("norm.weight")) {
      data.fill(1);
    } else if (!name.endsWith(".bias")) {
      for (let i = 0; i < data.length; i++) {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
        data[i] = (0.02 * Math.sqrt(3) * state) / 2 ** 31;
      }
    }
    weights.set(name, { shape, data });
  }
  return weights;
}

/** Most memory that the process ever held, in bytes, where the system says so. */
function peakMemory(): number | null {
  try {
    const text = Deno.readTextFileSync("/proc/self/status");
    return 1024 * Number(/VmHWM:\s+(\d+) kB/.exec(text)![1]);
  } catch {
    return null;
  }
}
