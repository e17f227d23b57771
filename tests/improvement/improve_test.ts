import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { improve, openProgress } from "@potstill";
import { loadStudent } from "@potstill/student/load_student.ts";
import { initWeights } from "@potstill/student/weights.ts";
import { saveStudent } from "@potstill/student/export/save_student.ts";
import { drawn } from "@potstill/experiments/improve/round_lessons.ts";
import { checkImproveOptions } from "@potstill/experiments/improve/improve_options.ts";
import { Progress } from "@potstill/runs/progress/progress.ts";
import { readOrigin } from "@potstill/training_data/student_origin.ts";
import { trajectory } from "../experiments/distill/made_up_trajectory.ts";
import { smallStudent } from "../student/small_student.ts";

const quiet = openProgress("silent");

/** A student and a teacher of the same tokenizer, as folders in `folder`. */
async function twoStudents(folder: string) {
  const parts = await smallStudent();
  const [student, teacher] = ["student", "teacher"].map((name) => join(folder, name));
  await saveStudent(student, parts, { onnx: false });
  const other = initWeights(parts.config, "another");
  await saveStudent(teacher, { ...parts, weights: other }, { onnx: false });
  return { parts, student, teacher };
}

Deno.test("improve: learns from a teacher, stores every round, and goes on where it stopped", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const { parts, student, teacher } = await twoStudents(folder);
    const settings = {
      student,
      teacher,
      method: "opd" as const,
      train: "lab-math:4",
      paradigm: "cot" as const,
      search: "none",
      tasksPerRound: 3,
      attempts: 2,
      maxNewTokens: 8,
      klWeight: 0.1,
      learningRate: 1e-3,
    };
    const run = (rounds: number, out: string, resume = false) =>
      improve({ settings: { ...settings, rounds }, out, resume, progress: quiet });
    const whole = await run(2, join(folder, "whole"));
    assert.equal(whole.end, "rounds");
    assert.equal(whole.rounds.length, 2);
    const [first, second] = whole.rounds;
    assert.equal(first.attempts!.attempts, 6);
    assert.equal(first.sampledTokens, first.attempts!.length * 6);
    assert.ok(first.steps > 0 && first.trainedTokens > 0);
    assert.ok(first.kl === 0 && second.kl !== 0);
    assert.match(whole.table, /agreement/);
    for (const file of ["report.html", "rollouts/round-002.jsonl", "rounds/round-001"]) {
      assert.ok(existsSync(join(whole.path, file)), file);
    }
    const out = join(folder, "part");
    await run(1, out);
    await run(2, out, true);
    const weights = (path: string) => readFile(join(path, "student", "model.safetensors"));
    assert.deepEqual(await weights(out), await weights(whole.path));
    const { weights: trained } = await loadStudent(whole.student);
    const name = "model.norm.weight";
    assert.notDeepEqual(trained.get(name)!.data, parts.weights.get(name)!.data);
    await assert.rejects(run(1, out), /holds one already/);
    // Killed after the state was stored and before the list of rounds was.
    await rm(join(out, "rounds.json"));
    await run(2, out, true);
    assert.equal(JSON.parse(await readFile(join(out, "rounds.json"), "utf8")).length, 2);
    const origin = (await readOrigin(whole.student))!;
    assert.deepEqual(origin.teachers, ["teacher"]);
    assert.equal(origin.data.reduce((sum, { tasks }) => sum + tasks, 0), 4, "every task was met");
    await assert.rejects(
      improve({ settings: { ...settings, teacher: "1M" }, progress: quiet }),
      /tokenizer is not the student's/,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("reopd: turns are stored as they come, and a round's time is that of all its sittings", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const { student, teacher } = await twoStudents(folder);
    const trajectories = join(folder, "trajectories.jsonl");
    const ids = Array.from({ length: 90 }, (_, i) => `sums/1#${i}`);
    await writeFile(
      trajectories,
      ids.map((id) => JSON.stringify({ ...trajectory, id }) + "\n").join(""),
    );
    const run = (out: string, resume = false, signal?: AbortSignal, progress = quiet) =>
      improve({
        settings: {
          student,
          teacher,
          method: "reopd",
          trajectories,
          train: "lab-math:1",
          rounds: 1,
          tasksPerRound: ids.length,
          attempts: 2,
          maxNewTokens: 8,
          learningRate: 1e-3,
        },
        out,
        resume,
        progress,
        signal,
      });
    const whole = await run(join(folder, "whole"));
    const stored = (out: string, end = "") =>
      readFile(join(out, "rollouts", `round-001.jsonl${end}`), "utf8");
    assert.equal((await stored(whole.path)).match(/\n/g)!.length, ids.length);

    const out = join(folder, "part");
    const controller = new AbortController();
    const stopping = new Progress({
      width: 80,
      firstAfterMs: 0,
      intervalMs: () => 0,
      show: (line) => line.startsWith("turns 1") && controller.abort(new Error("stopped")),
      finish: () => {},
      log: () => {},
    });
    await assert.rejects(run(out, false, controller.signal, stopping), /stopped/);
    const before = (await stored(out, ".partial")).match(/\n/g)!.length;
    assert.ok(before > 0 && before < ids.length, `${before} turns are stored`);
    const unfinished = JSON.parse(await readFile(join(out, "round_time.json"), "utf8"));
    const hour = 3_600_000;
    await writeFile(
      join(out, "round_time.json"),
      JSON.stringify({ ...unfinished, durationMs: unfinished.durationMs + hour }),
    );
    const resumed = await run(out, true);
    assert.equal(await stored(out), await stored(whole.path));
    assert.ok(resumed.rounds[0].durationMs > hour);
    const weights = (path: string) => readFile(join(path, "student", "model.safetensors"));
    assert.deepEqual(await weights(out), await weights(whole.path));
  } finally {
    await rm(folder, { recursive: true });
  }
});

Deno.test("items are used up before any comes again, also where a round spans two orders", () => {
  const items = Array.from({ length: 10 }, (_, i) => i);
  const rounds = Array.from(
    { length: 10 },
    (_, r) => drawn(items, { tasksPerRound: 4, seed: 1 }, r + 1),
  );
  for (const round of rounds) assert.equal(new Set(round).size, 4);
  const all = rounds.flat();
  for (let epoch = 0; epoch < 4; epoch++) {
    const own = all.slice(10 * epoch, 10 * (epoch + 1));
    assert.deepEqual(own.toSorted((a, b) => a - b), items, `order ${epoch}`);
  }
  assert.deepEqual(drawn(items, { tasksPerRound: 99, seed: 1 }, 2).length, 10);
});

Deno.test("options that would do nothing are refused by their names", () => {
  const refused = (given: object, wanted: RegExp) =>
    assert.throws(() => checkImproveOptions({ student: "1M", method: "rft", ...given }), wanted);
  refused({ mostPasses: 3 }, /mostPasses is for roundTokens/);
  refused({ paradigm: "cot", maxSteps: 3 }, /maxSteps is for agents/);
  refused({ method: "grpo", paradigm: "cot", searchReward: 0.1 }, /searchReward is for agents/);
  const ofTeacher = { trajectories: "runs/a", method: "spans" };
  refused({ ...ofTeacher, paradigm: "cot" }, /spans is for the turns of agents/);
  refused({ ...ofTeacher, search: "lab" }, /search is for rft, /);
  const none = { thoughtWeight: 0, codeWeight: 0, namesWeight: 0 };
  refused({ ...ofTeacher, ...none }, /are all 0, and nothing is learned/);
});

Deno.test("a teacher's trajectories of which the filter keeps none end it with the reasons", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "wrong.jsonl");
    await writeFile(path, JSON.stringify({ ...trajectory, correct: false }) + "\n");
    const settings = {
      student: "0.3M",
      method: "sft",
      trajectories: path,
      train: "lab-math:1",
    } as const;
    await assert.rejects(
      improve({ settings, progress: quiet }),
      /of the 1 trajectories of .*wrong\.jsonl the filter keeps none \(.*1\)/,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});
