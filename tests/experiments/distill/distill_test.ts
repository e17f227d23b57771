import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DistillOptions } from "../../../lib/experiments/distill/distill_options.ts";
import { readStoredBase } from "../../../lib/student/stored_base.ts";
import { readCheckpoint } from "../../../lib/student/checkpoint/checkpoint_folder.ts";
import { distill } from "../../../lib/experiments/distill/run_distill.ts";
import { loggedProgress } from "../../logged_progress.ts";
import { openProgress } from "../../../lib/runs/progress/open_progress.ts";

const settings: Partial<DistillOptions> = {
  trainTasks: 12,
  base: "trained",
  baseTexts: 40,
  testTasks: 1,
  student: "0.3M",
  vocabSize: 512,
  epochs: 1,
  batchTokens: 2048,
  candidates: 2,
  maxSteps: 2,
  maxNewTokens: 24,
  cotMaxNewTokens: 96,
};
const progress = openProgress("silent");
const root = await mkdtemp(join(tmpdir(), "potstill-distill-"));
const run = (
  name: string,
  resume = false,
  changed: Partial<DistillOptions> = {},
  shown = progress,
) =>
  distill({
    profile: "quick",
    settings: { ...settings, ...changed },
    out: join(root, name),
    resume,
    progress: shown,
  });
/** The JSON lines of a file without what measures time. */
const rowsOf = async (name: string) =>
  (await readFile(join(root, name, "rows.jsonl"), "utf8"))
    .replace(/"durationMs":\d+/g, "").replace(/"runId":"[^"]*"/g, "");

Deno.test("a run leaves every file, and figures for all systems and benchmarks", async () => {
  const log: string[] = [];
  const pages: string[] = [];
  const page = join(root, "first", "report.html");
  const shown = loggedProgress(log, () => {
    if (existsSync(page)) pages.push(readFileSync(page, "utf8"));
  });
  const result = await run("first", false, {}, shown);
  const attempts = log.filter((text) => / of \d+ steps, at a question it has not seen/.test(text));
  const students = attempts.map((text) => /^The (.+?) after /m.exec(text)?.[1]);
  assert.deepEqual(students.toSorted(), ["CoT + RAG student", "CoT student", "agent student"]);
  for (const text of attempts) assert.match(text, /^Answer: .+ \((?:correct|right|wrong)\b/m);
  // While the run goes on, its page can be read.
  assert.match(pages.at(-1) ?? "", /Stages that have ended[\s\S]*Teacher: cot/);
  assert.doesNotMatch(readFileSync(page, "utf8"), /Stages that have ended/);
  for (
    const file of [
      "manifest.json",
      "trajectories/agent.jsonl",
      "data/cot-rag.jsonl",
      "students/agent/model.safetensors",
      "students/agent/onnx/model.onnx",
      "students/cot/tokenizer_config.json",
      "evaluation/agent-student-sag.jsonl",
      "rows.jsonl",
      "report.html",
      "metrics.json",
    ]
  ) assert.ok(existsSync(join(root, "first", file)), file);
  const accuracies = result.metrics.accuracies as { system: string; benchmark: string }[];
  assert.equal(accuracies.length, 7 * 8);
  assert.match(result.table, /lab-musique/);
  const manifest = JSON.parse(await readFile(join(root, "first", "manifest.json"), "utf8"));
  assert.equal(manifest.resolved.trainTasks, 12);
  assert.match(manifest.prompts.cot_system, /^[0-9a-f]{64}$/);
});

Deno.test("the same seed gives the same trajectories and rows; another seed others", async () => {
  const again = await run("again");
  const first = JSON.parse(await readFile(join(root, "first", "metrics.json"), "utf8"));
  assert.equal(again.metrics.trajectoriesSha256, first.trajectoriesSha256);
  assert.equal(await rowsOf("again"), await rowsOf("first"));
  // The agent's trajectories do not depend on what else is taught.
  const other = await run("other", false, {
    seed: 1,
    students: "agent",
    systems: "agent-student",
  });
  assert.notEqual(other.metrics.trajectoriesSha256, first.trajectoriesSha256);
});

Deno.test("a run that lost its later stages is resumed to the same rows", async () => {
  await cp(join(root, "first"), join(root, "resumed"), { recursive: true });
  const inRun = (name: string) => join(root, "resumed", name);
  await rm(inRun("rows.jsonl"));
  await rm(inRun("students/cot"), { recursive: true });
  const cut = await readFile(inRun("evaluation/agent-student.jsonl"), "utf8");
  await rm(inRun("evaluation/agent-student.jsonl"));
  await writeFile(inRun("evaluation/agent-student.jsonl.partial"), cut.slice(0, cut.length / 2));
  await run("resumed", true);
  assert.equal(await rowsOf("resumed"), await rowsOf("first"));
});

Deno.test("an interrupted run stops with the reason and can be resumed", async () => {
  const controller = new AbortController();
  const stopping = distill({
    profile: "quick",
    settings,
    out: join(root, "stopped"),
    progress,
    signal: controller.signal,
  });
  setTimeout(() => controller.abort(new Error("interrupted")), 2500);
  await assert.rejects(stopping, /interrupted/);
  await run("stopped", true);
  assert.equal(await rowsOf("stopped"), await rowsOf("first"));
});

Deno.test("stored data that is corrupt is named by file and line", async () => {
  await cp(join(root, "first"), join(root, "corrupt"), { recursive: true });
  const path = join(root, "corrupt", "trajectories", "agent.jsonl");
  const lines = (await readFile(path, "utf8")).split("\n");
  lines[2] = lines[2].slice(0, 50);
  await writeFile(path, lines.join("\n"));
  await assert.rejects(run("corrupt", true), /agent\.jsonl line 3: /);
});

Deno.test("a checkpoint without one of its tensors is named", async () => {
  await cp(join(root, "first"), join(root, "torn"), { recursive: true });
  const path = join(root, "torn", "students", "agent", "model.safetensors");
  const bytes = await readFile(path);
  const length = Number(bytes.readBigUInt64LE(0));
  const header = bytes.subarray(8, 8 + length).toString().replace(
    "model.norm.weight",
    "model.norm.weighs",
  );
  await writeFile(
    path,
    Buffer.concat([bytes.subarray(0, 8), Buffer.from(header), bytes.subarray(8 + length)]),
  );
  await rm(join(root, "torn", "evaluation"), { recursive: true });
  await assert.rejects(
    run("torn", true),
    /students.agent: the tensor model\.norm\.weight is missing/,
  );
});

Deno.test("a run begins with the stored base model, and its manifest names the weights", async () => {
  const { base: _base, baseTexts: _texts, vocabSize: _size, ...rest } = settings;
  const begin = (changed: Partial<DistillOptions>) =>
    distill({
      profile: "quick",
      settings: { ...rest, ...changed },
      out: join(root, "stored"),
      progress,
    });
  await assert.rejects(begin({ student: "10M" }), /Cannot find a stored base model of 10M/);
  await assert.rejects(begin({ student: "1M", vocabSize: 600 }), /vocabSize is for a base/);
  assert.ok(!existsSync(join(root, "stored")));
  const { metrics } = await begin({ student: "1M", systems: "agent-student" });
  const students = metrics.students as { name: string }[];
  assert.deepEqual(students.map(({ name }) => name), [
    "agent student",
    "CoT student",
    "CoT + RAG student",
  ]);
  const before = (await readStoredBase("1M")).weights;
  const after = (await readCheckpoint(join(root, "stored", "students", "agent"))).weights;
  const name = "model.layers.0.mlp.up_proj.weight";
  const size = (values: Float32Array) => Math.hypot(...values.subarray(0, 10_000));
  const moved = before.get(name)!.data.map((value, i) => value - after.get(name)!.data[i]);
  const share = size(moved) / size(before.get(name)!.data);
  assert.ok(share > 0 && share < 0.5, `a few steps moved the weights by ${share} of their length`);
  const manifest = JSON.parse(await readFile(join(root, "stored", "manifest.json"), "utf8"));
  assert.match(manifest.resolved.baseSha256, /^[0-9a-f]{64}$/);
});

Deno.test("settings out of range are named", async () => {
  await assert.rejects(run("bad", false, { candidates: 0 }), /candidates must be .* it is 0/);
  await assert.rejects(run("bad", false, { seed: 0.5 }), /seed must be a whole number, it is 0.5/);
  await assert.rejects(run("first", true, { epochs: 3 }), /option epochs was 1, it is now 3/);
});
