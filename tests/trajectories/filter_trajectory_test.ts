import assert from "node:assert/strict";
import { filterTrajectory } from "../../lib/trajectories/filter_trajectory.ts";
import { filterTrajectories } from "../../lib/trajectories/filter_trajectories.ts";
import type { Step, StepErrorKind } from "../../lib/records/step.ts";
import type { Trajectory } from "../../lib/records/trajectory.ts";

function step(kind: StepErrorKind | null): Step {
  return {
    index: 0,
    modelOutput: "x",
    thought: "",
    code: null,
    observation: "",
    toolCalls: [],
    isFinal: kind === null,
    error: kind === null ? null : { kind, message: "m" },
    tokens: { prompt: 1, completion: 1 },
    durations: { generateMs: 0, executeMs: 0 },
  };
}

function trajectory(
  correct: boolean | null,
  kinds: (StepErrorKind | null)[],
  answer: string | null = "a",
): Trajectory {
  return {
    id: `t-${kinds.join()}`,
    task: { id: "1", benchmark: "b", split: "train", kind: "qa", question: "q", answer: "a" },
    paradigm: "agent",
    model: "m",
    prompt: [],
    steps: kinds.map(step),
    answer,
    correct,
    seed: 0,
  };
}

Deno.test("a correct trajectory is kept, also after an execution error or a timeout", () => {
  for (const kinds of [[null], ["execution", null], ["timeout", null]] as const) {
    assert.deepEqual(filterTrajectory(trajectory(true, [...kinds])), { kept: true, reasons: [] });
  }
});

Deno.test("each defect has its reason", () => {
  const reasons = (t: Trajectory) => filterTrajectory(t).reasons;
  assert.deepEqual(reasons(trajectory(false, [null])), ["wrong-answer"]);
  assert.deepEqual(reasons(trajectory(null, [null])), ["could-not-grade"]);
  assert.deepEqual(reasons(trajectory(true, ["parse", null])), ["parse-error"]);
  assert.deepEqual(reasons(trajectory(null, ["max-steps"], null)), ["max-steps", "no-answer"]);
  assert.deepEqual(reasons(trajectory(null, ["generation"], null)), [
    "generation-error",
    "no-answer",
  ]);
});

Deno.test("rejected trajectories are kept apart with their reasons, and counted", () => {
  const all = [trajectory(true, [null]), trajectory(false, ["parse", null])];
  const result = filterTrajectories(all);
  assert.deepEqual(result.kept, [all[0]]);
  assert.deepEqual(result.rejected, [{
    trajectory: all[1],
    reasons: ["parse-error", "wrong-answer"],
  }]);
  assert.deepEqual(result.counts, { "parse-error": 1, "wrong-answer": 1 });
});

for (const finishReason of ["length", "content_filter", "tool_calls", "unknown"] as const) {
  Deno.test(`a turn that ended with ${finishReason} is not learned, wherever it stands`, () => {
    const whole = trajectory(true, [null, null]);
    for (const at of [0, 1]) {
      const steps = whole.steps.map((step, i) => (i === at ? { ...step, finishReason } : step));
      assert.deepEqual(filterTrajectory({ ...whole, steps }).reasons, ["half-turn"]);
    }
    const ended = whole.steps.map((step) => ({ ...step, finishReason: "stop" as const }));
    assert.deepEqual(filterTrajectory({ ...whole, steps: ended }).reasons, []);
  });
}

Deno.test("imported training data without a verdict is kept as its maker gave it", () => {
  const data = (changes: Partial<Trajectory>, imported = true): Trajectory => {
    const base = trajectory(null, [null]);
    return {
      ...base,
      task: { ...base.task, answer: "" },
      ...changes,
      ...(imported
        ? { imported: { form: "chat", file: "f", line: 1, part: null, record: null } }
        : {}),
    } as Trajectory;
  };
  const all = [
    data({}),
    data({ answer: null }),
    data({ correct: false }),
    data({ steps: [] }),
    data({}, false),
    data({ steps: [step("parse")] }),
  ];
  assert.deepEqual(filterTrajectories(all).kept, all.slice(0, 2));
});
