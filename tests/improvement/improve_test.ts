import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { improve, openProgress } from "@potstill";
import { loadStudent } from "@potstill/student/load_student.ts";
import { initWeights } from "@potstill/student/weights.ts";
import { saveStudent } from "@potstill/student/export/save_student.ts";
import { smallStudent } from "../student/small_student.ts";

const quiet = openProgress("silent");

Deno.test("improve: learns from a teacher, stores every round, and goes on where it stopped", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const parts = await smallStudent();
    const [student, teacher] = ["student", "teacher"].map((name) => join(folder, name));
    await saveStudent(student, parts, { onnx: false });
    const other = initWeights(parts.config, "another");
    await saveStudent(teacher, { ...parts, weights: other }, { onnx: false });
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
    await assert.rejects(
      improve({ settings: { ...settings, teacher: "1M" }, progress: quiet }),
      /tokenizer is not the student's/,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
