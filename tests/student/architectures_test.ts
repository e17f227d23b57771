import assert from "node:assert/strict";
import * as ort from "onnxruntime-node";
import { type StudentConfig, weightShapes } from "@potstill/student/config.ts";
import { parseStudentConfig } from "@potstill/student/parse_student_config.ts";
import { buildExportGraph } from "../../lib/student/export/onnx_export_graph.ts";
import { StudentEngine } from "@potstill/student/generate/student_engine.ts";
import { ParameterLayout } from "@potstill/student/graph/parameter_layout.ts";
import { adapterShapes, type LoraConfig, resolveLora } from "@potstill/student/lora/lora_config.ts";
import { flatBuffer } from "@potstill/student/train/flat_buffer.ts";
import { gradientSource } from "@potstill/student/train/gradient_source.ts";
import { packExamples } from "@potstill/student/train/packed_row.ts";
import type { Weights } from "@potstill/student/weights.ts";
import { trainTokenizer } from "@potstill/tokenizer/train_tokenizer.ts";
import { loadChatTemplate } from "@potstill/tokenizer/load_chat_template.ts";

interface Answer {
  readonly loss: number;
  /** Length of each gradient, and its product with cosines of the places. */
  readonly gradients: Record<string, readonly [number, number]>;
}
interface Golden extends Answer {
  readonly config: Record<string, unknown>;
  readonly ids: number[];
  readonly logits: number[][];
  readonly lora: Answer;
}

/** Made by `architecture_golden.py` with transformers' classes and PEFT, in float64. */
const golden: Record<string, Golden> = JSON.parse(
  await Deno.readTextFile(new URL("architectures.json", import.meta.url)),
);
const LIMIT = 1e-4;
const FIRST_LEARNED = 6;

/** The formula of `architecture_golden.py`. */
function tensors(shapes: ReadonlyMap<string, readonly number[]>, config: StudentConfig): Weights {
  const base = config.model_type === "gemma3_text" ? 0 : 1;
  const names = [...shapes.keys()].sort();
  return new Map(
    [...shapes].map(([name, shape]) => {
      const number = names.indexOf(name);
      const size = shape.reduce((a, b) => a * b, 1);
      const data = Float32Array.from({ length: size }, (_, j) => {
        const value = Math.sin(1.7 * (number + 1) + 0.9 * j + 0.013 * j * (number % 5));
        if (name.endsWith("norm.weight")) return 0.2 * value + base;
        return (name.includes("lora_") ? 0.1 : 0.25) * value;
      });
      return [name, { shape, data }];
    }),
  );
}

async function checkGradients(
  { ids }: Golden,
  { loss, gradients }: Answer,
  config: StudentConfig,
  lora: LoraConfig | null,
  gradientCheckpointing: boolean | "selective",
): Promise<void> {
  const weights = tensors(weightShapes(config), config);
  const adapter = lora === null ? null : tensors(adapterShapes(config, lora), config);
  const layout = new ParameterLayout(config, lora);
  const source = gradientSource({
    config,
    lora,
    microBatchTokens: 100,
    gradientCheckpointing,
    precision: "float32",
    operationThreads: 1,
    executionProvider: "cpu",
  }, adapter === null ? new Map() : weights);
  const flat = flatBuffer(layout);
  flat.data.set(layout.flatten(adapter ?? weights));
  const trained = Uint8Array.from(ids, (_, i) => i >= FIRST_LEARNED ? 1 : 0);
  const [row] = packExamples([{ ids: Int32Array.from(ids), trained }], {
    rowLength: 64,
    seed: 1,
  });
  const got = await source.gradient([row], flat, 1, "seed");
  assert.ok(Math.abs(got.lossSum / loss - 1) < LIMIT, `loss ${got.lossSum}, not ${loss}`);
  const found = layout.unflatten(got.gradient.data);
  await source.release();
  assert.deepEqual([...found.keys()].sort(), Object.keys(gradients).sort());
  for (const [name, { data }] of found) {
    const [length, product] = gradients[name];
    const ownProduct = data.reduce((sum, value, j) => sum + value * Math.cos(j), 0);
    const relative = Math.max(
      Math.abs(Math.hypot(...data) - length),
      Math.abs(ownProduct - product),
    ) / length;
    assert.ok(relative < LIMIT, `${name}: relative error ${relative}`);
  }
}

/** Logits of a student's ONNX file, row by row. */
async function exportedLogits(config: StudentConfig, ids: readonly number[]): Promise<number[][]> {
  const weights = tensors(weightShapes(config), config);
  const session = await ort.InferenceSession.create(buildExportGraph(config, weights));
  const int64 = (values: readonly number[]) =>
    new ort.Tensor("int64", BigInt64Array.from(values, BigInt), [1, values.length]);
  const feeds: Record<string, ort.Tensor> = {
    input_ids: int64(ids),
    attention_mask: int64(ids.map(() => 1)),
    position_ids: int64(ids.map((_, i) => i)),
  };
  const shape = [1, config.num_key_value_heads, 0, config.head_dim ?? 4];
  for (const name of session.inputNames) {
    if (name.startsWith("past")) {
      feeds[name] = new ort.Tensor("float32", new Float32Array(0), shape);
    }
  }
  const { logits } = await session.run(feeds);
  await session.release();
  const data = logits.data as Float32Array;
  return ids.map((_, i) => [...data.subarray(i * config.vocab_size, (i + 1) * config.vocab_size)]);
}

const tokenizer = trainTokenizer(["a b c"], await loadChatTemplate(), { vocabSize: 260 });

for (const [title, expected] of Object.entries(golden)) {
  const config = parseStudentConfig(expected.config, title);
  Deno.test(`${title}: loss and gradients are those of transformers, with LoRA those of PEFT`, async () => {
    const lora = resolveLora({
      rank: 2,
      alpha: 8,
      dropout: 0,
      targets: ["q_proj", "o_proj", "down_proj"],
    });
    for (const checkpointing of [false, true, "selective"] as const) {
      await checkGradients(expected, expected, config, null, checkpointing);
      await checkGradients(expected, expected.lora, config, lora, checkpointing);
    }
  });

  Deno.test(`${title}: logits of the ONNX file are those of transformers`, async () => {
    const got = await exportedLogits(config, expected.ids);
    for (const [i, row] of expected.logits.entries()) {
      for (const [j, value] of row.entries()) {
        assert.ok(Math.abs(got[i][j] - value) < 1e-4, `${i}, ${j}: ${got[i][j]}, not ${value}`);
      }
    }
  });

  Deno.test(`${title}: reading and decoding give the same probabilities, past the window too`, async () => {
    const { eos_token_id: _, ...endless } = config;
    const wide = { ...endless, vocab_size: 300, head_dim: 16 };
    const weights = tensors(weightShapes(wide), wide);
    const engine = await StudentEngine.create({ config: wide, weights, tokenizer });
    try {
      const prompt = Int32Array.from(expected.ids.slice(0, 7));
      const requests = [prompt, prompt.slice(0, 4)].map((prompt, i) =>
        engine.generate({
          prompt,
          samples: 3,
          temperature: 0.8,
          seed: i,
          maxNewTokens: 20,
          logprobs: true,
        })
      );
      for (const [i, { samples }] of (await Promise.all(requests)).entries()) {
        for (const sample of samples) {
          const { ids, logprobs } = sample;
          const start = i === 0 ? prompt : prompt.slice(0, 4);
          const all = await engine.sequenceLogprobs(Int32Array.from([...start, ...ids]));
          const read = all.slice(-ids.length);
          if (samples.indexOf(sample) === 0) {
            const logits = await exportedLogits(wide, [...start, ...ids]);
            all.forEach((logprob, k) => {
              if (k === 0) return;
              const row = logits[k - 1];
              const sum = row.reduce((total, value) => total + Math.exp(value), 0);
              const right = row[[...start, ...ids][k]] - Math.log(sum);
              assert.ok(Math.abs(right - logprob) < 1e-4, `${k}: ${logprob}, not ${right}`);
            });
          }
          ids.forEach((_, k) => assert.ok(Math.abs(read[k] - logprobs![k]) < 1e-4, `${k}`));
        }
      }
    } finally {
      await engine.dispose();
    }
  });
}
