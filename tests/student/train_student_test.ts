import assert from "node:assert/strict";
import { studentPreset } from "@potstill/student/student_presets.ts";
import { Random } from "@potstill/records/random.ts";
import {
  type TrainingProgress,
  trainStudent,
  type TrainStudentOptions,
} from "@potstill/student/train/train_student.ts";

const config = studentPreset("0.3M", 32, {
  hidden_size: 32,
  intermediate_size: 48,
  num_hidden_layers: 2,
  max_position_embeddings: 64,
});

/** Sequences that count up by a step shown in the first two tokens; all but those are trained. */
function examples(count: number, seed: string) {
  const random = new Random(seed);
  return Array.from({ length: count }, () => {
    const start = random.integer(0, 31);
    const by = random.integer(1, 5);
    const length = random.integer(12, 40);
    const ids = Int32Array.from({ length }, (_, i) => (start + by * i) % 32);
    return { ids, trained: Uint8Array.from({ length }, (_, i) => (i < 2 ? 0 : 1)) };
  });
}

const base: TrainStudentOptions = {
  config,
  examples: examples(64, "train"),
  heldOut: examples(16, "held-out"),
  steps: 60,
  seed: 5,
  learningRate: 1e-2,
  batchTokens: 600,
  rowLength: 64,
  microBatchTokens: 256,
  threads: 1,
};

Deno.test("a student learns a rule and generalises; progress is reported", async () => {
  const seen: TrainingProgress[] = [];
  let ticks = 0;
  const timer = setInterval(() => ticks++, 5);
  const { history, heldOut } = await trainStudent({
    ...base,
    evaluateEverySteps: 30,
    onStep: (p) => seen.push(p),
  });
  clearInterval(timer);
  assert.equal(history.length, 60);
  assert.deepEqual(seen.map((p) => p.step), history.map((p) => p.step));
  assert.ok(Math.abs(history[0].loss - Math.log(32)) < 1, `${history[0].loss}`);
  assert.deepEqual(heldOut.map((record) => record.step), [30, 60]);
  assert.ok(heldOut[1].loss < 0.5, `held-out loss ${heldOut[1].loss}`);
  assert.ok(ticks > 10, "the event loop was blocked");
  assert.equal(seen.at(-1)!.etaMs, 0);
  assert.ok(seen[10].tokensPerSecond > 0 && seen[10].etaMs > 0);
});

Deno.test("interrupted and resumed equals uninterrupted, bit for bit", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const options = { ...base, steps: 24, evaluateEverySteps: 8 };
    const whole = await trainStudent(options);
    for (const stopAt of [7, 16]) {
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
    const steps: number[] = [];
    const resumed = await trainStudent({
      ...options,
      checkpointDir: dir,
      resume: true,
      onStep: ({ step }) => steps.push(step),
    });
    assert.equal(steps[0], 17);
    assert.deepEqual(resumed.history, whole.history);
    assert.deepEqual(resumed.heldOut, whole.heldOut);
    for (const [name, { data }] of whole.weights) {
      assert.deepEqual(resumed.weights.get(name)!.data, data, name);
    }
    const again = await trainStudent({ ...options, checkpointDir: dir, resume: true });
    assert.deepEqual(again.history, whole.history);
    await assert.rejects(
      trainStudent({ ...options, seed: 6, checkpointDir: dir, resume: true }),
      /a run with other examples or settings/,
    );
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("bad input gives one clear error", async () => {
  const bad = (change: Partial<TrainStudentOptions>, message: RegExp) =>
    assert.rejects(trainStudent({ ...base, ...change }), message);
  await bad({ epochs: 2 }, /give either epochs or steps/);
  await bad({ steps: 0 }, /steps must be a positive whole number, not 0/);
  await bad({ learningRate: -1 }, /learningRate must be positive, not -1/);
  await bad({ betas: [0.9, 1] }, /betas must be in \[0, 1\)/);
  await bad({ examples: [] }, /none of the 0 examples/);
  const example = (ids: number[], trained: number[]) => ({
    ids: Int32Array.from(ids),
    trained: Uint8Array.from(trained),
  });
  await bad({ examples: [example([1, 2], [1])] }, /example 0: it has 2 ids but 1 marks/);
  await bad({ examples: [example([1, 99], [0, 1])] }, /token id 99: vocab_size is 32/);
  const long = Array.from({ length: 65 }, () => 1);
  await bad({ examples: [example(long, long)] }, /example of 65 tokens/);
  const weights = new Map([["model.norm.weight", { shape: [32], data: new Float32Array(32) }]]);
  await bad({ weights }, /embed_tokens.weight is missing/);
  await bad({ learningRate: 1e30, warmupShare: 0 }, /gradient's norm is (NaN|Infinity)/);
});
