import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeTeacher } from "../../../lib/experiments/distill/make_teacher.ts";
import type { TeacherRecipe } from "../../../lib/experiments/distill/teacher_recipe.ts";
import { profiles } from "../../../lib/experiments/distill/distill_options.ts";
import { storedBaseFolder } from "../../../lib/student/stored_base.ts";
import { findTeacher, openTeacher, teacherHash } from "../../../lib/experiments/distill/teacher.ts";
import { storedTeacherFolder } from "../../../lib/experiments/distill/stored_teacher.ts";
import { openProgress } from "../../../lib/runs/progress/open_progress.ts";
import { readCheckpoint } from "../../../lib/student/checkpoint/checkpoint_folder.ts";
import { weightsSha256 } from "../../../lib/student/checkpoint/weights_hash.ts";
import { parameterCount } from "../../../lib/student/config.ts";
import { readJsonl } from "../../../lib/runs/jsonl.ts";
import { checkTrajectory } from "../../../lib/records/check.ts";

const root = await mkdtemp(join(tmpdir(), "potstill-teacher-"));
const settings: Partial<TeacherRecipe> = {
  size: "4M",
  from: "1M",
  cotTasks: 8,
  agentTasks: 2,
  prefixedTasks: 1,
  baseTexts: 5,
  epochs: 1,
};
const make = (resume: boolean) =>
  makeTeacher({
    settings,
    out: join(root, "teacher"),
    run: join(root, "run"),
    resume,
    progress: openProgress("silent"),
  });

Deno.test("a teacher grows out of a base model and learns few agent runs, many answers", async () => {
  const made = await make(false);
  const { config, weights } = await readCheckpoint(join(root, "teacher"));
  assert.equal(config.hidden_size, 256);
  assert.equal(made.parameters, parameterCount(config));
  const base = (await readCheckpoint(storedBaseFolder("1M"))).weights;
  const name = "model.layers.0.mlp.up_proj.weight";
  const [before, after] = [base.get(name)!.data[0], weights.get(name)!.data[0]];
  assert.ok(before !== after && Math.abs(before - after) < 0.05, `${before}, ${after}`);
  const read = (paradigm: string) =>
    readJsonl(join(root, "run", "trajectories", `${paradigm}.jsonl`), checkTrajectory);
  const [agent, cot, cotRag] = await Promise.all(["agent", "cot", "cot-rag"].map(read));
  assert.deepEqual([agent.length, cot.length, cotRag.length], [4, 16, 4]);
  const prefixed = agent.filter(({ firstThought }) => firstThought !== undefined);
  assert.deepEqual(prefixed.map(({ task }) => task.benchmark).sort(), ["lab-hotpotqa", "lab-math"]);
  for (const { task, steps } of prefixed) {
    const answer = cot.find((one) => one.task.id === task.id)!.steps[0].modelOutput;
    assert.ok(steps[0].modelOutput.includes(answer.split("\n\n")[0]), steps[0].modelOutput);
  }
  const { recipe } = JSON.parse(await readFile(join(root, "teacher", "recipe.json"), "utf8"));
  assert.equal(recipe.agentTasks, 2);
  assert.equal(recipe.size, "4M");
  const again = await make(true);
  assert.equal(again.tokensPerSecond, made.tokensPerSecond, "a finished training is only read");
});

Deno.test("no more runs can begin with a plan than there are", async () => {
  const wrong = { ...settings, prefixedTasks: 3 };
  await assert.rejects(
    makeTeacher({ settings: wrong, progress: openProgress("silent") }),
    /prefixedTasks is 3, and there are 2 tasks/,
  );
});

Deno.test("the stored teacher is a trained model, under its hash", async () => {
  const options = { ...profiles.quick, teacher: "stored", teacherTemperature: 0.3 };
  const source = findTeacher(options);
  const teacher = await openTeacher(source, options, {
    path: root,
    progress: openProgress("silent"),
  });
  assert.equal(teacher.systemPrompt, "short");
  assert.match(teacher.description, /^the trained model/);
  await teacher.close();
  assert.equal(await teacherHash(source), await weightsSha256(storedTeacherFolder));
  await rm(root, { recursive: true });
});
