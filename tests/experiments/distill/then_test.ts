import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findingOf, openProgress, sweep } from "@potstill";
import {
  checkDistillOptions,
  type DistillOptions,
  profiles,
} from "@potstill/experiments/distill/distill_options.ts";
import { cellsOfFrame } from "@potstill/experiments/sweep/cells_of_frame.ts";
import { sweepFrame } from "@potstill/experiments";

Deno.test("options of a student that goes on are checked against each other", () => {
  const check = (given: object) => () => checkDistillOptions({ ...profiles.quick, ...given });
  assert.throws(check({ then: "rft" }), /then must be METHOD:ROUNDS, such as rft:2.*it is "rft"/);
  assert.throws(check({ then: "ppo:2" }), /with one of sft, spans, rft/);
  assert.throws(check({ then: "rft:0" }), /it is "rft:0"/);
  assert.throws(check({ thenTasks: 3 }), /thenTasks is for a student that goes on/);
  assert.throws(check({ systems: "agent-student-then" }), /and then is not set/);
  assert.throws(
    check({ then: "rft:1", thenTeacher: "4M" }),
    /thenTeacher is for opd, sod and reopd/,
  );
  assert.throws(check({ then: "grpo:1", thenAttempts: 1 }), /thenAttempts is 1/);
  check({ then: "grpo:1", systems: "agent-student-then" })();
});

Deno.test("a student goes on after its distillation; runs share its first attempts", async () => {
  const root = await mkdtemp(join(tmpdir(), "potstill-then-"));
  try {
    const run = (resume: boolean) =>
      sweep({
        profile: "quick",
        base: {
          student: "0.3M",
          train: "lab-math:6",
          test: "lab-math:1,lab-gsm-hard:1",
          search: "none",
          epochs: 1,
          maxSteps: 2,
          maxNewTokens: 8,
          students: "agent",
          systems: "agent-student,agent-student-then",
          thenTasks: 2,
          thenAttempts: 2,
          thenTokens: 20,
        },
        over: { seed: [0] },
        cells: [{ then: "sft:2" }, { then: "grpo:1" }, { then: "rft:1" }],
        out: join(root, "sweep"),
        resume,
        progress: openProgress("silent"),
      });
    const { cells } = await run(false);
    const systems = cells.map(({ rows }) => [...new Set(rows.map(({ system }) => system))]);
    assert.deepEqual(
      systems,
      ["sft", "grpo", "rft"].map((method) => ["agent student", `agent student, then ${method}`]),
    );
    const [sft, grpo, rft] = cells.map(({ then }) => then!);
    assert.ok(sft.sampledTokens === 0 && sft.trainedTokens >= 40, JSON.stringify(sft));
    assert.ok(grpo.sampledTokens > 0);
    assert.equal(rft.sampledTokens, grpo.sampledTokens);
    const attempts = (i: number) =>
      readFile(join(cells[i].path, "then", "rollouts", "round-001.jsonl"), "utf8");
    assert.equal(await attempts(2), await attempts(1));
    const report = await readFile(join(cells[0].path, "report.html"), "utf8");
    assert.match(report, /tokens trained/);
    assert.ok(existsSync(join(cells[0].path, "then", "student", "model.safetensors")));
    const read = cellsOfFrame(sweepFrame({ cells }, true));
    assert.deepEqual(read.map(({ then }) => then), cells.map(({ then }) => then));
    // Numbers that one run has and another has not stay numbers.
    const mixed = cells.map((cell, i) =>
      i === 0
        ? { ...cell, options: { ...cell.options, thenTokens: null, thenLearningRate: 0.5 } }
        : cell
    );
    const settings = (of: readonly { readonly options: DistillOptions }[]) =>
      of.map(({ options: { thenTokens, thenLearningRate } }) => [thenTokens, thenLearningRate]);
    assert.deepEqual(settings(cellsOfFrame(sweepFrame({ cells: mixed }))), settings(mixed));
    const finding = findingOf("F16", { cells: read, reference: read[0].options });
    assert.equal(finding.parts[0].interval?.seeds, 1);
    // What is finished is only read.
    await rm(join(cells[1].path, "metrics.json"));
    const again = await run(true);
    assert.deepEqual(again.cells[1].rows, cells[1].rows);
  } finally {
    await rm(root, { recursive: true });
  }
});
