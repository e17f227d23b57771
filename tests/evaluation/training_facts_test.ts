import assert from "node:assert/strict";
import { join } from "node:path";
import { evaluateSystem } from "@potstill/evaluation/evaluate_system.ts";
import { trainingFacts } from "@potstill/evaluation/training_facts.ts";
import { testSplitWarning } from "@potstill/trajectories/test_split_warning.ts";
import { loadTrajectories } from "@potstill/trajectories/load_trajectories.ts";
import { writeExport } from "@potstill/training_data/formats/write_export.ts";
import { generate } from "@potstill/generation/generate.ts";
import { loadLabBenchmark } from "@potstill/lab/benchmarks.ts";
import type { Trajectory } from "@potstill/records/trajectory.ts";
import { readManifest } from "@potstill/runs/read_manifest.ts";
import { loadStudent } from "@potstill/student/load_student.ts";
import { saveStudent } from "@potstill/student/export/save_student.ts";
import { runCardFacts } from "@potstill/student/export/run_card_facts.ts";
import { originOf, questionDigest, readOrigin } from "@potstill/training_data/student_origin.ts";
import { loggedProgress } from "../logged_progress.ts";
import { tinyStudent } from "../models/server/tiny_student.ts";

const test = loadLabBenchmark("lab-gsm-hard", { split: "test", count: 4, seed: 0 });

function trajectory(task: Trajectory["task"]): Trajectory {
  return {
    id: `${task.id}#0`,
    task,
    paradigm: "cot",
    model: "a teacher",
    prompt: [],
    steps: [],
    answer: task.answer,
    correct: true,
    seed: 0,
  };
}

async function withStudent(body: (folder: string, dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "potstill-" });
  const folder = join(dir, "student");
  const model = await tinyStudent();
  const { config, tokenizer } = model.engine;
  const { initWeights } = await import("@potstill/student/weights.ts");
  await saveStudent(folder, { config, weights: initWeights(config, 1), tokenizer });
  await model.dispose();
  try {
    await body(folder, dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

function evaluation(folder: string, out: string, logged: string[]) {
  const progress = loggedProgress(logged);
  return evaluateSystem({
    benchmark: "lab-gsm-hard",
    limit: 4,
    system: "cot",
    teacher: { student: folder },
    out,
    store: join(out, "store"),
    progress,
  });
}

Deno.test("a student's folder says what it was trained on, and an evaluation compares", async () => {
  await withStudent(async (folder, dir) => {
    const logged: string[] = [];
    const unknown = await evaluation(folder, join(dir, "a"), logged);
    assert.match(logged.join("\n"), /what the student was trained on is unknown/);
    assert.deepEqual(unknown.rows.map((row) => [row.teacher, row.trainedOn]), [
      ...Array(4).fill([null, undefined]),
    ]);
    assert.equal(unknown.score!.accuracy.n, 4, "every attempt counts");

    const origin = originOf([trajectory(test[0]), trajectory(test[2])], null);
    await saveStudent(folder, await loadStudent(folder), { origin });
    assert.deepEqual(await readOrigin(folder), origin);
    const known: string[] = [];
    const compared = await evaluation(folder, join(dir, "b"), known);
    assert.match(known.join("\n"), /WARNING: the student was trained on 2 of these 4 questions/);
    assert.match(compared.warnings.join("\n"), /2 of these 4/);
    const { warnings } = await readManifest(join(compared.path, "manifest.json"));
    assert.match(warnings!.join(), /WARNING: the student was trained on 2 of these 4 questions/);
    const facts = compared.rows.map((row) => [row.teacher, row.inDomain, row.trainedOn]);
    assert.deepEqual(facts, [true, false, true, false].map((seen) => ["a teacher", true, seen]));

    const card = await Deno.readTextFile(join(folder, "README.md"));
    assert.match(card, /\| Teacher \| a teacher \|/);
    assert.match(card, /2 of lab-gsm-hard \(test\)/);
    assert.equal((await runCardFacts(folder)).teacher, "a teacher");
  });
});

Deno.test("only what is recorded is said: other benchmarks, first thoughts, broken records", async () => {
  await withStudent(async (folder) => {
    const firstThought = { text: "Thought: x", continuation: "native" } as const;
    const origin = originOf([{ ...trajectory(test[0]), firstThought }], null);
    await saveStudent(folder, await loadStudent(folder), { origin });
    const facts = await trainingFacts({ student: folder });
    assert.deepEqual(
      [facts.inDomain("lab-gsm-hard"), facts.inDomain("lab-hotpotqa"), facts.firstThoughtPrefix],
      [true, false, true],
    );
    assert.equal(facts.hasSeen(test[1]), false);
    assert.equal((await trainingFacts("lab-expert")).notes(test).length, 0);
    for (const broken of ["{}", "null", '{"format": 2}', "[1]", "{"]) {
      await Deno.writeTextFile(join(folder, "trained_on.json"), broken);
      await assert.rejects(trainingFacts({ student: folder }), /Cannot read .*trained_on\.json/);
    }
  });
});

Deno.test("questions are the same whatever their case, white space and accents' encoding", () => {
  const digest = questionDigest("Who  was Beyoncé?\n");
  assert.equal(questionDigest("who was BEYONCE\u0301?"), digest);
  assert.notEqual(questionDigest("who was Beyonce?"), digest);
  assert.match(digest, /^[0-9a-f]{16}$/);
});

Deno.test("trajectories of a test split are never trained on without a word", async () => {
  const dir = await Deno.makeTempDir({ prefix: "potstill-" });
  const logged: string[] = [];
  const progress = loggedProgress(logged);
  const file = join(dir, "musique.jsonl");
  await Deno.writeTextFile(
    file,
    loadLabBenchmark("lab-hotpotqa", { split: "test", count: 3, seed: 0 }).map((task, i) =>
      JSON.stringify({ ...task, split: i === 0 ? "train" : "test" }) + "\n"
    ).join(""),
  );
  const out = join(dir, "run");
  const run = { benchmark: file, paradigm: "cot", search: "none", out, progress } as const;
  await generate({ ...run, teacher: "lab-expert", store: join(dir, "store") });
  assert.match(logged.join("\n"), /WARNING: \d of 3 tasks are of a test split/);
  const manifest = JSON.parse(await Deno.readTextFile(join(out, "manifest.json")));
  assert.match(manifest.resolved.split, /test/);
  assert.match(manifest.warnings.join(), /of 3 tasks are of a test split/);
  const loaded = await loadTrajectories(out);
  const { warnings } = await writeExport(loaded, {
    to: "messages",
    out: join(dir, "data"),
    isUnfiltered: true,
  });
  assert.match(warnings.join(), /of 3 trajectories are of tasks of a test split/);
  const origin = await readOrigin(join(dir, "data"));
  assert.equal(origin!.questions.length, 3);
  assert.equal(testSplitWarning([trajectory({ ...test[0], split: "train" })]), null);
  // A run of before, whose manifest says otherwise, goes on.
  await Deno.writeTextFile(
    join(out, "manifest.json"),
    JSON.stringify({ ...manifest, resolved: { ...manifest.resolved, split: "train" } }),
  );
  const again = { ...run, teacher: "lab-expert", store: join(dir, "store"), resume: true } as const;
  assert.equal((await generate(again)).status, "complete");
  await Deno.remove(dir, { recursive: true });
});
