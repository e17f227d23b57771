import assert from "node:assert/strict";
import { Random } from "@potstill/records/random.ts";
import type { StudentConfig } from "@potstill/student/config.ts";
import { parseStudentConfig } from "@potstill/student/parse_student_config.ts";
import { dropoutInputs, wholeModel } from "@potstill/student/graph/graph_part.ts";
import { ParameterLayout } from "@potstill/student/graph/parameter_layout.ts";
import { initAdapter } from "@potstill/student/lora/init_adapter.ts";
import { type LoraOptions, loraScale, resolveLora } from "@potstill/student/lora/lora_config.ts";
import { dropoutMask } from "@potstill/student/train/dropout_mask.ts";
import { flatBuffer } from "@potstill/student/train/flat_buffer.ts";
import { gradientSource } from "@potstill/student/train/gradient_source.ts";
import { splitBatch } from "@potstill/student/train/micro_batch.ts";
import { packExamples } from "@potstill/student/train/packed_row.ts";
import { initWeights, type Weights } from "@potstill/student/weights.ts";
import { findTorch, TORCH_STUDENT } from "../../bench/torch_peer.ts";

const LIMIT = 1e-4;

const shape = {
  hidden_size: 12,
  intermediate_size: 20,
  num_hidden_layers: 3,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 8,
  vocab_size: 30,
  max_position_embeddings: 64,
  rope_theta: 100,
  rms_norm_eps: 1e-5,
  initializer_range: 0.5,
};
const llama = { ...shape, model_type: "llama", architectures: ["LlamaForCausalLM"] };
const yarn = { type: "yarn", factor: 4, original_max_position_embeddings: 16, beta_fast: 2 };
const llama3 = {
  rope_type: "llama3",
  factor: 4,
  low_freq_factor: 1,
  high_freq_factor: 4,
  original_max_position_embeddings: 24,
};
const lora = { rank: 4, alpha: 12, dropout: 0.25 };
const CASES: Record<string, { config: object; lora?: LoraOptions }> = {
  "Qwen2, tied": { config: { ...shape, tie_word_embeddings: true } },
  "Qwen2, untied, one key head for each query head": {
    config: { ...shape, num_key_value_heads: 4 },
  },
  "Qwen2.5 with yarn": { config: { ...shape, tie_word_embeddings: true, rope_scaling: yarn } },
  "Qwen2 with linear scaling": {
    config: { ...shape, rope_scaling: { rope_type: "linear", factor: 3 } },
  },
  "Llama, untied": { config: llama },
  "Llama 3, tied, scaled": {
    config: { ...llama, tie_word_embeddings: true, rope_scaling: llama3 },
  },
  "LoRA on Qwen2.5 with yarn": {
    config: { ...shape, tie_word_embeddings: true, rope_scaling: yarn },
    lora,
  },
  "LoRA on Llama 3, some layers, rank-stabilised": {
    config: { ...llama, rope_scaling: llama3 },
    lora: { ...lora, rankStabilised: true, targets: ["q_proj", "o_proj", "down_proj"] },
  },
};

function setUp(name: string, config: StudentConfig, options: LoraOptions | undefined) {
  const random = new Random(`torch/${name}`);
  const noisy = (weights: Weights): Weights => {
    for (const { data } of weights.values()) {
      for (let i = 0; i < data.length; i++) data[i] += 0.2 * random.normal();
    }
    return weights;
  };
  const weights = noisy(initWeights(config, 1));
  const resolved = options === undefined ? null : resolveLora(options);
  const adapter = resolved === null ? null : noisy(initAdapter(config, resolved, 1));
  const examples = [26, 7, 31].map((length) => ({
    ids: Int32Array.from({ length }, () => random.integer(0, config.vocab_size - 1)),
    trained: Uint8Array.from({ length }, (_, i) => (i > 0 && random.chance(0.5) ? 1 : 0)),
  }));
  const [row, ...more] = packExamples(examples, { rowLength: 64, seed: 1 });
  assert.equal(more.length, 0);
  const layout = new ParameterLayout(config, resolved);
  const [batch] = splitBatch([row], 100);
  const masks = dropoutInputs(layout, wholeModel(layout)).map(({ layer, width, predictors }) => {
    const rows = predictors ? batch.trainedTokens : batch.tokens;
    const mask = dropoutMask(`seed/0/${layer}`, rows * width, resolved!.dropout);
    return [layer, [width, [...mask]]];
  });
  const tensors = new Map([...weights, ...(adapter ?? [])]);
  const question = {
    config,
    lora: resolved && { scale: loraScale(resolved) },
    trained: layout.parameters.map(({ name }) => name),
    tensors: Object.fromEntries(
      [...tensors].map(([name, { shape, data }]) => [name, [shape, [...data]]]),
    ),
    masks: Object.fromEntries(masks),
    row: { ids: [...row.ids], trained: [...row.trained], lengths: row.lengths },
  };
  return { layout, weights, adapter, row, trained: batch.trainedTokens, question };
}

async function askTorch(python: string, cases: readonly unknown[]) {
  const child = new Deno.Command(python, {
    args: [TORCH_STUDENT, "gradients"],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify({ cases })));
  await writer.close();
  const { stdout, success } = await child.output();
  assert.ok(success, "torch_student.py failed");
  return JSON.parse(new TextDecoder().decode(stdout)) as {
    readonly torch: string;
    readonly cases: readonly {
      readonly loss: number;
      readonly gradients: Record<string, readonly number[]>;
    }[];
  };
}

Deno.test("loss and gradients agree with PyTorch in float64, for every supported shape", async (t) => {
  const python = await findTorch();
  if (python === null) {
    console.log("skipped: no Python with torch (Debian's python3-torch, or POTSTILL_PYTHON)");
    return;
  }
  const setUps = Object.entries(CASES).map(([name, { config, lora }]) =>
    setUp(name, parseStudentConfig(config, name), lora)
  );
  const answer = await askTorch(python, setUps.map(({ question }) => question));
  for (const [i, name] of Object.keys(CASES).entries()) {
    const { layout, weights, adapter, row, trained } = setUps[i];
    const expected = answer.cases[i];
    for (const gradientCheckpointing of [false, true, "selective"] as const) {
      await t.step(
        `${name}${gradientCheckpointing ? `, checkpointed ${gradientCheckpointing}` : ""}`,
        async () => {
          const source = gradientSource({
            config: layout.config,
            lora: layout.lora,
            microBatchTokens: 100,
            gradientCheckpointing,
            precision: "float32",
            operationThreads: 1,
            executionProvider: "cpu",
          }, adapter === null ? new Map() : weights);
          const flat = flatBuffer(layout);
          flat.data.set(layout.flatten(adapter ?? weights));
          const got = await source.gradient([row], flat, 1 / trained, "seed");
          assert.ok(Math.abs(got.lossSum / trained / expected.loss - 1) < LIMIT, "loss");
          const gradients = layout.unflatten(got.gradient.data);
          await source.release();
          assert.equal(gradients.size, Object.keys(expected.gradients).length);
          for (const [tensor, { data }] of gradients) {
            const right = expected.gradients[tensor];
            const error = Math.hypot(...right.map((value, k) => value - data[k]));
            const relative = error / Math.hypot(...right);
            assert.ok(relative <= LIMIT, `${tensor}: relative error ${relative}`);
          }
        },
      );
    }
  }
});
