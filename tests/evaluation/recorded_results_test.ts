import assert from "node:assert/strict";
import { buildReport } from "@potstill/report/build_report.ts";
import { agreement } from "@potstill/evaluation/agreement.ts";
import { importResult } from "@potstill/evaluation/import_results.ts";
import type { MathPolicy } from "@potstill/grading/math/policy.ts";
import { gradeTask } from "@potstill/grading/grade_task.ts";
import { loadBenchmark } from "@potstill/tasks/load_benchmark.ts";

const SHARED = new URL("../../../shared/data/", import.meta.url).pathname;
const isThere = await Deno.stat(`${SHARED}traces`).then(() => true, () => false);
const skipped = isThere ? "" : " (skipped: the recorded results are not on this machine)";

function recorded(name: string, mathPolicy?: MathPolicy) {
  return Deno.readTextFileSync(`${SHARED}traces/${name}.jsonl`).trim().split("\n")
    .map((line, i) => importResult(JSON.parse(line), i + 1, { system: "recorded", mathPolicy }));
}

const MATH = "cot_qwen2.5-1.5b_math_500_20250414";
const GSM = "cot_qwen2.5-1.5b_gsm_hard_500_20250507";

/** The ids in the first column of the table under a heading of docs/grading.md. */
function listed(heading: string): string[] {
  const doc = Deno.readTextFileSync(new URL("../../docs/grading.md", import.meta.url));
  const section = doc.split(/^#+ /m).find((part) => part.startsWith(heading)) ?? "";
  return [...section.matchAll(/^\|\s*(\d+)\s*\|/gm)].map((match) => match[1]).sort();
}

Deno.test(`recorded mathematics: verdicts agree with the recorded grader's${skipped}`, {
  ignore: !isThere,
}, () => {
  const expected = [
    [MATH, "rounded", 0.474, 0.488],
    [MATH, "qwen2.5-math", 0.474, 0.472],
    [GSM, "rounded", 0.48, 0.388],
    [GSM, "tolerant", 0.48, 0.404],
    [GSM, "qwen2.5-math", 0.48, 0.482],
  ] as const;
  for (const [name, policy, recordedAccuracy, ours] of expected) {
    const results = recorded(name, policy);
    const verdicts = results.map((result) => result.row.verdict);
    const scores = results.map((result) => result.recorded);
    const { n, rate } = agreement(verdicts, scores);
    assert.equal(n, 500);
    const least = policy === "qwen2.5-math" ? 0.98 : 0.9;
    assert.ok(rate >= least, `${name}, ${policy}: ${rate}`);
    const share = (list: readonly string[]) => list.filter((v) => v === "correct").length / 500;
    assert.equal(share(scores), recordedAccuracy);
    assert.equal(share(verdicts), ours);
  }
});

Deno.test(`recorded mathematics: every disagreement is in docs/grading.md${skipped}`, {
  ignore: !isThere,
}, () => {
  const differing = (name: string, policy?: MathPolicy) =>
    recorded(name, policy).filter((r) => r.row.verdict !== r.recorded).map((r) => r.row.taskId)
      .sort();
  assert.deepEqual(differing(MATH), listed("MATH500: disagreements"));
  assert.deepEqual(differing(GSM), listed("GSM-Hard: disagreements"));
  assert.deepEqual(differing(GSM, "qwen2.5-math"), ["1219"]);
  assert.deepEqual(differing(MATH, "exact"), differing(MATH));
});

Deno.test(`recorded questions: exact match is stricter than the judge${skipped}`, {
  ignore: !isThere,
}, () => {
  for (
    const [name, judged] of [["hotpotqa_500_20250422", 92], ["musique_500_20250504", 18]] as const
  ) {
    const results = recorded(`cot_qwen2.5-1.5b_${name}`);
    assert.equal(results.filter((r) => r.recorded === "correct").length, judged);
    const a = agreement(results.map((r) => r.row.verdict), results.map((r) => r.recorded));
    assert.ok(a.firstOnly <= 1, `${a.firstOnly} exact matches that the judge took for wrong`);
    assert.ok(a.secondOnly > a.firstOnly);
  }
});

Deno.test(
  `recorded results make the four-benchmark table${skipped}`,
  { ignore: !isThere },
  async () => {
    const names = [
      MATH,
      GSM,
      "cot_qwen2.5-1.5b_hotpotqa_500_20250422",
      "cot_qwen2.5-1.5b_musique_500_20250504",
    ];
    const rows = names.flatMap((name) => recorded(name, "qwen2.5-math")).flatMap((
      { row, recorded },
    ) => [
      { ...row, system: "graded anew" },
      { ...row, system: "as recorded", verdict: recorded },
    ]);
    const { summary, tables } = await buildReport({
      title: "Recorded answers",
      description: [],
      run: { runId: "recorded", command: "", seed: 0 },
      systems: [],
      rows,
      lossCurves: [],
      comparisons: [["graded anew", "as recorded"]],
    });
    const accuracy = (benchmark: string) =>
      summary.scores.find((s) => s.system === "as recorded" && s.benchmark === benchmark)!.accuracy;
    assert.deepEqual(
      ["math", "gsm-hard", "hotpotqa", "musique"].map((name) => accuracy(name).estimate),
      [0.474, 0.48, 0.184, 0.036],
    );
    // 86 clusters of MuSiQue tell less than 500 questions, and it is in no other benchmark.
    assert.ok(accuracy("musique").high - accuracy("musique").low > 0.038);
    assert.equal(tables.main.rows.length, 2);
    assert.equal(tables.paired!.rows[0].at(-2), "2000");
  },
);

Deno.test(`recorded agent runs become rows with steps and errors${skipped}`, {
  ignore: !isThere,
}, () => {
  const results = recorded("agent_runs_math500");
  assert.equal(results.length, 7);
  for (const { row, recorded } of results) {
    assert.equal(row.paradigm, "agent");
    assert.ok(row.steps >= 1 && row.steps <= 6);
    assert.equal(row.verdict, recorded, row.taskId);
  }
  const first = results[0].row;
  assert.deepEqual([first.errorKinds.parse, first.errorKinds["max-steps"]], [5, 1]);
});

Deno.test(
  `every gold answer is correct against itself${skipped}`,
  { ignore: !isThere },
  async () => {
    for await (const entry of Deno.readDir(`${SHARED}benchmarks`)) {
      const { tasks, examples } = await loadBenchmark(`${SHARED}benchmarks/${entry.name}`);
      const correct = tasks.filter((task) => {
        const written = task.kind === "math"
          ? `So \\boxed{${task.answer}}.`
          : `<answer>${task.answer}</answer>`;
        return gradeTask(task, written).verdict === "correct";
      }).length;
      assert.ok(correct >= 0.995 * examples, `${entry.name}: ${correct} of ${examples}`);
      assert.equal(correct, tasks.length, entry.name);
    }
  },
);
