import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { cp, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pl from "nodejs-polars";
import { allFindings, findingJson } from "../../../lib/experiments/findings/all_findings.ts";
import { runPaper } from "../../../lib/experiments/paper/run_paper.ts";
import { cellsOfFrame } from "../../../lib/experiments/sweep/cells_of_frame.ts";
import { readCell } from "../../../lib/experiments/sweep/stored_cell.ts";
import { readUnfinishedCell } from "../../../lib/experiments/sweep/unfinished_cell.ts";
import { loggedProgress } from "../../logged_progress.ts";

const out = join(await mkdtemp(join(tmpdir(), "potstill-paper-")), "paper");
const log: string[] = [];
const options = {
  sizes: ["0.3M"],
  seeds: [0],
  sagSamples: [3],
  taught: null,
  base: {
    base: "trained",
    baseTexts: 20,
    vocabSize: 400,
    trainTasks: 6,
    testTasks: 1,
    epochs: 1,
    candidates: 2,
    maxSteps: 2,
    maxNewTokens: 12,
    cotMaxNewTokens: 64,
  },
} as const;
const run = (resume: boolean, signal?: AbortSignal, onLog?: () => void) =>
  runPaper({
    profile: "small",
    options,
    out,
    resume,
    signal,
    progress: loggedProgress(log, onLog),
  });
const cells = join(out, "sweep", "cells");
const sizeCell = join(cells, "seed-0_student-0.3M_baseTexts-20", "metrics.json");

Deno.test("a run that is stopped between stages is resumed, and ends with a report", async () => {
  const controller = new AbortController();
  const stopping = run(false, controller.signal, () => {
    if (log.at(-1)!.startsWith("Cell 2/2: ")) controller.abort(new Error("interrupted"));
  });
  await assert.rejects(stopping, /^Error: interrupted$/);
  const before = (await stat(sizeCell)).mtimeMs;
  assert.ok(!existsSync(join(out, "report.html")));
  await assert.rejects(run(false), /holds one already. Pass --resume/);

  const soFar = (out?: string) =>
    runPaper({ profile: "small", options, out, soFar: true, progress: loggedProgress([]) });
  const partial = await soFar(out);
  assert.match(
    await readFile(partial.reportPath, "utf8"),
    /of its 2 runs 1 are missing or in part/,
  );
  assert.ok(!existsSync(join(out, "report.html")), "it is no report of the run");
  assert.ok(partial.report.findings.every(({ verdict }) => verdict === "undecided"));
  assert.match(partial.report.findings[0].note, /Missing: .*runs that are not finished/);
  assert.equal(partial.report.findings.find(({ id }) => id === "F6")!.parts[0].interval?.n, 8);
  await assert.rejects(soFar(join(out, "other")), /so far: there is no run in .*other/);
  await assert.rejects(soFar(), /no folder is named/);
  const reused = { out, soFar: true, reuse: [out], progress: loggedProgress([]) };
  await assert.rejects(runPaper({ profile: "small", options, ...reused }), /reuse takes them over/);

  const { report, reportPath } = await run(true);
  assert.equal((await stat(sizeCell)).mtimeMs, before, "a finished run is not run again");
  assert.deepEqual(report.findings.map(({ verdict }) => verdict), Array(9).fill("undecided"));
  const html = await readFile(reportPath, "utf8");
  assert.match(html, /With 1 of at least 3 seeds nothing is decided/);
  assert.match(html, /task potstill paper --profile small --sizes 0\.3M --seeds 0 /);
  // Three systems of the paper's comparison, and the prefix's student: figures from real rows.
  const part = (id: string) => report.findings.find((one) => one.id === id)!.parts[0];
  assert.equal(part("F2").interval, null, "the scripted expert is never the subject");
  assert.equal(part("F3").interval?.n, 8, "one test task of each benchmark");
  assert.equal(part("F6").interval?.seeds, 1);
  assert.equal(report.tables.means?.rows.length, 1);
  assert.ok(existsSync(join(out, "sweep", "rows.parquet")));
});

Deno.test("a finished run is resumed to the same findings without running anything", async () => {
  const before = await readFile(join(out, "findings.json"), "utf8");
  await rm(join(out, "report.html"));
  log.length = 0;
  const { reportPath } = await run(true);
  assert.ok(!log.some((line) => line.startsWith("Cell")), log.join("\n"));
  assert.ok(existsSync(reportPath));
  assert.equal(await readFile(join(out, "findings.json"), "utf8"), before);
});

Deno.test("the stored frame alone gives the same findings as the runs", async () => {
  const { report } = await run(true);
  const frame = pl.readParquet(await readFile(join(out, "cells.parquet")));
  const cells = cellsOfFrame(frame);
  const [{ options }] = cells.filter(({ options }) => options.students === "all");
  const again = allFindings({ cells, reference: options });
  assert.deepEqual(again.map(findingJson), report.findings.map(findingJson));
  assert.throws(() => cellsOfFrame(frame.drop("cell")), /it has no column cell/);
});

Deno.test("shards of the paper share a folder: the one that ends last writes the report", async () => {
  const shards = join(out, "..", "shards");
  const shard = (index: number) =>
    runPaper({
      ...{ profile: "small", options, out: shards, reuse: [out] },
      ...{ shard: { index, count: 2 }, progress: loggedProgress([]) },
    });
  const first = await shard(1);
  assert.ok("missing" in first && first.missing.length > 0);
  assert.ok(!existsSync(join(shards, "report.html")));
  const last = await shard(2);
  assert.ok(!("missing" in last));
  const findings = await readFile(join(out, "findings.json"), "utf8");
  assert.equal(await readFile(join(shards, "findings.json"), "utf8"), findings);
  await assert.rejects(
    runPaper({
      ...{ profile: "small", options: { ...options, stopWhenDecided: true }, out: shards },
      ...{ shard: { index: 1, count: 2 }, progress: loggedProgress([]) },
    }),
    /whether it is decided is known of all runs together/,
  );
});

Deno.test("of an unfinished run the tasks that all systems which have begun have answered", async () => {
  const whole = await readCell(join(sizeCell, ".."), "whole");
  const part = join(out, "..", "part");
  await cp(join(sizeCell, ".."), part, { recursive: true });
  await rm(join(part, "metrics.json"));
  const evaluation = join(part, "evaluation");
  const own = (await readFile(join(evaluation, "agent-student.jsonl"), "utf8")).split("\n");
  await rm(join(evaluation, "agent-student.jsonl"));
  const partial = join(evaluation, "agent-student.jsonl.partial");
  // Three answers, and a fourth that is being written.
  await writeFile(partial, own.slice(0, 3).join("\n") + "\n" + own[3].slice(0, 40));
  await rm(join(evaluation, "cot-student.jsonl"));
  const found = (await readUnfinishedCell(part, "part"))!;
  const systems = Map.groupBy(found.rows, ({ systemId }) => systemId);
  assert.ok(!systems.has("cot-student"), "what has not begun is left out");
  assert.ok(systems.size > 2);
  for (const [id, rows] of systems) {
    const wanted = whole.rows.filter((row) => row.systemId === id).slice(0, 3);
    assert.deepEqual(
      rows.map(({ trainedOn: _, ...row }) => row),
      wanted.map(({ trainedOn: _, ...row }) => row),
      id,
    );
  }
  assert.equal(found.teacherRows.length, whole.teacherRows.length);
  await writeFile(partial, "{}\n");
  await assert.rejects(readUnfinishedCell(part, "part"), /agent-student\.jsonl\.partial line 1: /);
  await rm(evaluation, { recursive: true });
  assert.equal(await readUnfinishedCell(part, "part"), null);
  assert.equal(await readUnfinishedCell(join(part, "none"), "none"), null);
});
