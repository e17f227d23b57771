import assert from "node:assert/strict";
import { type StudentConfig, weightShapes } from "../../lib/student/config.ts";
import { growWeights } from "../../lib/student/grow_weights.ts";
import { checkWeights, type Weights } from "../../lib/student/weights.ts";
import { qwen2Logits, type Tensors } from "./reference_qwen2.ts";
import { smallStudent } from "./small_student.ts";

const small = await smallStudent();
const larger: StudentConfig = {
  ...small.config,
  hidden_size: 96,
  intermediate_size: 120,
  num_hidden_layers: 5,
  num_attention_heads: 6,
  num_key_value_heads: 3,
  head_dim: 16,
};
const ids = [5, 17, 200, 3, 99, 42, 42, 310];

const logits = (config: StudentConfig, weights: Weights): Float64Array => {
  const tensors: Tensors = new Map();
  for (const [name, { data }] of weights) tensors.set(name, Float64Array.from(data));
  return qwen2Logits(config, tensors, ids);
};
const deviation = (a: ArrayLike<number>): number => {
  const mean = Array.from(a).reduce((sum, x) => sum + x, 0) / a.length;
  return Math.sqrt(Array.from(a).reduce((sum, x) => sum + (x - mean) ** 2, 0) / a.length);
};

Deno.test("a grown student writes almost what the smaller one writes, at its own shape", () => {
  const grown = growWeights(small.config, small.weights, larger, "grow");
  checkWeights(larger, grown, "the test");
  const before = logits(small.config, small.weights);
  const after = logits(larger, grown);
  const error = deviation(before.map((value, i) => value - after[i])) / deviation(before);
  assert.ok(error < 0.15, `${error}`);
  assert.deepEqual(growWeights(small.config, small.weights, larger, "grow"), grown);
});

Deno.test("what is new in a grown student can learn: it is neither dead nor a copy", () => {
  const grown = growWeights(small.config, small.weights, larger, "grow");
  const embeddings = grown.get("model.embed_tokens.weight")!;
  for (let token = 0; token < 20; token++) {
    assert.notEqual(embeddings.data[token * 96 + 70], 0);
  }
  const gate = grown.get("model.layers.4.mlp.gate_proj.weight")!.data;
  assert.ok(deviation(gate) > 0.01);
  const down = grown.get("model.layers.0.mlp.down_proj.weight")!.data;
  assert.ok(down[80] === 0 && down[95 * 120 + 100] !== 0);
});

Deno.test("a student grown to its own size is the same", () => {
  assert.deepEqual(growWeights(small.config, small.weights, small.config, 0), small.weights);
});

Deno.test("a student grows only where the larger one has room for the smaller", () => {
  const grow = (change: Partial<StudentConfig>) =>
    growWeights(small.config, small.weights, { ...larger, ...change }, 0);
  assert.throws(() => grow({ hidden_size: 32 }), /hidden_size .* must be 64 or more, it is 32/);
  assert.throws(() => grow({ vocab_size: 9 }), /vocab_size .* must be 4\d\d, it is 9/);
  assert.throws(() => grow({ head_dim: 32 }), /head_dim .* must be 16, it is 32/);
  assert.throws(() => grow({ num_key_value_heads: 6 }), /num_key_value_heads of the larger .* 2/);
  const missing = new Map(small.weights);
  missing.delete([...weightShapes(small.config).keys()][3]);
  assert.throws(() => growWeights(small.config, missing, larger, 0), /is missing/);
});
