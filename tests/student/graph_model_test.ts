import assert from "node:assert/strict";
import * as ort from "onnxruntime-node";
import { Random } from "@potstill/records/random.ts";
import { headSize, type StudentConfig } from "@potstill/student/config.ts";
import { parseStudentConfig } from "@potstill/student/parse_student_config.ts";
import { adamWGraph, resolveAdamW } from "@potstill/student/graph/adamw_graph.ts";
import { ParameterLayout } from "@potstill/student/graph/parameter_layout.ts";
import { gradientInput, gradientOutput } from "@potstill/student/graph/graph_part.ts";
import { rotaryTables } from "@potstill/student/rotary_tables.ts";
import { trainingGraph } from "@potstill/student/graph/training_graph.ts";
import { splitBatch } from "@potstill/student/train/micro_batch.ts";
import { packExamples } from "@potstill/student/train/packed_row.ts";
import { TrainingEngine } from "@potstill/student/train/training_engine.ts";
import { initWeights } from "@potstill/student/weights.ts";
import { assertClose } from "./graph_check.ts";
import { qwen2Loss, type Tensors } from "./reference_qwen2.ts";

const tiny = (tied: boolean): StudentConfig =>
  parseStudentConfig({
    hidden_size: 8,
    intermediate_size: 12,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    head_dim: tied ? undefined : 4,
    vocab_size: 11,
    max_position_embeddings: 16,
    rope_theta: 50,
    rms_norm_eps: 1e-5,
    tie_word_embeddings: tied,
    initializer_range: 0.5,
  }, "the test");

function setUp(tied: boolean) {
  const config = tiny(tied);
  const random = new Random(`model-${tied}`);
  const weights = initWeights(config, 3);
  for (const { data } of weights.values()) {
    for (let i = 0; i < data.length; i++) data[i] += 0.2 * random.normal();
  }
  const examples = [5, 3, 7, 4].map((length) => ({
    ids: Int32Array.from({ length }, () => random.integer(0, 10)),
    trained: Uint8Array.from(
      { length },
      (_, i) => (i === length - 1 || random.chance(0.4) ? 1 : 0),
    ),
  }));
  for (const { trained } of examples) trained[0] = 0;
  return { config, weights, examples };
}

for (const tied of [true, false]) {
  Deno.test(`gradient of every parameter of the whole model, ${tied ? "tied" : "untied"}`, async () => {
    const { config, weights, examples } = setUp(tied);
    const layout = new ParameterLayout(config);
    const rows = packExamples(examples, { rowLength: 9, seed: 1 });
    assert.ok(rows.length >= 2 && rows.some((row) => row.lengths.length > 1));
    const [batch] = splitBatch(rows, 1000);
    const flat = layout.flatten(weights);
    const session = await ort.InferenceSession.create(trainingGraph(layout, batch), {
      intraOpNumThreads: 1,
    });
    const vector = (type: "int32" | "int64", data: Int32Array | BigInt64Array) =>
      new ort.Tensor(type, data, [data.length]);
    const before = 0.25;
    const size = headSize(config);
    const { cos, sin } = rotaryTables(config, size, 16);
    const table = (data: Float32Array) => new ort.Tensor("float32", data, [16, size / 2]);
    const feeds: Record<string, ort.Tensor> = {
      ids: vector("int32", batch.ids),
      positions: vector("int64", batch.positions),
      starts: vector("int64", batch.starts),
      block_lengths: vector("int64", batch.blockLengths),
      block_keys: vector("int64", batch.blockKeys),
      rotary_cos: table(cos),
      rotary_sin: table(sin),
      predictors: vector("int32", batch.predictors),
      targets: vector("int32", batch.targets),
      target_weights: new ort.Tensor("float32", batch.targetWeights, [batch.trainedTokens]),
      loss_scale: new ort.Tensor("float32", [1 / batch.trainedTokens], []),
    };
    for (const { name, shape, offset, size } of layout.parameters) {
      feeds[name] = new ort.Tensor("float32", flat.slice(offset, offset + size), shape);
      feeds[gradientInput(name)] = new ort.Tensor(
        "float32",
        new Float32Array(size).fill(before),
        shape,
      );
    }
    const out = await session.run(feeds);
    await session.release();

    const tensors: Tensors = new Map();
    for (const [name, { data }] of weights) tensors.set(name, Float64Array.from(data));
    const loss = qwen2Loss(config, tensors, examples);
    assertClose([Number(out.loss.data[0]) / batch.trainedTokens], [loss], 1e-6, "loss");
    let checked = 0;
    const gradient = new Float32Array(layout.size);
    for (const { name, offset } of layout.parameters) {
      gradient.set(out[gradientOutput(name)].data as Float32Array, offset);
    }
    for (const [name, { data: got }] of layout.unflatten(gradient)) {
      const data = tensors.get(name)!;
      const differences = data.map((at, i) => {
        const h = 1e-5;
        data[i] = at + h;
        const above = qwen2Loss(config, tensors, examples);
        data[i] = at - h;
        const below = qwen2Loss(config, tensors, examples);
        data[i] = at;
        return (above - below) / (2 * h);
      });
      assertClose(got.map((item) => item - before), differences, 2e-5, name);
      checked += got.length;
    }
    assert.equal(checked, layout.size);
  });
}

Deno.test("AdamW follows its definition, with clipping and decay on matrices only", async () => {
  const random = new Random("adamw");
  const size = 40;
  const options = resolveAdamW({ weightDecay: 0.3, clipNorm: 2, betas: [0.8, 0.9] });
  const session = await ort.InferenceSession.create(adamWGraph(options), { intraOpNumThreads: 1 });
  const draw = () => Float32Array.from({ length: size }, () => random.normal());
  const DECAYING = 25;
  const weights = draw();
  const [mean, variance] = [new Float32Array(size), new Float32Array(size)];
  const exact = {
    w: Float64Array.from(weights),
    m: new Float64Array(size),
    v: new Float64Array(size),
  };
  const scalar = (value: number) => new ort.Tensor("float32", [value], []);
  for (let step = 1; step <= 4; step++) {
    const gradient = draw().map((item) => (step === 2 ? item * 0.01 : item));
    const clip = Math.min(1, 2 / Math.hypot(...gradient));
    assert.equal(clip === 1, step === 2);
    for (const decays of [1, 0]) {
      const [from, to] = decays ? [0, DECAYING] : [DECAYING, size];
      const vector = (data: Float32Array) =>
        new ort.Tensor("float32", data.subarray(from, to), [to - from]);
      await session.run({
        weights: vector(weights),
        gradient: vector(gradient),
        mean: vector(mean),
        variance: vector(variance),
        decays: scalar(decays),
        learning_rate: scalar(0.05),
        clip: scalar(clip),
        mean_correction: scalar(1 / (1 - 0.8 ** step)),
        variance_correction: scalar(1 / (1 - 0.9 ** step)),
      }, { new_weights: vector(weights), new_mean: vector(mean), new_variance: vector(variance) });
    }
    for (let i = 0; i < size; i++) {
      const g = gradient[i] * clip;
      exact.m[i] = 0.8 * exact.m[i] + 0.2 * g;
      exact.v[i] = 0.9 * exact.v[i] + 0.1 * g * g;
      const mHat = exact.m[i] / (1 - 0.8 ** step);
      const vHat = exact.v[i] / (1 - 0.9 ** step);
      exact.w[i] -= 0.05 *
        (mHat / (Math.sqrt(vHat) + 1e-8) + (i < DECAYING ? 0.3 * exact.w[i] : 0));
    }
    assertClose(weights, exact.w, 2e-6, `weights after step ${step}`);
  }
  await session.release();
});

Deno.test("micro-batches give the gradient of the whole batch; evaluate gives its loss", async () => {
  const { config, weights, examples } = setUp(true);
  const rows = packExamples(examples, { rowLength: 1, seed: 2 });
  const tensors: Tensors = new Map();
  for (const [name, { data }] of weights) tensors.set(name, Float64Array.from(data));
  const loss = qwen2Loss(config, tensors, examples);
  const after: Float32Array[] = [];
  for (const microBatchTokens of [1, 12, 1000]) {
    const engine = await TrainingEngine.create(config, weights, { microBatchTokens, threads: 1 });
    assertClose([(await engine.evaluate(rows)).loss], [loss], 1e-6, "evaluated loss");
    const result = await engine.trainStep(rows, { learningRate: 1e-3 });
    assertClose([result.loss], [loss], 1e-6, "training loss");
    assert.equal(result.tokens, 19);
    after.push(engine.exportState().mean);
    await engine.release();
  }
  assertClose(after[0], after[2], 1e-5, "one row at a time");
  assertClose(after[1], after[2], 1e-5, "12 tokens at a time");
});

Deno.test("a batch's gradient is clipped as a whole, after micro-batches are added up", async () => {
  const { config, weights, examples } = setUp(true);
  const rows = packExamples(examples, { rowLength: 1, seed: 2 });
  for (const clipNorm of [0, 0.01]) {
    const options = { clipNorm, microBatchTokens: 4, threads: 1 };
    const engine = await TrainingEngine.create(config, weights, options);
    const { gradNorm } = await engine.trainStep(rows, { learningRate: 1e-3 });
    assert.ok(gradNorm > 0.1, "nothing to clip");
    // The running mean is a tenth of the first gradient.
    const length = 10 * Math.hypot(...engine.exportState().mean);
    assertClose([length], [clipNorm === 0 ? gradNorm : clipNorm], 1e-5, "length");
    await engine.release();
  }
});
