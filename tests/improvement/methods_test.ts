import assert from "node:assert/strict";
import {
  distillationLessons,
  divergenceWeights,
} from "@potstill/improvement/on_policy_distillation.ts";
import { groupAdvantages } from "@potstill/improvement/group_advantages.ts";
import { endOf, type ImproveRound } from "@potstill/improvement/improve_round.ts";
import { drawTurn } from "@potstill/improvement/replayed_turns.ts";
import { collapseOf } from "@potstill/improvement/round_figures.ts";
import { surrogateLoss, surrogateWeight } from "@potstill/improvement/surrogate.ts";
import { episodesOf } from "@potstill/improvement/episode.ts";
import { sampledTurns, storedTurns } from "@potstill/improvement/sampled_turn.ts";
import { exampleLessons } from "@potstill/improvement/lesson.ts";
import { updatePolicy } from "@potstill/improvement/update_policy.ts";
import type { PackedRow } from "@potstill/student/train/packed_row.ts";
import { checkImproveOptions } from "@potstill/experiments/improve/improve_options.ts";

Deno.test("advantages follow their definitions", () => {
  assert.deepEqual(groupAdvantages([1, 0, 0, 1], "group"), [1, -1, -1, 1]);
  assert.deepEqual(groupAdvantages([1, 1, 1], "group"), [0, 0, 0]);
  assert.deepEqual(groupAdvantages([1, 0, 0], "leave-one-out"), [1, -0.5, -0.5]);
  assert.deepEqual(groupAdvantages([1], "leave-one-out"), [0]);
  assert.deepEqual(groupAdvantages([0.9, 0.9, 0.9], "leave-one-out"), [0, 0, 0]);
});

Deno.test("the weight of a token is the gradient of its surrogate loss", () => {
  const h = 1e-6;
  for (const advantage of [1.5, -0.7]) {
    for (const now of [-2.4, -2, -1.95, -1.5]) {
      for (const reference of [undefined, -1.7]) {
        const options = { clip: 0.2, klWeight: 0.3 };
        const at = (current: number) => ({ current, sampled: -2, advantage, reference });
        const slope = (surrogateLoss(at(now + h), options) - surrogateLoss(at(now - h), options)) /
          (2 * h);
        // A weight w makes the loss w times minus the log-probability.
        assert.ok(Math.abs(-slope - surrogateWeight(at(now), options)) < 1e-7, `${now}`);
      }
    }
  }
});

Deno.test("turns are stored exactly, and go on in one sequence where tokens do", () => {
  const turn = (prompt: number[], ids: number[]) => ({
    prompt: Int32Array.from(prompt),
    ids: Int32Array.from(ids),
    logprobs: Float32Array.from(ids, (id) => -id / 7),
  });
  const turns = [turn([1, 2], [3, 4]), turn([1, 2, 3, 4, 5], [6]), turn([1, 2, 9], [7])];
  const stored = JSON.parse(JSON.stringify(storedTurns(turns)));
  assert.deepEqual(stored[1].prompt, [5]);
  assert.deepEqual(sampledTurns(stored), turns);
  const episodes = episodesOf(turns);
  assert.deepEqual(episodes.map(({ ids }) => [...ids]), [[1, 2, 3, 4, 5, 6], [1, 2, 9, 7]]);
  assert.deepEqual([...episodes[0].sampled], [0, 0, 1, 1, 0, 1]);
  assert.deepEqual([...episodes[0].turns], [-1, -1, 0, 0, -1, 1]);
  assert.deepEqual([...episodes[1].turns], [-1, -1, -1, 2]);
  assert.equal(episodes[0].logprobs[5], Math.fround(-6 / 7));
  assert.throws(() => sampledTurns([{ ...stored[0], shared: 1 }]), /it shares 1 of 0 tokens/);
});

Deno.test("distillation: teacher less student; divergent turns weigh less", () => {
  const [episode] = episodesOf([
    { prompt: Int32Array.of(1), ids: Int32Array.of(2), logprobs: Float32Array.of(-1) },
    { prompt: Int32Array.of(1, 2, 3), ids: Int32Array.of(4), logprobs: Float32Array.of(-1) },
  ]);
  const teacher = [[0, -2, -9, -4]];
  const plain = distillationLessons([episode], teacher)[0].advantages;
  assert.deepEqual([...plain], [0, -1, 0, -3]);
  // Divergences 1 and 3, mean 2.
  assert.deepEqual(divergenceWeights([1, 3]), [1, 2 / 3]);
  const weighted = distillationLessons([episode], teacher, "divergence")[0].advantages;
  assert.deepEqual([...weighted], [0, -1, 0, -2]);
});

Deno.test("an update ends with the step that trains the last of its tokens, and repeats lessons for it", async () => {
  const lessons = exampleLessons([1, 2, 3].map((id) => ({
    ids: Int32Array.of(0, id, id),
    trained: Uint8Array.of(0, 1, 1),
    weights: Float32Array.of(0, 1, 0.5),
  })));
  const seen: number[] = [];
  const trainer = {
    tokenLosses: () => Promise.resolve([]),
    step: (rows: readonly PackedRow[]) => {
      seen.push(...rows.map(({ ids }) => ids[1]));
      assert.deepEqual([...rows[0].weights!], [0, 1, 0.5]);
      const trainedTokens = 2 * rows.length;
      return Promise.resolve({
        loss: 1,
        gradNorm: 1,
        ms: 1,
        tokens: 3 * rows.length,
        trainedTokens,
      });
    },
  };
  const options = {
    objective: "likelihood" as const,
    passes: 1,
    batchTokens: 3,
    learningRate: 1,
    clip: 0.2,
    klWeight: 0,
    seed: "a",
  };
  const whole = await updatePolicy(trainer, lessons, options);
  assert.deepEqual(seen.splice(0).toSorted(), [1, 2, 3]);
  assert.equal(whole.trainedTokens, 6);
  const cut = await updatePolicy(trainer, lessons, { ...options, trainedTokens: 3 });
  assert.deepEqual([cut.steps, seen.splice(0).length], [2, 2]);
  const repeated = await updatePolicy(trainer, lessons, { ...options, trainedTokens: 13 });
  assert.equal(repeated.trainedTokens, 14);
  const twice = await updatePolicy(trainer, lessons, {
    ...options,
    trainedTokens: 13,
    mostPasses: 2,
  });
  assert.equal(twice.trainedTokens, 12, "two passes of six");
  assert.deepEqual(seen.splice(0).slice(0, 6).toSorted(), [1, 1, 2, 2, 3, 3]);
  const none = await updatePolicy(trainer, [], { ...options, trainedTokens: 9 });
  assert.equal(none.steps, 0);
});

Deno.test("turns are drawn in proportion to the decay to their power", () => {
  const counts = [0, 0, 0];
  for (let i = 0; i < 1000; i++) counts[drawTurn(3, 0.5, i / 1000)]++;
  assert.deepEqual(counts, [572, 286, 142]);
  assert.equal(drawTurn(1, 0.5, 0.99), 0);
});

Deno.test("a collapse is noticed, and budgets end the rounds", () => {
  const first = { reward: 0.5, length: 100 };
  assert.equal(collapseOf(first, { reward: 0.3, length: 120 }), null);
  assert.match(collapseOf(first, { reward: 0.2, length: 100 })!, /reward fell from 0.500 to 0.200/);
  assert.match(collapseOf(first, { reward: 0.5, length: 40 })!, /shorter, from 100 to 40.0 tokens/);
  assert.match(collapseOf(first, { reward: 0.5, length: 240 })!, /longer/);
  const round = { durationMs: 60_000, tokens: 50 } as ImproveRound;
  const limits = { rounds: 3, minutes: null, tokens: null };
  assert.equal(endOf([round, round], limits), null);
  assert.equal(endOf([round, round, round], limits), "rounds");
  assert.equal(endOf([round, round], { ...limits, minutes: 2 }), "minutes");
  assert.equal(endOf([round, round], { ...limits, tokens: 100 }), "tokens");
});

Deno.test("settings that do not fit the method are refused", () => {
  const student = "1M";
  assert.throws(() => checkImproveOptions({}), /student is missing/);
  assert.throws(() => checkImproveOptions({ student, keep: 1, method: "grpo" }), /keep is for rft/);
  assert.throws(() => checkImproveOptions({ student, method: "opd" }), /opd needs a teacher/);
  assert.throws(
    () => checkImproveOptions({ student, method: "grpo", attempts: 1 }),
    /grpo compares attempts at a task, and attempts is 1/,
  );
  assert.throws(
    () => checkImproveOptions({ student, method: "reopd", teacher: "3M" }),
    /reopd needs the teacher's trajectories/,
  );
  assert.throws(() => checkImproveOptions({ student, loraRank: 4 }), /for adaptation lora/);
  assert.throws(
    () => checkImproveOptions({ student, method: "sft", trajectories: "run", attempts: 2 }),
    /attempts is for rft, grpo, rloo, opd, sod, reopd, and the method is sft/,
  );
  assert.throws(
    () => checkImproveOptions({ student, passes: 2, roundTokens: 9 }),
    /roundTokens takes the place of passes/,
  );
});
