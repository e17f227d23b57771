import assert from "node:assert/strict";
import { Random } from "@potstill/records/random.ts";
import { parseStudentConfig } from "@potstill/student/parse_student_config.ts";
import { type FreezeOptions, ParameterLayout } from "@potstill/student/graph/parameter_layout.ts";
import { initAdapter } from "@potstill/student/lora/init_adapter.ts";
import { type LoraConfig, resolveLora } from "@potstill/student/lora/lora_config.ts";
import { flatBuffer } from "@potstill/student/train/flat_buffer.ts";
import type { GradientSettings } from "@potstill/student/train/gradient_settings.ts";
import { gradientSource } from "@potstill/student/train/gradient_source.ts";
import { packExamples } from "@potstill/student/train/packed_row.ts";
import { TrainingEngine } from "@potstill/student/train/training_engine.ts";
import { initWeights, type Weights } from "@potstill/student/weights.ts";

const shape = {
  hidden_size: 32,
  intermediate_size: 48,
  num_hidden_layers: 3,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  vocab_size: 40,
  max_position_embeddings: 64,
  initializer_range: 0.3,
};
const STUDENTS = {
  "Qwen2, tied": { ...shape, tie_word_embeddings: true },
  "Llama, untied": {
    ...shape,
    model_type: "llama",
    architectures: ["LlamaForCausalLM"],
    tie_word_embeddings: false,
  },
};
const LORA = resolveLora({ rank: 4, alpha: 8, dropout: 0 });
const random = new Random("train options");
const rows = packExamples(
  Array.from({ length: 3 }, (_, i) => ({
    ids: Int32Array.from({ length: 20 + i }, () => random.integer(0, 39)),
    trained: Uint8Array.from({ length: 20 + i }, (_, k) => (k % 3 ? 1 : 0)),
  })),
  { seed: 1, rowLength: 32 },
);

/** Loss and gradients of the rows. */
async function gradients(
  config: ReturnType<typeof parseStudentConfig>,
  lora: LoraConfig | null,
  more: Partial<GradientSettings>,
): Promise<{ readonly loss: number; readonly found: Weights }> {
  const weights = initWeights(config, 1);
  const layout = new ParameterLayout(config, lora, more.freeze);
  const adapter = lora === null ? null : initAdapter(config, lora, 1);
  for (const { data } of adapter?.values() ?? []) {
    if (data.every((value) => value === 0)) data.forEach((_, i) => data[i] = 0.05 * Math.cos(i));
  }
  const whole = adapter ?? weights;
  const frozen = [...weights, ...whole].filter(([name]) => layout.frozen.has(name));
  const source = gradientSource({
    config,
    lora,
    microBatchTokens: 40,
    gradientCheckpointing: false,
    operationThreads: 1,
    executionProvider: "cpu",
    ...more,
  }, new Map(frozen));
  const flat = flatBuffer(layout);
  flat.data.set(layout.flatten(whole));
  const { lossSum, gradient } = await source.gradient(rows, flat, 1, "seed");
  const found = layout.unflatten(gradient.data);
  await source.release();
  return { loss: lossSum, found };
}

function relativeError(got: Float32Array, right: Float32Array): number {
  return Math.hypot(...right.map((value, i) => value - got[i])) / Math.hypot(...right);
}

for (const [name, fields] of Object.entries(STUDENTS)) {
  const config = parseStudentConfig(fields, name);
  for (const lora of [null, LORA]) {
    const what = `${name}${lora === null ? "" : ", LoRA"}`;
    Deno.test(`${what}: what is frozen has no gradient, the rest the same`, async () => {
      const all = await gradients(config, lora, {});
      const options: FreezeOptions[] = [{ layers: 1 }, { layers: 2 }, { embeddings: true }];
      for (const freeze of options) {
        if (lora !== null && freeze.embeddings) continue;
        for (const gradientCheckpointing of [false, true, "selective"] as const) {
          const { loss, found } = await gradients(config, lora, { freeze, gradientCheckpointing });
          assert.ok(Math.abs(loss / all.loss - 1) < 1e-5, "loss");
          const isFrozen = (tensor: string) =>
            tensor === "model.embed_tokens.weight" ||
            Array.from({ length: freeze.layers ?? 0 }, (_, i) => `model.layers.${i}.`)
              .some((prefix) => tensor.startsWith(prefix));
          const expected = [...all.found.keys()].filter((tensor) => !isFrozen(tensor));
          assert.deepEqual([...found.keys()], expected);
          assert.ok(expected.length < all.found.size && expected.length > 0);
          for (const [tensor, { data }] of found) {
            const error = relativeError(data, all.found.get(tensor)!.data);
            assert.ok(error < 1e-4, `${tensor}: relative error ${error}`);
          }
        }
      }
    });

    Deno.test(`${what}: int8 gives nearly the loss and the gradients of float32`, async () => {
      const right = await gradients(config, lora, {});
      for (const gradientCheckpointing of ["selective", true] as const) {
        const got = await gradients(config, lora, { precision: "int8", gradientCheckpointing });
        assert.ok(Math.abs(got.loss / right.loss - 1) < 0.01, `${got.loss}, not ${right.loss}`);
        assert.notEqual(got.loss, right.loss);
        for (const [tensor, { data }] of right.found) {
          // Biases of keys have no gradient but for rounding.
          if (tensor.endsWith("k_proj.bias")) continue;
          const error = relativeError(got.found.get(tensor)!.data, data);
          assert.ok(error < 0.1, `${tensor}: relative error ${error}`);
        }
      }
    });
  }
}

Deno.test("frozen parts come out as they went in, and the others learn", async () => {
  const config = parseStudentConfig(STUDENTS["Qwen2, tied"], "student");
  const before = initWeights(config, 1);
  for (const lora of [null, LORA]) {
    const engine = await TrainingEngine.create(config, before, {
      threads: 2,
      seed: 5,
      lora,
      freeze: { layers: 1 },
    });
    const start = lora === null ? before : initAdapter(config, lora, 5);
    for (let step = 0; step < 2; step++) await engine.trainStep(rows, { learningRate: 1e-2 });
    const after = engine.weights();
    await engine.release();
    assert.deepEqual([...after.keys()], [...start.keys()]);
    for (const [tensor, { data }] of after) {
      const isFrozen = tensor.startsWith("model.layers.0.") ||
        tensor === "model.embed_tokens.weight";
      const isSame = data.every((value, i) => value === start.get(tensor)!.data[i]);
      assert.equal(isSame, isFrozen, tensor);
    }
  }
});

Deno.test("a bad precision or freeze gives one clear error", async () => {
  const config = parseStudentConfig(STUDENTS["Qwen2, tied"], "student");
  const start = (options: object) =>
    TrainingEngine.create(config, initWeights(config, 1), { threads: 1, ...options });
  await assert.rejects(start({ precision: "fp8" }), /precision must be float32 or int8, not fp8/);
  await assert.rejects(start({ freeze: { layers: 4 } }), /Cannot freeze 4 layers: .* from 0 to 3/);
  await assert.rejects(start({ freeze: { layers: 1.5 } }), /Cannot freeze 1.5 layers/);
  await assert.rejects(start({ lora: LORA, freeze: { layers: 3 } }), /everything is frozen/);
});
