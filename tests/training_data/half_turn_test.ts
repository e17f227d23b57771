import assert from "node:assert/strict";
import { preferencePairs } from "@potstill/trajectories/preference_pairs.ts";
import { filterTrajectories } from "@potstill/trajectories/filter_trajectories.ts";
import { exportFormats } from "@potstill/training_data/formats/export_formats.ts";
import { planMasks } from "@potstill/training_data/formats/plan_masks.ts";
import { trainingExample } from "@potstill/training_data/training_example.ts";
import { checkTrajectory } from "@potstill/records/check.ts";
import type { FinishReason, Step } from "@potstill/records/step.ts";
import type { Trajectory } from "@potstill/records/trajectory.ts";
import { loadChatTemplate } from "@potstill/tokenizer/load_chat_template.ts";
import { trainTokenizer } from "@potstill/tokenizer/train_tokenizer.ts";
import { tokenizeConversations } from "@potstill/training_data/tokenize_conversations.ts";
import { trainingConversation } from "@potstill/training_data/training_conversation.ts";

const REASONS: readonly FinishReason[] = ["length", "content_filter", "error", "abort"];

function step(index: number, finishReason: FinishReason | undefined, isFinal = false): Step {
  return {
    index,
    modelOutput: `Thought: turn ${index}`,
    thought: `turn ${index}`,
    code: null,
    observation: isFinal ? "" : `Observation: ${index}`,
    ...(finishReason === undefined ? {} : { finishReason }),
    toolCalls: [],
    isFinal,
    error: null,
    tokens: { prompt: 1, completion: 1 },
    durations: { generateMs: 0, executeMs: 0 },
  };
}

function trajectory(steps: readonly Step[], correct = true): Trajectory {
  return {
    id: `t${steps.length}${correct}`,
    model: "m",
    paradigm: "agent",
    task: { id: "t", benchmark: "b", question: "q", answer: "a", split: "train", kind: "qa" },
    prompt: [{ role: "system", content: "long" }, { role: "user", content: "q" }],
    steps,
    answer: "a",
    correct,
    seed: 0,
  };
}

const tokenizer = trainTokenizer(["Thought: turn 1 Observation: 2 q a"], await loadChatTemplate(), {
  vocabSize: 280,
});

function learnedText(one: Trajectory): string {
  const { examples } = tokenizeConversations(tokenizer, tokenizer.chatTemplate(), [
    trainingConversation(one, "short"),
  ]);
  return examples.map(({ ids, trained }) =>
    tokenizer.decode(ids.filter((_, i) => trained[i] === 1))
  )
    .join("|");
}

Deno.test("a trajectory with a turn that broke off is rejected, whatever broke it off", () => {
  for (const reason of REASONS) {
    const one = trajectory([step(0, reason), step(1, "stop", true)]);
    assert.deepEqual(filterTrajectories([checkTrajectory(one)]).rejected[0].reasons, ["half-turn"]);
  }
  const whole = trajectory([step(0, undefined), step(1, "stop", true)]);
  assert.equal(filterTrajectories([whole]).kept.length, 1);
});

Deno.test("a record with an unknown finish reason is refused by name", () => {
  const one = trajectory([step(0, "tired" as FinishReason, true)]);
  assert.throws(
    () => checkTrajectory(one),
    /steps\[0\]\.finishReason is not one of stop, .*"tired"/,
  );
});

Deno.test("half turns are context: their tokens are never learned", () => {
  const middle = trajectory([step(0, "stop"), step(1, "length"), step(2, "stop", true)]);
  assert.equal(learnedText(middle), "Thought: turn 0<|im_end|>Thought: turn 2<|im_end|>");
  const end = trajectory([step(0, "stop"), step(1, "abort", true)]);
  assert.equal(learnedText(end), "Thought: turn 0<|im_end|>");
  assert.equal(learnedText(trajectory([step(0, "error", true)])), "");
});

Deno.test("exports without the filter leave half turns out too, in every format", () => {
  const middle = trajectory([step(0, "stop"), step(1, "length"), step(2, "stop", true)]);
  const example = trainingExample(middle, "short")!;
  assert.deepEqual(example.learned, [2, 6]);
  const { examples, isLastOnly } = planMasks(exportFormats.trl, [example]);
  assert.equal(isLastOnly, true);
  assert.deepEqual(examples.map(({ learned }) => learned), [[2], [6]]);
  for (const name of ["trl", "messages", "axolotl", "llama-factory", "unsloth"] as const) {
    const format = exportFormats[name];
    const plan = planMasks(format, [example]);
    for (const one of plan.examples) {
      for (const result of format.rows(one, plan.isLastOnly)) {
        assert.ok("row" in result, `${name}: ${JSON.stringify(result)}`);
        assert.equal(format.check(result.row), null);
      }
    }
  }
  assert.equal(trainingExample(trajectory([step(0, "content_filter", true)]), null), null);
  const last = trainingExample(trajectory([step(0, "stop"), step(1, "error", true)]), null)!;
  assert.deepEqual([last.learned, last.messages.length], [[2], 3]);
});

Deno.test("a turn that broke off is on no side of a preference pair", () => {
  const good = trajectory([step(0, "stop", true)]);
  const bad = trajectory([{ ...step(0, "length", true), modelOutput: "Thought: other" }], false);
  const rejected = [{ trajectory: bad, reasons: ["wrong-answer" as const] }];
  assert.equal(preferencePairs({ kept: [good], rejected }).length, 0);
  const whole = trajectory([{ ...step(0, "stop", true), modelOutput: "Thought: other" }], false);
  const pairs = preferencePairs({
    kept: [good],
    rejected: [{ ...rejected[0], trajectory: whole }],
  });
  assert.equal(pairs.length, 1);
});
