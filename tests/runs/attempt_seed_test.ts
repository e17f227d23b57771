import assert from "node:assert/strict";
import { attemptSeed, deriveSeed } from "@potstill/runs/attempt_seed.ts";
import { attemptId, sampleOfId, taskKey } from "@potstill/records/task.ts";

const task = { benchmark: "hotpotqa", split: "test", id: "17" } as const;

// The first eight digits of `printf %s TEXT | sha256sum`.
Deno.test("a seed is the first 32 bits of the hash of its path", () => {
  assert.equal(deriveSeed(7, 3), parseInt("653e83e7", 16));
  assert.equal(attemptSeed(42, "agent", task, 0), parseInt("e5763e29", 16));
  assert.equal(attemptSeed(42, "agent", task), parseInt("8208f1af", 16));
});

Deno.test("seeds differ by run, purpose, task, split and sample", () => {
  const seeds = [
    attemptSeed(1, "agent", task),
    attemptSeed(2, "agent", task),
    attemptSeed(1, "cot", task),
    attemptSeed(1, "agent", { ...task, id: "18" }),
    attemptSeed(1, "agent", { ...task, split: "train" }),
    attemptSeed(1, "agent", { ...task, benchmark: "musique" }),
    attemptSeed(1, "agent", task, 0),
    attemptSeed(1, "agent", task, 1),
  ];
  assert.equal(new Set(seeds).size, seeds.length);
});

Deno.test("names of tasks and attempts", () => {
  assert.equal(taskKey(task), "hotpotqa/test/17");
  assert.equal(attemptId(task), "hotpotqa/17#0");
  assert.equal(attemptId(task, 3), "hotpotqa/17#3");
  assert.equal(sampleOfId(attemptId({ ...task, id: "a#7" }, 12)), 12);
  assert.equal(sampleOfId("an imported id"), 0);
});
