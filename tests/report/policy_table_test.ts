import assert from "node:assert/strict";
import { policyScores, policySentence, policyTable } from "@potstill/report/policy_table.ts";
import { buildReport } from "@potstill/report/build_report.ts";
import { rowsFrame, rowsFromFrame } from "@potstill/evaluation/rows_frame.ts";
import { importResult } from "@potstill/evaluation/import_results.ts";
import { DEFAULT_MATH_POLICY } from "@potstill/grading/math/policy.ts";
import { rowFromTrajectories } from "@potstill/evaluation/row_from_trajectories.ts";
import type { Task } from "@potstill/records/task.ts";
import type { Trajectory } from "@potstill/records/trajectory.ts";
import { row } from "../evaluation/rows.ts";

const other = { policy: "rounded", otherPolicy: "qwen2.5-math" } as const;
const rows = [
  row({
    benchmark: "gsm-hard",
    taskId: "1",
    verdict: "correct",
    ...other,
    otherVerdict: "correct",
  }),
  row({ benchmark: "gsm-hard", taskId: "2", verdict: "wrong", ...other, otherVerdict: "correct" }),
  row({ benchmark: "gsm-hard", taskId: "3", verdict: "unscored", ...other, otherVerdict: "wrong" }),
  row({ benchmark: "math", taskId: "1", verdict: "correct", ...other, otherVerdict: "correct" }),
  row({ benchmark: "lab-math", taskId: "1", verdict: "correct", policy: "exact" }),
  row({ benchmark: "hotpotqa", taskId: "1", kind: "qa", verdict: "correct" }),
];

Deno.test("both policies' figures stand in a table where their verdicts differ", () => {
  const scores = policyScores(rows);
  assert.deepEqual(scores.map(({ benchmark, differ }) => [benchmark, differ]), [
    ["gsm-hard", 2],
    ["math", 0],
  ]);
  // One of the three could not be graded by the first policy.
  assert.deepEqual([scores[0].accuracy, scores[0].otherAccuracy], [1 / 2, 2 / 3]);
  const table = policyTable(rows)!;
  assert.deepEqual(table.rows, [
    ["A", "gsm-hard", "3", "rounded", "50.0", "qwen2.5-math", "66.7", "2"],
  ]);
  assert.equal(table.frame.height, 2);
  assert.equal(policyTable(rows.slice(3)), null);
});

Deno.test("a report names the policies of its mathematics", async () => {
  const report = await buildReport({
    title: "T",
    description: [],
    systems: [],
    lossCurves: [],
    comparisons: [],
    run: { runId: "r", command: "", seed: 0 },
    rows,
  });
  assert.match(report.tables.main.caption, /policies rounded \(gsm-hard, math\) and exact \(lab-/);
  assert.equal(report.tables.policies?.rows.length, 1);
  assert.equal(policySentence(rows.slice(4)), "Mathematics is graded by the policy exact.");
  assert.equal(policySentence([row({ kind: "qa" })]), "");
});

Deno.test("rows keep their policies through a frame, and older rows have none", () => {
  const old = row({ benchmark: "math" });
  assert.deepEqual(rowsFromFrame(rowsFrame([...rows, old])), [...rows, old]);
});

Deno.test("graded rows hold the policy and the verdict of the one beside it", () => {
  const task: Task = {
    id: "1",
    split: "test",
    kind: "math",
    question: "?",
    benchmark: "gsm-hard",
    answer: "1000000",
  };
  const trajectory: Trajectory = {
    id: "1",
    paradigm: "cot",
    model: "m",
    seed: 0,
    steps: [],
    messages: [],
    correct: null,
    task,
    answer: "1000001",
    firstThought: null,
  } as unknown as Trajectory;
  const context = {
    runId: "r",
    system: "s",
    student: null,
    teacher: null,
    inDomain: false,
    seed: 0,
  };
  const plain = rowFromTrajectories([trajectory], { ...context, mathPolicy: "exact" });
  assert.deepEqual(
    [plain.verdict, plain.policy, plain.otherPolicy, plain.otherVerdict],
    ["wrong", "exact", "qwen2.5-math", "correct"],
  );
  const reference = rowFromTrajectories([trajectory], { ...context, mathPolicy: "qwen2.5-math" });
  assert.deepEqual(
    [reference.verdict, reference.policy, reference.otherPolicy],
    ["correct", "qwen2.5-math", DEFAULT_MATH_POLICY],
  );
  const lab = { ...trajectory, task: { ...task, benchmark: "lab-gsm-hard" } };
  const ofLab = rowFromTrajectories([lab], context);
  assert.deepEqual([ofLab.verdict, ofLab.policy, ofLab.otherPolicy], ["wrong", "exact", undefined]);

  const record = {
    id: 1,
    dataset_name: "gsm-hard",
    answer: "1000000",
    response: "\\boxed{1000001}",
  };
  const imported = importResult(record, 1, { system: "s", mathPolicy: "exact" }).row;
  assert.deepEqual([imported.verdict, imported.otherVerdict], ["wrong", "correct"]);
});
