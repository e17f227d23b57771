import assert from "node:assert/strict";
import { checkEvaluationRow } from "@potstill/evaluation/check_evaluation_row.ts";
import { systemIdOf, TEACHER_TRAINING_ID } from "@potstill/evaluation/system_id.ts";
import { systemSlugs } from "@potstill/experiments/distill/system_facts.ts";
import { systemName } from "@potstill/experiments/distill/systems.ts";
import { rowsFrame, rowsFromFrame } from "@potstill/evaluation/rows_frame.ts";
import { compareSystems } from "@potstill/evaluation/compare_systems.ts";
import { buildReport } from "@potstill/report/build_report.ts";
import { row } from "./rows.ts";

Deno.test("rows without an id have that of the system that their name stands for", () => {
  for (const samples of [1, 2, 8, 64]) {
    // Rows of the untrained base model have had ids from their beginning.
    for (const slug of systemSlugs.filter((slug) => !slug.startsWith("base-"))) {
      assert.equal(systemIdOf({ system: systemName(slug, samples) }), slug);
    }
  }
  assert.equal(systemIdOf({ system: "teacher agent, training tasks" }), TEACHER_TRAINING_ID);
  assert.equal(systemIdOf({ system: "Qwen2.5-1.5B agent, sag 8" }), "qwen2-5-1-5b-agent-sag-8");
  assert.equal(systemIdOf({ system: "Schülerin №2" }), "schülerin-2");
  assert.notEqual(
    systemIdOf({ system: "m CoT, majority of 4" }),
    systemIdOf({ system: "m CoT, majority of 8" }),
  );
  assert.equal(systemIdOf({ system: "?!" }), "?!");
});

Deno.test("an id counts before the name, and stays through a frame", () => {
  const renamed = row({ system: "my agent", systemId: "agent-student" });
  assert.equal(systemIdOf(renamed), "agent-student");
  const plain = row({ system: "agent student" });
  assert.deepEqual(rowsFromFrame(rowsFrame([renamed, plain])), [renamed, plain]);
  const wrong = { ...renamed, systemId: 3 } as unknown as Parameters<typeof checkEvaluationRow>[0];
  assert.throws(() => checkEvaluationRow(wrong), /field systemId of an evaluation row is 3/);
});

Deno.test("two systems are compared by id, or by name where there is one", () => {
  const rows = [1, 2, 3].flatMap((n) => [
    row({ taskId: `${n}`, system: "CoT" }),
    row({ taskId: `${n}`, system: "cot", verdict: "wrong" }),
    row({ taskId: `${n}`, system: "ours", systemId: "agent-student" }),
  ]);
  assert.equal(compareSystems(rows, "agent-student", "cot").difference.estimate, 1);
  assert.equal(compareSystems(rows, "ours", "CoT").difference.estimate, 0);
  assert.equal(compareSystems(rows, "agent-student", "nobody").difference.n, 0);
});

const page = {
  title: "t",
  description: [],
  run: { runId: "r", command: "c", seed: 0 },
  systems: [],
  lossCurves: [],
};

Deno.test("systems to compare are named by id or by name; two of one name are refused", async () => {
  const rows = [1, 2, 3].flatMap((n) => [
    row({ taskId: `${n}`, system: "ours", systemId: "a" }),
    row({ taskId: `${n}`, system: "theirs", systemId: "b", verdict: "wrong" }),
  ]);
  const { comparisons } = await buildReport({ ...page, rows, comparisons: [["a", "theirs"]] });
  assert.deepEqual([comparisons[0].a, comparisons[0].b], ["ours", "theirs"]);
  await assert.rejects(
    buildReport({ ...page, rows, comparisons: [["a", "c"]] }),
    /no rows of the system "c" to compare/,
  );
  const same = rows.map((one) => ({ ...one, system: "ours" }));
  await assert.rejects(
    buildReport({ ...page, rows: same, comparisons: [] }),
    /two systems, a and b, are called "ours"; give one of them another name/,
  );
});
