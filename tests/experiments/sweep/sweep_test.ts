import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DistillOptions } from "../../../lib/experiments/distill/distill_options.ts";
import { distill } from "../../../lib/experiments/distill/run_distill.ts";
import { Progress } from "../../../lib/runs/progress/progress.ts";
import { silentSink } from "../../../lib/runs/progress/sinks.ts";
import { stagesWithoutIdleFilter } from "../../../lib/experiments/sweep/idle_filter.ts";
import { indexStages, type StageIndex } from "../../../lib/experiments/sweep/share_stages.ts";
import { stageKeys } from "../../../lib/experiments/sweep/stage_keys.ts";
import { sweep } from "../../../lib/experiments/sweep/sweep.ts";
import { sweepFrame } from "../../../lib/experiments/sweep/sweep_frame.ts";
import { sweepTable } from "../../../lib/experiments/sweep/sweep_table.ts";
import { loggedProgress } from "../../logged_progress.ts";

const base: Partial<DistillOptions> = {
  trainTasks: 4,
  testTasks: 1,
  student: "0.3M",
  base: "trained",
  baseTexts: 20,
  vocabSize: 400,
  epochs: 1,
  candidates: 2,
  maxSteps: 2,
  maxNewTokens: 16,
  students: "agent",
  systems: "agent-student,agent-student-sag",
};
const root = await mkdtemp(join(tmpdir(), "potstill-sweep-"));
const out = join(root, "sweep");
const log: string[] = [];
const run = (candidates: number[], resume: boolean, signal?: AbortSignal, onLog?: () => void) =>
  sweep({
    profile: "quick",
    base,
    over: { candidates },
    out,
    resume,
    signal,
    progress: loggedProgress(log, onLog),
  });
const inCell = (candidates: number, file: string) =>
  join(out, "cells", `candidates-${candidates}`, file);
const text = (candidates: number, file: string) => readFile(inCell(candidates, file), "utf8");
const plain = (rows: string) =>
  rows.replace(/"durationMs":\d+/g, "").replace(/"runId":"[^"]*"/g, "");

Deno.test("a sweep that is stopped keeps its finished cells, and is resumed with more", async () => {
  const controller = new AbortController();
  const stopping = run([2, 3], false, controller.signal, () => {
    if (log.at(-1)!.startsWith("Cell 2/2: ")) controller.abort(new Error("interrupted"));
  });
  await assert.rejects(stopping, /^Error: interrupted$/);
  assert.ok(existsSync(inCell(2, "metrics.json")));
  assert.ok(!existsSync(inCell(3, "metrics.json")));
  await assert.rejects(run([2, 3], false), /holds one already. Pass --resume/);

  const before = (await stat(inCell(2, "metrics.json"))).mtimeMs;
  log.length = 0;
  const result = await run([2, 3], true);
  assert.match(log[0], /^Resuming .*: 2 cells, 1 of them done$/);
  assert.equal((await stat(inCell(2, "metrics.json"))).mtimeMs, before);
  assert.deepEqual(result.cells.map(({ name }) => name), ["candidates-2", "candidates-3"]);
});

Deno.test("cells share what they have in common, and are as if made alone", async () => {
  for (const file of ["trajectories/agent.jsonl", "students/agent/training.json"]) {
    assert.equal(await text(3, file), await text(2, file), file);
  }
  const unshared = join(root, "alone");
  await distill({
    profile: "quick",
    settings: { ...base, candidates: 3 },
    out: unshared,
    progress: new Progress(silentSink()),
  });
  const rows = await readFile(join(unshared, "rows.jsonl"), "utf8");
  assert.equal(plain(await text(3, "rows.jsonl")), plain(rows));
  // Times are measured: equal ones can only come from a copy.
  const training = await readFile(join(unshared, "students/agent/training.json"), "utf8");
  assert.notEqual(training, await text(3, "students/agent/training.json"));
});

Deno.test("a finished sweep is only read; one frame holds all rows with their options", async () => {
  log.length = 0;
  const result = await run([2, 3], true);
  assert.deepEqual(log.length, 1, "nothing is run");
  const frame = sweepFrame(result);
  assert.equal(frame.height, 2 * 2 * 8);
  const candidates = frame.getColumn("option_candidates").unique().toArray().sort();
  assert.deepEqual(candidates, [2, 3]);
  assert.deepEqual(frame.getColumn("cell").unique().toArray().sort(), [
    "candidates-2",
    "candidates-3",
  ]);
  assert.equal(result.cells[0].teacherRows.length, 8);
  assert.deepEqual(sweepTable(result).columns, [
    "cell",
    "agent student",
    "agent student, sag 2",
    "agent student, sag 3",
  ]);
});

Deno.test("a cell's setting that is out of range is named before anything is made", async () => {
  await assert.rejects(run([0], true), /candidates must be a whole number from 1, it is 0/);
  assert.ok(!existsSync(inCell(0, "manifest.json")));
});

Deno.test("a sweep takes over what another one has made with the same settings", async () => {
  const told: string[] = [];
  const take = (reuse: string) =>
    sweep({
      profile: "quick",
      base,
      over: { candidates: [4] },
      out: join(root, "taking"),
      reuse: [reuse],
      progress: loggedProgress(told),
    });
  await assert.rejects(take(join(root, "nowhere")), /Cannot take over runs of .*nowhere: ENOENT/);
  await rm(join(root, "taking"), { recursive: true });
  const { cells } = await take(out);
  assert.ok(told.some((line) => /candidates-4 \(4 stages shared/.test(line)), told.join("\n"));
  const training = "students/agent/training.json";
  assert.equal(await readFile(join(cells[0].path, training), "utf8"), await text(2, training));
});

Deno.test("a filter that removes nothing shares the student of the run without it", async () => {
  const lines: string[] = [];
  const others = join(root, "filters");
  const { cells } = await sweep({
    profile: "quick",
    base,
    over: { mustRetrieve: [false, true] },
    out: others,
    progress: loggedProgress(lines),
  });
  assert.match(
    lines.join("\n"),
    /Cell 2\/2: mustRetrieve-true \(5 stages shared .*removes nothing/,
  );
  const training = (name: string) =>
    readFile(join(others, "cells", name, "students/agent/training.json"), "utf8");
  assert.equal(await training("mustRetrieve-true"), await training("mustRetrieve-false"));
  const [without, with_] = cells.map(({ rows }) => plain(JSON.stringify(rows)));
  assert.equal(with_, without);

  const { options, path: folder } = cells[1];
  const resolved = { ...options };
  const index: StageIndex = new Map();
  const stages = stageKeys({ ...options, mustRetrieve: false }, {
    ...resolved,
    mustRetrieve: false,
  });
  indexStages(index, cells[0].path, stages);
  const shared = (changes: Partial<DistillOptions> = {}) =>
    stagesWithoutIdleFilter({ options: { ...options, ...changes }, resolved, folder }, index);
  assert.deepEqual(await shared(), stages);
  assert.equal(await shared({ rollouts: 2 }), null);
  assert.equal(await shared({ mustRetrieve: false }), null);
  const trajectories = join(folder, "trajectories/agent.jsonl");
  const known = await readFile(trajectories, "utf8");
  await writeFile(trajectories, known.trimEnd().split("\n").slice(1).join("\n") + "\n");
  assert.deepEqual(await shared(), [], "others' data made those");
  await writeFile(trajectories, known.replaceAll('"name":"web_search"', '"name":"look"'));
  assert.equal(await shared(), null, "the filter removes some");
});

Deno.test("shards of a sweep share a folder: each makes its cells, the last finds all", async () => {
  const shared = join(root, "shards");
  const logs: string[][] = [];
  const shard = (index: number, over = [2, 3]) => {
    const log: string[] = [];
    logs.push(log);
    return sweep({
      ...{ profile: "quick", base, over: { candidates: over }, out: shared, reuse: [out] },
      ...{ shard: { index, count: 2 }, progress: loggedProgress(log) },
    });
  };
  const results = await Promise.all([shard(1), shard(2)]);
  const made = logs.map((log) => log.filter((line) => line.includes("Cell 1/1: ")).join());
  assert.match(made[0], /candidates-2/);
  assert.match(made[1], /candidates-3/);
  // At least the one that ended last saw the other's cell.
  assert.ok(results.some(({ missing }) => missing.length === 0));
  await rm(join(shared, "cells", "candidates-2", "metrics.json"));
  const part = await shard(2);
  assert.deepEqual(part.missing, ["candidates-2"]);
  assert.deepEqual(part.cells.map(({ name }) => name), ["candidates-3"]);
  const last = await shard(1);
  assert.equal(sweepFrame(last).height, 2 * 2 * 8);
  assert.deepEqual(last.cells.map(({ name }) => name), ["candidates-2", "candidates-3"]);
  await assert.rejects(
    sweep({
      ...{ profile: "quick", base, over: { candidates: [2] }, shard: { index: 1, count: 2 } },
      progress: loggedProgress([]),
    }),
    /no folder is named that its shards share/,
  );
});
