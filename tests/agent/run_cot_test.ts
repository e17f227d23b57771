import assert from "node:assert/strict";
import { runCot } from "../../lib/agent/run_cot.ts";
import { type ChatModel, type ChatRequest, GenerationError } from "../../lib/models/chat_model.ts";
import { loadPrompts } from "../../lib/agent/prompts/prompt_set.ts";
import type { Task } from "../../lib/records/task.ts";

const task: Task = {
  id: "1",
  benchmark: "b",
  split: "test",
  kind: "math",
  question: "What is 6 times 7?",
  answer: "42",
};
const prompts = await loadPrompts();

function scripted(texts: readonly string[], seen: ChatRequest[] = []): ChatModel {
  return {
    name: "scripted",
    prefixContinuation: "native",
    complete(request) {
      seen.push(request);
      if (texts.length === 0) return Promise.reject(new GenerationError("no text to be had"));
      const completions = texts.map((text) => ({
        text,
        finishReason: "stop" as const,
        completionTokens: 3,
      }));
      return Promise.resolve({ completions, promptTokens: 10 });
    },
  };
}

Deno.test("one greedy answer", async () => {
  const seen: ChatRequest[] = [];
  const model = scripted(["6 * 7 = 42, so \\boxed{42}."], seen);
  const trajectory = await runCot({ model, prompts }, { task, seed: 1 });
  assert.equal(trajectory.answer, "42");
  assert.equal(trajectory.steps[0].error, null);
  assert.equal(seen[0].temperature, 0);
  assert.deepEqual(seen[0].messages.map((m) => m.role), ["system", "user"]);
});

Deno.test("the majority of several answers, texts without an answer left out", async () => {
  const texts = [
    "\\boxed{41}",
    "I wander about without ever coming to say what it is, sorry.",
    "\\boxed{42}",
    "so \\boxed{42.0}",
  ];
  const trajectory = await runCot(
    { model: scripted(texts), prompts, options: { samples: 4 } },
    { task, seed: 1 },
  );
  assert.equal(trajectory.answer, "42");
  assert.deepEqual(trajectory.steps[0].vote, { chosen: 2, groups: [[2, 3], [0]], share: 0.5 });
  assert.equal(trajectory.steps[0].candidates?.[1].error?.kind, "parse");
  assert.deepEqual(trajectory.steps[0].tokens, { prompt: 10, completion: 12 });
});

Deno.test("passages stand before the question", async () => {
  const seen: ChatRequest[] = [];
  const passage = { id: "p", title: "Products", text: "6 times 7 is 42." };
  const retriever = { name: "r", search: () => Promise.resolve([{ passage, score: 1 }]) };
  const trajectory = await runCot(
    { model: scripted(["\\boxed{42}"], seen), prompts, retriever, options: { passages: 3 } },
    { task, seed: 1 },
  );
  assert.equal(trajectory.paradigm, "cot-rag");
  const { content } = seen[0].messages[1];
  assert.ok(content.indexOf("6 times 7 is 42.") < content.indexOf(task.question));
});

Deno.test("a model that fails leaves its error in the trajectory", async () => {
  const trajectory = await runCot({ model: scripted([]), prompts }, { task, seed: 1 });
  assert.equal(trajectory.answer, null);
  assert.deepEqual(trajectory.steps[0].error, { kind: "generation", message: "no text to be had" });
});
