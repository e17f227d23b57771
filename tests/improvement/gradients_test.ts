import assert from "node:assert/strict";
import { distillationLessons } from "@potstill/improvement/on_policy_distillation.ts";
import type { Episode } from "@potstill/improvement/episode.ts";
import type { Lesson } from "@potstill/improvement/lesson.ts";
import { groupAdvantages } from "@potstill/improvement/group_advantages.ts";
import { surrogateLoss } from "@potstill/improvement/surrogate.ts";
import { updatePolicy } from "@potstill/improvement/update_policy.ts";
import { Random } from "@potstill/records/random.ts";
import { ParameterLayout } from "@potstill/student/graph/parameter_layout.ts";
import { Trainer } from "@potstill/student/train/trainer.ts";
import type { Weights } from "@potstill/student/weights.ts";
import { TrainingEngine } from "@potstill/student/train/training_engine.ts";
import { assertClose } from "../student/graph_check.ts";
import { qwen2Logits } from "../student/reference_qwen2.ts";
import { differences, float64, tinyStudent, tokenLogprobs } from "../student/weighted_reference.ts";

const { config, weights } = tinyStudent();
const random = new Random("lessons");
// Drawn by a student that was a little different: some ratios are beyond the clip.
const episodes: Episode[] = [6, 5, 8].map((length, k) => {
  const ids = Int32Array.from({ length }, () => random.integer(0, 10));
  const sampled = Uint8Array.from(ids, (_, i) => i > 1 && i !== 4 ? 1 : 0);
  const logprobs = tokenLogprobs(config, float64(weights), ids);
  return {
    ids,
    sampled,
    logprobs: Float32Array.from(logprobs, (p, i) => sampled[i] * (p + 0.2 * random.normal())),
    turns: Int32Array.from(sampled, (own) => own - 1 + 0 * k),
  };
});
const alike = (advantages: readonly number[]): Lesson[] =>
  episodes.map((episode, k) => ({
    ...episode,
    advantages: Float32Array.from(episode.sampled, (own) => own * advantages[k]),
  }));
const other = episodes.map(({ ids }) => Float32Array.from(ids, () => -1 - random.next()));
const surrogate = { clip: 0.2, klWeight: 0.1 };
const methods: readonly {
  readonly name: string;
  readonly lessons: Lesson[];
  readonly objective: "likelihood" | "surrogate";
  readonly reference?: Float32Array[];
}[] = [
  { name: "rft", lessons: alike([1, 0, 1]), objective: "likelihood" },
  {
    name: "grpo with KL to the start",
    lessons: alike(groupAdvantages([1, 0, 0], "group")),
    objective: "surrogate",
    reference: other,
  },
  {
    name: "rloo",
    lessons: alike(groupAdvantages([1, 0, 0], "leave-one-out")),
    objective: "surrogate",
  },
  { name: "opd", lessons: distillationLessons(episodes, other), objective: "surrogate" },
  {
    name: "opd with step weights",
    lessons: distillationLessons(episodes, other, "divergence"),
    objective: "surrogate",
  },
];

for (const { name, lessons, objective, reference } of methods) {
  Deno.test(`${name}: the update has the gradient of its float64 definition`, async () => {
    const engine = await TrainingEngine.create(config, weights, { threads: 1, clipNorm: 0 });
    const trainer = {
      step: (rows: Parameters<Trainer["step"]>[0], how: Parameters<Trainer["step"]>[1] = {}) =>
        engine.trainStep(rows, { learningRate: 1e-3, ...how }),
      tokenLosses: (rows: Parameters<Trainer["tokenLosses"]>[0]) => engine.tokenLosses(rows),
    };
    const summary = await updatePolicy(trainer, lessons, {
      ...surrogate,
      objective,
      passes: 1,
      batchTokens: 1000,
      learningRate: 1e-3,
      seed: "one step",
      reference,
    });
    assert.equal(summary.steps, 1);
    if (objective === "surrogate") assert.ok(summary.clipped > 0 && summary.clipped < 1);
    const mean = new ParameterLayout(config).unflatten(engine.exportState().mean);
    await engine.release();
    const tensors = float64(weights);
    const loss = () => {
      let [sum, count] = [0, 0];
      for (const [k, { ids, sampled, logprobs, advantages }] of lessons.entries()) {
        const now = tokenLogprobs(config, tensors, ids);
        for (const [i, own] of sampled.entries()) {
          if (own !== 1) continue;
          count++;
          const terms = {
            current: now[i],
            sampled: logprobs[i],
            advantage: advantages[i],
            reference: reference?.[k][i],
          };
          sum += objective === "likelihood"
            ? -advantages[i] * now[i]
            : surrogateLoss(terms, surrogate);
        }
      }
      return sum / count;
    };
    for (const [tensor, expected] of differences(tensors, loss)) {
      assertClose(mean.get(tensor)!.data.map((x) => 10 * x), expected, 5e-5, tensor);
    }
  });
}

Deno.test("grpo reaches the known optimum of a toy task", async () => {
  // After token p the only rewarded token is p + 4.
  const prompts = [1, 2, 3];
  // Every token is about as likely at first: what is never drawn cannot be rewarded.
  const even: Weights = new Map(
    [...weights].map((
      [name, { shape, data }],
    ) => [name, { shape, data: name.includes("norm") ? data : data.map((x) => x / 4) }]),
  );
  await using trainer = await Trainer.create(config, even, { threads: 1, weightDecay: 0 });
  const random = new Random("toy");
  let reward = 0;
  for (let round = 0; round < 40; round++) {
    const tensors = float64(await trainer.weights());
    const lessons: Lesson[] = [];
    const rewards: number[] = [];
    for (const prompt of prompts) {
      const row = [...qwen2Logits(config, tensors, [prompt])];
      const sum = row.reduce((total, logit) => total + Math.exp(logit), 0);
      const shares = row.map((logit) => Math.exp(logit) / sum);
      const group = Array.from({ length: 16 }, () => {
        let left = random.next();
        const drawn = shares.findIndex((share) => (left -= share) < 0);
        return drawn < 0 ? shares.length - 1 : drawn;
      });
      const own = group.map((token) => token === prompt + 4 ? 1 : 0);
      rewards.push(...own);
      for (const [i, advantage] of groupAdvantages(own, "group").entries()) {
        lessons.push({
          ids: Int32Array.of(prompt, group[i]),
          sampled: Uint8Array.of(0, 1),
          logprobs: Float32Array.of(0, Math.log(shares[group[i]])),
          turns: Int32Array.of(-1, 0),
          advantages: Float32Array.of(0, advantage),
        });
      }
    }
    reward = rewards.reduce((a, b) => a + b, 0) / rewards.length;
    await updatePolicy(trainer, lessons, {
      objective: "surrogate",
      clip: 0.2,
      klWeight: 0,
      passes: 2,
      batchTokens: 1000,
      learningRate: 0.02,
      seed: `${round}`,
    });
  }
  assert.ok(reward > 0.97, `the reward is ${reward}`);
});
