import assert from "node:assert/strict";
import { Random } from "@potstill/records/random.ts";
import { initAdapter } from "@potstill/student/lora/init_adapter.ts";
import { resolveLora } from "@potstill/student/lora/lora_config.ts";
import { exampleRows, packExamples } from "@potstill/student/train/packed_row.ts";
import { Trainer } from "@potstill/student/train/trainer.ts";
import { trainStudent } from "@potstill/student/train/train_student.ts";
import { assertClose } from "./graph_check.ts";
import {
  differences,
  float64,
  merged,
  stepGradient,
  tinyStudent,
  tokenLogprobs,
} from "./weighted_reference.ts";

const student = tinyStudent();
const { config, weights } = student;
const random = new Random("token weights");
const examples = [6, 4, 7].map((length) => ({
  ids: Int32Array.from({ length }, () => random.integer(0, 10)),
  trained: Uint8Array.from({ length }, (_, i) => (i > 0 && random.chance(0.7) ? 1 : 0)),
}));
const signed = examples.map((example) => ({
  ...example,
  weights: Float32Array.from(example.ids, () => 2 * random.normal()),
}));
const lora = { rank: 2, alpha: 4, dropout: 0 };
const adapter = initAdapter(config, resolveLora(lora), 1);
for (const [name, { data }] of adapter) {
  if (name.endsWith("lora_B.weight")) data.forEach((_, i) => data[i] = 0.3 * random.normal());
}
const engines = [{ name: "whole", checkpointing: false }, {
  name: "blockwise",
  checkpointing: true,
}];

function weightedLoss(logprobs: (ids: Int32Array) => number[], normalizer: number): number {
  return -signed.reduce(
    (sum, { ids, trained, weights }) =>
      sum + logprobs(ids).reduce((s, p, i) => s + (trained[i] === 1 ? weights[i] * p : 0), 0),
    0,
  ) / normalizer;
}

for (const { name, checkpointing } of engines) {
  Deno.test(`${name}: signed weights have the gradient of their definition, of all weights`, async () => {
    const tensors = float64(weights);
    const loss = () => weightedLoss((ids) => tokenLogprobs(config, tensors, ids), 5);
    const rows = packExamples(signed, { rowLength: 12, seed: 1 });
    const got = await stepGradient(student, rows, {
      normalizer: 5,
      gradientCheckpointing: checkpointing,
    });
    assertClose([got.loss], [loss()], 1e-6, "loss");
    for (const [tensor, expected] of differences(tensors, loss)) {
      assertClose(got.gradient.get(tensor)!, expected, 3e-5, tensor);
    }
  });

  Deno.test(`${name}: signed weights have the gradient of their definition, of an adapter`, async () => {
    const [base, own] = [float64(weights), float64(adapter)];
    const loss = () => {
      const all = merged(base, own, lora);
      return weightedLoss((ids) => tokenLogprobs(config, all, ids), 5);
    };
    const got = await stepGradient(student, exampleRows(signed), {
      normalizer: 5,
      lora,
      adapter,
      gradientCheckpointing: checkpointing,
    });
    assertClose([got.loss], [loss()], 1e-6, "loss");
    for (const [tensor, expected] of differences(own, loss)) {
      assertClose(got.gradient.get(tensor)!, expected, 3e-5, tensor);
    }
  });

  Deno.test(`${name}: weights of 0 and 1 give the step of the mask, bit for bit`, async () => {
    for (const options of [{}, { lora, adapter }]) {
      const how = { ...options, gradientCheckpointing: checkpointing, clipNorm: 1 };
      const masked = await stepGradient(student, packExamples(examples, { seed: 1 }), how);
      const weighted = examples.map(({ ids, trained }) => ({
        ids,
        trained: new Uint8Array(ids.length).fill(1),
        weights: Float32Array.from(trained),
      }));
      const got = await stepGradient(student, packExamples(weighted, { seed: 1 }), how);
      assert.deepEqual(got, masked);
    }
  });
}

Deno.test("losses of tokens are the student's own, whatever the weights and the threads", async () => {
  const tensors = float64(weights);
  for (const threads of [1, 2]) {
    await using trainer = await Trainer.create(config, weights, { threads });
    const losses = await trainer.tokenLosses(exampleRows(signed));
    for (const [i, { ids, trained }] of signed.entries()) {
      const expected = tokenLogprobs(config, tensors, ids).filter((_, k) => trained[k] === 1);
      assertClose(losses[i], expected.map((p) => -p), 1e-5, `example ${i}`);
    }
  }
});

Deno.test("weights decide a run's identity, and must fit their example", async () => {
  const checkpointDir = await Deno.makeTempDir();
  try {
    const run = { config, weights, seed: 1, learningRate: 1e-3, steps: 1, threads: 1 };
    await trainStudent({ ...run, examples: signed, checkpointDir });
    await assert.rejects(
      trainStudent({ ...run, examples, checkpointDir, resume: true }),
      /other examples or settings/,
    );
  } finally {
    await Deno.remove(checkpointDir, { recursive: true });
  }
  const [one] = signed;
  assert.throws(
    () => exampleRows([{ ...one, weights: one.weights.subarray(1) }]),
    /example 0: it has 6 ids but 5 weights/,
  );
  assert.throws(
    () => exampleRows([one, { ...one, weights: one.weights.map(() => NaN) }]),
    /example 1: weights\[0\] is NaN/,
  );
  await assert.rejects(
    stepGradient(student, exampleRows(signed), { normalizer: 0 }),
    /normalizer must be a positive number, not 0/,
  );
});
