import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chosenSystems } from "../../../lib/experiments/distill/system_facts.ts";
import { type DistillOptions, profiles } from "../../../lib/experiments/distill/distill_options.ts";
import { planDistill } from "../../../lib/experiments/distill/plan.ts";
import { distill } from "../../../lib/experiments/distill/run_distill.ts";
import { readStoredBase, storedBaseFolder } from "../../../lib/student/stored_base.ts";
import { findTeacher, openTeacher } from "../../../lib/experiments/distill/teacher.ts";
import { openProgress } from "../../../lib/runs/progress/open_progress.ts";
import { checkTrajectory } from "../../../lib/records/check.ts";
import { readJsonl } from "../../../lib/runs/jsonl.ts";
import { readCheckpoint } from "../../../lib/student/checkpoint/checkpoint_folder.ts";

const root = await mkdtemp(join(tmpdir(), "potstill-ablation-"));
const run = (name: string, settings: Partial<DistillOptions>) =>
  distill({
    profile: "quick",
    settings: {
      trainTasks: 4,
      testTasks: 1,
      epochs: 1,
      maxSteps: 2,
      maxNewTokens: 8,
      students: "agent",
      systems: "agent-student",
      ...settings,
    },
    out: join(root, name),
    progress: openProgress("silent"),
  });

Deno.test("an adapter alone is trained, one student and one system; the manifest says so", async () => {
  const { metrics } = await run("lora", { adaptation: "lora", loraRank: 4, mustRetrieve: true });
  const { weights } = await readCheckpoint(join(root, "lora", "students", "agent"));
  const before = (await readStoredBase("1M")).weights;
  const isSame = (name: string) =>
    before.get(name)!.data.every((value, i) => value === weights.get(name)!.data[i]);
  assert.ok(isSame("model.embed_tokens.weight"), "no adapter changes the embedding");
  assert.ok(!isSame("model.layers.0.mlp.up_proj.weight"));
  assert.ok(!existsSync(join(root, "lora", "students", "cot")));
  assert.ok(!existsSync(join(root, "lora", "trajectories", "cot.jsonl")));
  const systems = (metrics.means as { system: string }[]).map(({ system }) => system);
  assert.deepEqual([...new Set(systems)], ["agent student"]);
  const { resolved } = JSON.parse(await readFile(join(root, "lora", "manifest.json"), "utf8"));
  assert.equal(resolved.adaptation, "lora");
  assert.equal(resolved.loraRank, 4);
  assert.equal(resolved.mustRetrieve, true);
});

Deno.test("a trained model is the teacher: asked as a student is, its weights in the manifest", async () => {
  const folder = storedBaseFolder("1M");
  const options = {
    ...profiles.quick,
    teacher: folder,
    teacherTemperature: 0.7,
    maxNewTokens: 8,
  };
  const teacher = await openTeacher(findTeacher(options), options, {
    path: root,
    progress: openProgress("silent"),
  });
  assert.equal(teacher.systemPrompt, "short");
  assert.deepEqual(teacher.sampling, { temperature: 0.7 });
  await teacher.close();
  // A base model knows no agent's turns: what it writes is filtered out, all of it.
  await assert.rejects(
    run("neural", { teacher: folder, teacherTemperature: 0.7 }),
    /Cannot train the agent student: no trajectory is left after filtering/,
  );
  const lines = await readFile(join(root, "neural", "trajectories", "agent.jsonl"), "utf8");
  const models = lines.trim().split("\n").map((line) => JSON.parse(line).model);
  assert.deepEqual(models, Array(8).fill("1M"));
  const { resolved } = JSON.parse(await readFile(join(root, "neural", "manifest.json"), "utf8"));
  assert.match(resolved.teacherSha256, /^[0-9a-f]{64}$/);
  await assert.rejects(
    run("none", { teacher: "no/such/folder" }),
    /Cannot find the teacher "no.such.folder"/,
  );
});

Deno.test("rollouts: an earlier student acts, the teacher corrects, the student learns from both", async () => {
  await run("rollouts", { rollouts: 2, trainTasks: 3 });
  const path = join(root, "rollouts");
  const rows = await readJsonl(join(path, "trajectories", "rollouts.jsonl"), checkTrajectory);
  assert.deepEqual(rows.map(({ model }) => model), Array(4).fill("agent student"));
  // A student of three tasks does little right: the teacher ends these attempts, or none does.
  assert.ok(rows.some(({ correct }) => correct === true));
  const taught = await readJsonl(join(path, "trajectories", "agent.jsonl"), checkTrajectory);
  const ids = new Set(taught.map(({ task }) => task.id));
  assert.ok(rows.every(({ task }) => !ids.has(task.id)), "other tasks than the teacher's own");
  for (const name of ["agent-before-rollouts", "agent"]) {
    assert.ok(existsSync(join(path, "students", name, "training.json")), name);
  }
  const options = { ...profiles.quick, trainTasks: 3, rollouts: 2 };
  const plan = await planDistill(options, findTeacher(options), () => false);
  assert.deepEqual(plan.rollouts.map(({ id }) => id), rows.map(({ task }) => task.id));
});

Deno.test("agent and CoT students without the one with retrieval", async () => {
  const settings = { students: "agent-and-cot", systems: "cot-student" } as const;
  const { metrics } = await run("two", settings);
  const systems = (metrics.means as { system: string }[]).map(({ system }) => system);
  assert.deepEqual([...new Set(systems)], ["CoT student"]);
  assert.ok(!existsSync(join(root, "two", "students", "cot-rag")));
});

Deno.test("systems are chosen by name, and without students that are not trained", () => {
  const chosen = (settings: Partial<DistillOptions>) =>
    chosenSystems({ ...profiles.quick, ...settings });
  assert.equal(chosen({}).length, 7);
  assert.deepEqual(chosen({ systems: "agent-student, cot-student", students: "agent" }), [
    "agent-student",
  ]);
  assert.throws(
    () => chosen({ systems: "agent" }),
    /systems has "agent", which is none of teacher/,
  );
});

Deno.test("settings that are no choice are named", async () => {
  const bad = (settings: Record<string, unknown>) =>
    run("bad", settings as Partial<DistillOptions>);
  await assert.rejects(
    bad({ adaptation: "qlora" }),
    /adaptation must be one of full, lora, it is "qlora"/,
  );
  await assert.rejects(bad({ mustRetrieve: 1 }), /mustRetrieve must be true or false, it is 1/);
  await assert.rejects(
    bad({ teacherTemperature: -1 }),
    /teacherTemperature must be a number from 0, it is -1/,
  );
  await assert.rejects(
    bad({ systems: "cot-student" }),
    /systems has cot-student, whose student is not trained with students "agent"/,
  );
  await assert.rejects(
    bad({ systems: "agent-student,cot-student,cot-rag-student" }),
    /systems has cot-student, cot-rag-student, whose students are not trained with students "agent"/,
  );
});
