import assert from "node:assert/strict";
import { attemptKey } from "@potstill/generation/attempt_identity.ts";
import { checkTask } from "@potstill/records/check.ts";
import type { Task } from "@potstill/records/task.ts";

const task: Task = {
  id: "1",
  benchmark: "own",
  split: "train",
  kind: "qa",
  question: "Who painted the Blue Door?",
  answer: "Ann Reed",
  annotation: {
    hops: [{ question: "Who painted #1?", answer: "Ann Reed", title: "Blue Door" }],
    facts: [{ title: "Blue Door", sentence: "Ann Reed painted it." }],
    explanation: "Ann Reed painted it.",
  },
};

Deno.test("an annotation is checked field by field", () => {
  assert.equal(checkTask(task), task);
  const broken = [
    [{ hops: {} }, /task\.annotation\.hops is not a list/],
    [{ hops: [{ question: "Who?" }] }, /task\.annotation\.hops\[0\]\.answer is not a text/],
    [{ hops: [{ answer: "x", title: 3 }] }, /hops\[0\]\.title is not a text/],
    [{ facts: ["Blue Door"] }, /task\.annotation\.facts\[0\] is not an object/],
    [{ solution: 3 }, /task\.annotation\.solution is not a text/],
    ["words", /task\.annotation is not an object/],
  ] as const;
  for (const [annotation, message] of broken) {
    assert.throws(() => checkTask({ ...task, annotation }), message);
  }
});

Deno.test("stored steps are found again when a task gets its annotation", () => {
  const { annotation: _, ...plain } = task;
  const key = (task: Task) =>
    attemptKey({
      format: 1,
      paradigm: "agent",
      model: "m",
      prefixMode: "native",
      extraBody: {},
      prompts: {},
      options: {},
      tools: {},
      interpreter: {},
      task,
      sample: 0,
      seed: 0,
      firstThought: null,
    });
  assert.equal(key(task), key(plain));
  assert.notEqual(key(task), key({ ...plain, answer: "Bo Reed" }));
});
