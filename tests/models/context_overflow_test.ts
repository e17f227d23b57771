import assert from "node:assert/strict";
import { runCot } from "@potstill/agent/run_cot.ts";
import { rowFromTrajectories } from "@potstill/evaluation/row_from_trajectories.ts";
import { summarize } from "@potstill/evaluation/summarize.ts";
import { fitToStudent } from "@potstill/generation/fit_to_student.ts";
import { resolveGenerationOptions } from "@potstill/generation/generation_options.ts";
import {
  type ChatModel,
  ContextOverflowError,
  GenerationError,
} from "@potstill/models/chat_model.ts";
import {
  EndpointFailure,
  EndpointUnavailableError,
} from "@potstill/models/openai/endpoint_error.ts";
import { createOpenAiModel } from "@potstill/models/openai/create_openai_model.ts";
import { loadPrompts } from "@potstill/agent/prompts/prompt_set.ts";
import type { Task } from "@potstill/records/task.ts";
import { serveModels } from "@potstill/models/server/serve_models.ts";
import { tinyStudent } from "./server/tiny_student.ts";

const prompts = await loadPrompts();
const task: Task = {
  id: "1",
  benchmark: "b",
  split: "test",
  kind: "qa",
  question: "Which tree has white bark?",
  answer: "birch",
};
const context = {
  runId: "r",
  system: "s",
  student: "s",
  teacher: null,
  inDomain: false,
  seed: 0,
};

function failing(error: Error): ChatModel {
  return { name: "m", prefixContinuation: "native", complete: () => Promise.reject(error) };
}

async function rowOf(model: ChatModel, asked: Task = task) {
  return rowFromTrajectories([await runCot({ model, prompts }, { task: asked, seed: 0 })], context);
}

Deno.test("a conversation that outgrows the model is wrong; one that could not be asked, unscored", async () => {
  const overflow = await rowOf(failing(new ContextOverflowError("too long")));
  assert.deepEqual([overflow.verdict, overflow.em, overflow.errorKinds["context-overflow"]], [
    "wrong",
    0,
    1,
  ]);
  const refused = await rowOf(failing(new GenerationError("the answers could not be used")));
  assert.deepEqual([refused.verdict, refused.errorKinds.generation], ["wrong", 1]);
  const down = await rowOf(failing(new EndpointUnavailableError("503")));
  assert.deepEqual([down.verdict, down.errorKinds.generation], ["unscored", 1]);
  const [score] = summarize([overflow, { ...overflow, taskId: "2", verdict: "correct" }]).scores;
  assert.deepEqual([score.accuracy.estimate, score.accuracy.n, score.unscored], [0.5, 2, 0]);
});

Deno.test("a real student that is asked too much is wrong, here and behind a server", async () => {
  const model = await tinyStudent();
  const long = { ...task, question: "one and two? ".repeat(3000) };
  assert.equal((await rowOf(model, long)).errorKinds["context-overflow"], 1);
  const { contextTokens } = model;
  const server = serveModels([{ id: "student", model, contextTokens }], { port: 0 });
  const remote = await createOpenAiModel({ baseUrl: server.baseUrl, model: "student" });
  const row = await rowOf(remote, long);
  assert.deepEqual([row.verdict, row.errorKinds["context-overflow"]], ["wrong", 1]);
  await server.close();
  await model.dispose();
});

Deno.test("rows of older trajectories, whose overflow was of kind generation, are graded the same", () => {
  const message = "Cannot generate: the prompt has 2100 tokens, and the student reads at most 2047";
  const step = {
    index: 0,
    modelOutput: "",
    thought: "",
    code: null,
    observation: "",
    toolCalls: [],
    isFinal: false,
    tokens: { prompt: 0, completion: 0 },
    durations: { generateMs: 0, executeMs: 0 },
  };
  const of = (text: string) =>
    rowFromTrajectories([{
      id: "1",
      task,
      paradigm: "agent",
      model: "m",
      prompt: [],
      answer: null,
      correct: false,
      seed: 0,
      steps: [{ ...step, error: { kind: "generation", message: text } }],
    }], context);
  assert.deepEqual([of(message).verdict, of(message).errorKinds["context-overflow"]], ["wrong", 1]);
  assert.equal(of("503").verdict, "unscored");
});

Deno.test("endpoints' words for a request that is too long are known", () => {
  const isOverflow = (message: string, code?: string, status = 400) =>
    new EndpointFailure(status === 400 ? "rejected" : "transient", message, { code }).isOverflow;
  for (
    const message of [
      "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens",
      "The decoder prompt (length 5000) is longer than the maximum model length of 4096.",
      "the request exceeds the available context size (2048 tokens), try increasing it",
      "prompt is too long: 210000 tokens > 200000 maximum",
      "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 2048",
      "Please reduce the length: it exceeds the context window",
    ]
  ) assert.ok(isOverflow(message), message);
  assert.ok(isOverflow("no", "context_length_exceeded"));
  for (
    const message of ["System role not supported", "temperature must be below 2", "bad prompt"]
  ) {
    assert.ok(!isOverflow(message), message);
  }
  assert.ok(!isOverflow("maximum context length", undefined, 503));
});

Deno.test("the default of new tokens leaves room for the prompt; a number that is asked for stays", () => {
  const options = resolveGenerationOptions({ benchmark: "b", model: "m" });
  const fit = (context: number, asked: Parameters<typeof fitToStudent>[1] = {}) =>
    fitToStudent({ ...options, ...asked }, asked, context);
  assert.equal(fit(2048).options.maxNewTokens, 204);
  assert.match(fit(2048).notes.join(), /maxNewTokens is 204 and not 1024 for each of 5 turns/);
  assert.deepEqual(fit(32_768), { options, notes: [] });
  const asked = fit(2048, { maxNewTokens: 1024 });
  assert.equal(asked.options.maxNewTokens, 1024);
  assert.match(asked.notes.join(), /reads at most 2048 tokens: what does not fit is cut/);
  assert.deepEqual(fit(2048, { maxNewTokens: 160 }).notes, []);
  const cot = fitToStudent({ ...options, paradigm: "cot" }, {}, 512);
  assert.deepEqual([cot.options.cotMaxNewTokens, cot.options.maxNewTokens], [256, 1024]);
});
