import assert from "node:assert/strict";
import { gradeTask } from "@potstill/grading/grade_task.ts";
import { gradeTrajectory } from "@potstill/grading/grade_trajectory.ts";
import { mathPolicyOf, policyOf, qaPolicyOf } from "@potstill/grading/task_policy.ts";
import { attemptKey } from "@potstill/generation/attempt_identity.ts";
import { labBenchmarks } from "@potstill/lab/benchmarks.ts";
import { checkTask } from "@potstill/records/check.ts";
import { GRADING_POLICIES, type Task } from "@potstill/records/task.ts";
import type { Trajectory } from "@potstill/records/trajectory.ts";
import { benchmarkFromBytes } from "@potstill/tasks/load_benchmark.ts";
import { rowFromTrajectories } from "@potstill/evaluation/row_from_trajectories.ts";

const math = { kind: "math", benchmark: "gsm8k" } as const;
const qa = { kind: "qa", benchmark: "hotpotqa" } as const;

Deno.test("a policy is the task's own, else its benchmark's, else its kind's", () => {
  assert.equal(policyOf(math), "rounded");
  assert.equal(policyOf(qa), "hotpotqa");
  assert.equal(policyOf({ ...qa, benchmark: "musique" }), "musique");
  assert.equal(policyOf({ ...qa, benchmark: "musique", grading: "hotpotqa" }), "hotpotqa");
  assert.equal(policyOf({ ...math, benchmark: "lab-math", grading: "tolerant" }), "tolerant");
  assert.throws(
    () => mathPolicyOf({ ...math, grading: "musique" }),
    /its grading musique; for math/,
  );
  assert.throws(() => qaPolicyOf({ ...qa, grading: "exact" }), /its grading exact; for qa/);
});

Deno.test("no part of a benchmark's name decides", () => {
  for (const benchmark of ["lab-of-mine", "lab-math-2", "my lab-math", "LAB-MATH"]) {
    assert.equal(policyOf({ kind: "math", benchmark }), "rounded", benchmark);
  }
  for (const benchmark of ["not-musique", "musique-like", "amusiques"]) {
    assert.equal(policyOf({ kind: "qa", benchmark }), "hotpotqa", benchmark);
  }
});

Deno.test("all of the lab's mathematics is exact", () => {
  for (const { name: benchmark, kind } of labBenchmarks) {
    if (kind === "math") assert.equal(policyOf({ kind, benchmark }), "exact", benchmark);
  }
  assert.equal(policyOf({ kind: "qa", benchmark: "lab-musique" }), "musique");
});

const task: Task = {
  ...{ id: "1", split: "test", question: "?", answer: "1/3" },
  ...math,
};

Deno.test("a task is graded by the policy that it names", () => {
  assert.equal(gradeTask(task, "0.333333").verdict, "correct");
  assert.equal(gradeTask({ ...task, grading: "exact" }, "0.333333").verdict, "wrong");
  const yes = { ...task, ...qa, answer: "no" };
  assert.equal(gradeTask(yes, "no way").f1, 0);
  assert.equal(gradeTask({ ...yes, grading: "musique" }, "no way").f1, 2 / 3);
});

Deno.test("a file's examples name their policy; one of another kind is none", () => {
  const lines = ["exact", "musique", "our own"].map((grading, i) =>
    JSON.stringify({ id: `${i}`, question: `What is ${i}?`, answer: `${i}`, grading })
  );
  const bytes = new TextEncoder().encode(lines.join("\n"));
  const { tasks } = benchmarkFromBytes("own.jsonl", bytes, { name: "own", kind: "math" });
  assert.deepEqual(tasks.map(({ grading }) => grading), ["exact", undefined, undefined]);
  assert.equal(checkTask(tasks[0]), tasks[0]);
  assert.throws(() => checkTask({ ...tasks[0], grading: "strict" }), /grading/);
  assert.equal(new Set(GRADING_POLICIES).size, 6);
});

Deno.test("the policy is no part of an attempt's address", () => {
  const identity = { format: 1, task } as unknown as Parameters<typeof attemptKey>[0];
  const exact = { ...identity, task: { ...task, grading: "exact" } } as typeof identity;
  assert.equal(attemptKey(exact), attemptKey(identity));
  const other = { ...identity, task: { ...task, answer: "2/3" } };
  assert.notEqual(attemptKey(other), attemptKey(identity));
});

const attempt: Trajectory = {
  ...{ id: "1", task, paradigm: "cot", model: "m", prompt: [], steps: [], seed: 0, correct: null },
  answer: "0.333333",
};
const context = {
  ...{ runId: "r", system: "s", student: null, teacher: null, inDomain: false, seed: 0 },
};

Deno.test("a row has the grade that the attempt was given, and grades again by another policy alone", () => {
  const graded = gradeTrajectory(attempt);
  assert.deepEqual([graded.correct, graded.grade], [
    true,
    { verdict: "correct", em: null, f1: null, policy: "rounded" },
  ]);
  // Of another verdict than the grader's, so that it shows which of the two a row has.
  const marked = { ...graded, grade: { ...graded.grade!, verdict: "wrong" } } as const;
  assert.equal(rowFromTrajectories([marked], context).verdict, "wrong");
  const tolerant = rowFromTrajectories([marked], { ...context, mathPolicy: "tolerant" });
  assert.deepEqual([tolerant.verdict, tolerant.policy], ["correct", "tolerant"]);
  const exact = rowFromTrajectories([graded], { ...context, mathPolicy: "exact" });
  assert.deepEqual([exact.verdict, exact.policy], ["wrong", "exact"]);
  // Stored before grades were kept.
  assert.equal(rowFromTrajectories([attempt], context).verdict, "correct");
});

Deno.test("the grade of a majority is that of the answer that it chose", () => {
  const right = gradeTrajectory({ ...attempt, answer: "1/3" });
  const wrong = gradeTrajectory({ ...attempt, answer: "7" });
  assert.equal(rowFromTrajectories([wrong, right, right], context).verdict, "correct");
  assert.equal(rowFromTrajectories([right, wrong, wrong], context).verdict, "wrong");
  const none = gradeTrajectory({ ...attempt, answer: null });
  assert.deepEqual([none.correct, none.grade?.verdict], [false, "wrong"]);
  assert.equal(rowFromTrajectories([none, none], context).verdict, "wrong");
});
