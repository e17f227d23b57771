import assert from "node:assert/strict";
import { join } from "node:path";
import { Random } from "@potstill/records/random.ts";
import { decodeSafetensors, encodeSafetensors } from "@potstill/onnx/safetensors.ts";
import { studentPreset } from "@potstill/student/student_presets.ts";
import { readAdapter, writeAdapter } from "@potstill/student/lora/adapter_folder.ts";
import { initAdapter } from "@potstill/student/lora/init_adapter.ts";
import { type LoraOptions, resolveLora } from "@potstill/student/lora/lora_config.ts";
import { mergeAdapter } from "@potstill/student/lora/merge_adapter.ts";
import { dropoutMask } from "@potstill/student/train/dropout_mask.ts";
import { packExamples } from "@potstill/student/train/packed_row.ts";
import { trainStudent, type TrainStudentOptions } from "@potstill/student/train/train_student.ts";
import { type EngineOptions, TrainingEngine } from "@potstill/student/train/training_engine.ts";
import { initWeights, type Weights } from "@potstill/student/weights.ts";
import { assertClose } from "./graph_check.ts";

const config = studentPreset("0.3M", 32, {
  hidden_size: 24,
  intermediate_size: 40,
  num_hidden_layers: 3,
  max_position_embeddings: 64,
});
const weights = initWeights(config, 1);
const examples = Array.from({ length: 14 }, (_, k) => ({
  ids: Int32Array.from({ length: 12 + k }, (_, i) => (i * (k + 2)) % 32),
  trained: Uint8Array.from({ length: 12 + k }, (_, i) => (i > 2 && i % 3 > 0 ? 1 : 0)),
}));
const rows = packExamples(examples, { rowLength: 40, seed: 1 });
const base: TrainStudentOptions = {
  config,
  weights,
  examples,
  steps: 12,
  seed: 3,
  learningRate: 1e-2,
  batchTokens: 100,
  microBatchTokens: 64,
  threads: 1,
  lora: { rank: 4, alpha: 8 },
};

function randomAdapter(options: LoraOptions): Weights {
  const adapter = initAdapter(config, resolveLora(options), 1);
  const random = new Random("adapter");
  for (const [name, { data }] of adapter) {
    if (name.endsWith("lora_B.weight")) data.forEach((_, i) => data[i] = 0.3 * random.normal());
  }
  return adapter;
}

async function gradients(options: EngineOptions) {
  const engine = await TrainingEngine.create(config, weights, { threads: 1, ...options });
  const evaluated = await engine.evaluate(rows);
  const { loss, gradNorm } = await engine.trainStep(rows, { learningRate: 1e-3 });
  const mean = engine.exportState().mean;
  await engine.release();
  return { evaluated: evaluated.loss, loss, gradNorm, mean };
}

Deno.test("gradient checkpointing computes the same step, of all weights and of an adapter", async () => {
  const untied = { lora: null };
  const lora = { rank: 4, alpha: 16, dropout: 0.3 };
  for (const options of [untied, { lora, adapter: randomAdapter(lora), seed: 7 }]) {
    const whole = await gradients({ ...options, microBatchTokens: 100 });
    const blockwise = await gradients({
      ...options,
      microBatchTokens: 100,
      gradientCheckpointing: true,
      parallelism: "operations",
      threads: 2,
    });
    assertClose([blockwise.evaluated], [whole.evaluated], 1e-6, "evaluated loss");
    assertClose([blockwise.loss], [whole.loss], 1e-6, "loss");
    assertClose(blockwise.mean, whole.mean, 1e-5, "gradient");
    assert.ok(whole.gradNorm > 0.01);
  }
});

Deno.test("an adapter computes what merging it computes; a fresh one changes nothing", async () => {
  for (const rankStabilised of [false, true]) {
    const options = { rank: 4, alpha: 6, dropout: 0, rankStabilised };
    const adapter = randomAdapter(options);
    const { loss } = await gradients({ lora: options, adapter });
    const merged = mergeAdapter(config, weights, resolveLora(options), adapter);
    const engine = await TrainingEngine.create(config, merged, { threads: 1 });
    assertClose([loss], [(await engine.evaluate(rows)).loss], 2e-6, "merged");
    await engine.release();
    const plain = await gradients({ lora: options });
    const { evaluated } = await gradients({});
    assert.notEqual(plain.loss, loss);
    assertClose([plain.loss], [evaluated], 1e-6, "fresh");
  }
});

Deno.test("dropout drops its share, scales the rest, and depends on the seed alone", async () => {
  const mask = dropoutMask("a", 200_000, 0.05);
  const dropped = mask.filter((value) => value === 0).length;
  assert.ok(Math.abs(dropped - 10_000) < 500, `${dropped} dropped`);
  assert.ok(mask.every((value) => value === 0 || value === Math.fround(1 / 0.95)));
  assert.deepEqual(dropoutMask("a", 200_000, 0.05), mask);
  const other = dropoutMask("b", 200_000, 0.05);
  const both = mask.filter((value, i) => value === 0 && other[i] === 0).length;
  assert.ok(both > 350 && both < 650, `${both} dropped in both`);
  const neighbours = mask.filter((value, i) => value === 0 && mask[i + 1] === 0).length;
  assert.ok(neighbours > 350 && neighbours < 650, `${neighbours} pairs dropped`);
  const lora = { rank: 4, alpha: 8, dropout: 0.5 };
  const adapter = randomAdapter(lora);
  const first = await gradients({ lora, adapter, seed: 1 });
  assert.equal((await gradients({ lora, adapter, seed: 1 })).loss, first.loss);
  const second = await gradients({ lora, adapter, seed: 2 });
  assert.notEqual(second.loss, first.loss);
  assert.equal(second.evaluated, first.evaluated);
});

for (const gradientCheckpointing of [false, true]) {
  const what = gradientCheckpointing ? " with gradient checkpointing" : "";
  Deno.test(`LoRA${what}: interrupted at any step and resumed is bit for bit the same`, async () => {
    const options = { ...base, gradientCheckpointing };
    const whole = await trainStudent(options);
    assert.ok(whole.history.at(-1)!.loss < 0.9 * whole.history[0].loss, "nothing was learned");
    const dir = await Deno.makeTempDir();
    try {
      const stops = new Random(`stops${gradientCheckpointing}`);
      let from = 1;
      while (from < 11) {
        const stopAt = stops.integer(from, 11);
        from = stopAt + 1;
        const abort = new AbortController();
        await assert.rejects(
          trainStudent({
            ...options,
            checkpointDir: dir,
            resume: true,
            signal: abort.signal,
            onStep: ({ step }) => step === stopAt && abort.abort(new Error("stop")),
          }),
          /^Error: stop$/,
        );
      }
      const resumed = await trainStudent({ ...options, checkpointDir: dir, resume: true });
      assert.deepEqual(resumed.history, whole.history);
      assert.deepEqual([...resumed.adapter!], [...whole.adapter!]);
      assert.deepEqual([...resumed.weights], [...whole.weights]);
      await assert.rejects(
        trainStudent({ ...options, lora: { rank: 2 }, checkpointDir: dir, resume: true }),
        /Cannot resume .*training_state\.safetensors: it is of another student/,
      );
      await assert.rejects(
        trainStudent({
          ...options,
          weights: initWeights(config, 2),
          checkpointDir: dir,
          resume: true,
        }),
        /a run with other examples or settings/,
      );
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  });
}

Deno.test("LoRA leaves the student's own weights alone and merges at the end", async () => {
  const before = new Map([...weights].map(([name, { data }]) => [name, data.slice()]));
  const lora = { rank: 4, alpha: 8, dropout: 0, targets: ["q_proj", "down_proj"] as const };
  const { adapter, weights: merged } = await trainStudent({ ...base, steps: 3, lora, threads: 2 });
  assert.equal(adapter!.size, 2 * 2 * 3);
  for (const [name, { data }] of weights) {
    assert.deepEqual(data, before.get(name), name);
    const changes = /(q_proj|down_proj)\.weight$/.test(name);
    assert.equal(merged.get(name)!.data.some((value, i) => value !== data[i]), changes, name);
  }
});

Deno.test("adapters are saved and loaded as PEFT does", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const lora = resolveLora({});
    const adapter = randomAdapter({});
    await writeAdapter(dir, config, { lora, adapter }, "some/base");
    const settings = JSON.parse(await Deno.readTextFile(join(dir, "adapter_config.json")));
    assert.equal(settings.peft_type, "LORA");
    assert.equal(settings.task_type, "CAUSAL_LM");
    assert.deepEqual([settings.r, settings.lora_alpha, settings.lora_dropout], [64, 128, 0.05]);
    assert.equal(settings.base_model_name_or_path, "some/base");
    assert.deepEqual(settings.target_modules.toSorted(), [
      "down_proj",
      "gate_proj",
      "k_proj",
      "o_proj",
      "q_proj",
      "up_proj",
      "v_proj",
    ]);
    const path = join(dir, "adapter_model.safetensors");
    const bytes = await Deno.readFile(path);
    const { tensors } = decodeSafetensors(bytes, path);
    const name = "base_model.model.model.layers.2.mlp.down_proj.lora_A.weight";
    assert.deepEqual(tensors.get(name)!.shape, [64, 40]);
    const read = await readAdapter(dir, config);
    assert.deepEqual(read.lora, lora);
    assert.deepEqual([...read.adapter], [...adapter]);

    const fails = async (change: object, message: RegExp) => {
      const text = JSON.stringify({ ...settings, ...change });
      await Deno.writeTextFile(join(dir, "adapter_config.json"), text);
      await assert.rejects(readAdapter(dir, config), message);
    };
    await fails(
      { peft_type: "LOHA" },
      /adapter_config\.json: peft_type must be "LORA", not "LOHA"/,
    );
    await fails({ use_dora: true }, /use_dora must be false, not true/);
    await fails({ bias: "all" }, /bias must be "none", not "all"/);
    await fails({ modules_to_save: ["lm_head"] }, /modules_to_save must be absent/);
    await fails({ rank_pattern: { q_proj: 3 } }, /rank_pattern must be absent/);
    await fails({ target_modules: ["c_attn"] }, /target_modules must be .* not \["c_attn"\]/);
    await fails({ r: 0 }, /adapter_config\.json: .*rank must be a positive whole number, not 0/);
    await fails({ r: 8 }, /lora_A\.weight has shape \[64,24\] .* calls for \[8,24\]/);
    await fails({ target_modules: ["q_proj"] }, /has no tensor model\.layers\.0\./);
    await writeAdapter(dir, config, { lora, adapter }, "some/base");
    await Deno.writeFile(path, bytes.subarray(0, bytes.length - 8));
    await assert.rejects(readAdapter(dir, config), /adapter_model\.safetensors: .*truncated/);
    await Deno.writeFile(path, encodeSafetensors(new Map([["x", tensors.get(name)!]])));
    await assert.rejects(readAdapter(dir, config), /the tensor x is not of an adapter/);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("bad settings give one clear error", async () => {
  const bad = (change: Partial<TrainStudentOptions>, message: RegExp) =>
    assert.rejects(trainStudent({ ...base, ...change }), message);
  await bad({ lora: { rank: 0 } }, /rank must be a positive whole number, not 0/);
  await bad({ lora: { dropout: 1 } }, /dropout must be in \[0, 1\), not 1/);
  await bad({ lora: { alpha: -1 } }, /alpha must be positive, not -1/);
  await bad({ lora: { targets: [] } }, /targets must be some of q_proj/);
  await bad({ lora: null, adapter: new Map() }, /adapter is given without lora/);
  await bad({ adapter: new Map() }, /the adapter: the tensor .*lora_A\.weight is missing/);
  await bad({ parallelism: "layers" as "rows" }, /parallelism must be rows or operations/);
});
