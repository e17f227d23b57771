import assert from "node:assert/strict";
import { runAgent } from "../../lib/agent/run_agent.ts";
import { shortSystemPrompt } from "../../lib/agent/agent_prompt.ts";
import { conversation } from "../../lib/agent/conversation.ts";
import type { AgentOptions } from "../../lib/agent/agent_options.ts";
import type { Tool } from "../../lib/interpreter/interpreter.ts";
import { createInterpreter } from "../../lib/interpreter/pyodide/create_interpreter.ts";
import { type ChatModel, type ChatRequest, GenerationError } from "../../lib/models/chat_model.ts";
import { loadPrompts } from "../../lib/agent/prompts/prompt_set.ts";
import type { Task } from "../../lib/records/task.ts";
import { checkTrajectory } from "../../lib/records/check.ts";

const prompts = await loadPrompts();
const task: Task = {
  id: "1",
  benchmark: "b",
  split: "test",
  kind: "qa",
  question: "Which tree has white bark?",
  answer: "birch",
};

/** Answers the k-th request with the k-th list of texts. */
function scripted(turns: readonly (readonly string[] | Error)[]) {
  const requests: ChatRequest[] = [];
  const model: ChatModel = {
    name: "scripted",
    prefixContinuation: "native",
    complete(request) {
      const turn = turns[requests.length];
      requests.push(request);
      if (turn instanceof Error) return Promise.reject(turn);
      const completions = turn.map((text) => ({
        text,
        finishReason: "stop" as const,
        completionTokens: 2,
      }));
      return Promise.resolve({ completions, promptTokens: 5 });
    },
  };
  return { model, requests };
}

function act(code: string, thought = "t"): string {
  return `Thought: ${thought}\nCode:\n\`\`\`py\n${code}\n\`\`\``;
}

async function run(
  turns: readonly (readonly string[] | Error)[],
  options: AgentOptions = {},
  extra: { firstThought?: string; tools?: Tool[] } = {},
) {
  const { model, requests } = scripted(turns);
  const interpreter = await createInterpreter({ processes: 1 });
  try {
    const trajectory = await runAgent({
      model,
      interpreter,
      tools: extra.tools ?? [],
      prompts,
      systemPrompt: shortSystemPrompt(prompts),
      options,
    }, { task, seed: 1, ...(extra.firstThought ? { firstThought: extra.firstThought } : {}) });
    assert.deepEqual(checkTrajectory(JSON.parse(JSON.stringify(trajectory))), trajectory);
    return { trajectory, requests };
  } finally {
    await interpreter.close();
  }
}

Deno.test("state stays from step to step, observations come back, the answer ends the run", async () => {
  const { trajectory, requests } = await run([
    [act("x = 'bir'\nprint('looking')")],
    [act("final_answer(x + 'ch')")],
  ]);
  assert.equal(trajectory.answer, "birch");
  assert.equal(trajectory.steps.length, 2);
  assert.equal(
    trajectory.steps[0].observation,
    "Observation:\nExecution logs:\nlooking\nLast output from code snippet:\nNone",
  );
  assert.deepEqual(requests[1].messages.map((m) => m.role), [
    "system",
    "user",
    "assistant",
    "user",
  ]);
  assert.ok(requests[1].messages[2].content.endsWith("```<end_code>"));
  assert.equal(conversation(trajectory.prompt, trajectory.steps).at(-1)?.role, "assistant");
});

Deno.test("tools are called from the code and recorded", async () => {
  const tool: Tool = {
    name: "web_search",
    description: "d",
    parameters: [{ name: "query", type: "string", description: "q" }],
    returns: "text",
    call: ([query]) => Promise.resolve(`about ${query}`),
  };
  const { trajectory } = await run(
    [[act("print(web_search('trees'))")], [act("final_answer('birch')")]],
    {},
    { tools: [tool] },
  );
  assert.deepEqual(
    trajectory.steps[0].toolCalls.map(({ name, arguments: args, result }) => ({
      name,
      args,
      result,
    })),
    [{ name: "web_search", args: ["trees"], result: "about trees" }],
  );
  assert.match(trajectory.steps[0].observation, /about trees/);
});

Deno.test("parse, execution and timeout errors are data, and the agent goes on", async () => {
  const { trajectory } = await run([
    ["I do not know how to write code."],
    [act("print('so far')\n1 / 0")],
    [act("while True: pass")],
    [act("final_answer('birch')")],
  ], { stepTimeoutMs: 500 });
  assert.deepEqual(trajectory.steps.map((s) => s.error?.kind ?? null), [
    "parse",
    "execution",
    "timeout",
    null,
  ]);
  assert.match(trajectory.steps[0].observation, /it has no code block/);
  assert.match(trajectory.steps[1].observation, /so far\n.*Error:\n.*ZeroDivisionError/s);
  assert.match(trajectory.steps[1].observation, /Now let's retry/);
  assert.equal(trajectory.answer, "birch");
});

Deno.test("the step limit is an error of its own step", async () => {
  const { trajectory } = await run([[act("print(1)")], [act("print(2)")]], { maxSteps: 2 });
  assert.equal(trajectory.answer, null);
  assert.equal(trajectory.steps.length, 3);
  assert.equal(trajectory.steps[2].error?.kind, "max-steps");
  assert.equal(conversation(trajectory.prompt, trajectory.steps).length, 6);
});

Deno.test("a model that gives nothing ends the trajectory and keeps what was done", async () => {
  const { trajectory } = await run([[act("print(1)")], new GenerationError("gone")]);
  assert.deepEqual(trajectory.steps.map((s) => s.error?.kind ?? null), [null, "generation"]);
  assert.equal(trajectory.steps[1].error?.message, "gone");
});

Deno.test("sag: failures are dropped, the majority's first candidate is the action, its state stays", async () => {
  const { trajectory, requests } = await run([
    [
      act("n = 1\nprint(n)"),
      "no code here",
      act("n = 2\nprint(n)"),
      act("n = 1 + 1\nprint(n)"),
      act("print(undefined)"),
    ],
    [act("final_answer(n)")],
  ], { candidates: 5 });
  const [step] = trajectory.steps;
  assert.equal(requests[0].samples, 5);
  assert.equal(requests[0].temperature, 0.4);
  assert.deepEqual(step.vote, { chosen: 2, groups: [[2, 3], [0]], share: 0.4 });
  assert.equal(step.code, "n = 2\nprint(n)");
  assert.deepEqual(step.candidates?.map((c) => c.error?.kind ?? null), [
    null,
    "parse",
    null,
    null,
    "execution",
  ]);
  assert.equal(step.tokens.completion, 10);
  assert.equal(trajectory.answer, "2");
});

Deno.test("sag: isolated candidates do not see each other; leaking ones do, and the chosen one runs again", async () => {
  const turns = [
    [act("n = 1")],
    [act("n += 1\nprint(n)"), act("n += 1\nprint(n)"), act("n += 10\nprint(n)")],
    [act("final_answer(n)")],
  ];
  const isolated = await run(turns, { candidates: 3 });
  assert.deepEqual(isolated.trajectory.steps[1].vote?.groups, [[0, 1], [2]]);
  assert.equal(isolated.trajectory.answer, "2");
  const leaking = await run(turns, { candidates: 3, candidateState: "leaking" });
  const [, step] = leaking.trajectory.steps;
  assert.deepEqual(step.candidates?.map(({ result }) => result?.logs), ["2\n", "3\n", "13\n"]);
  assert.deepEqual(step.vote, { chosen: 0, groups: [[0], [1], [2]], share: 1 / 3 });
  assert.match(step.observation, /14/);
  assert.equal(leaking.trajectory.answer, "14");
});

Deno.test("the first-thought prefix begins the first turn, and only that", async () => {
  const { trajectory, requests } = await run(
    [[" Then look.\nCode:\n```py\nprint(1)\n```"], [act("final_answer('birch')")]],
    {},
    { firstThought: "Thought: Find the bark." },
  );
  assert.deepEqual(requests[0].messages.at(-1), {
    role: "assistant",
    content: "Thought: Find the bark.",
  });
  assert.equal(requests[1].messages.at(-1)?.role, "user");
  assert.equal(trajectory.steps[0].thought, "Find the bark. Then look.");
  assert.equal(trajectory.steps[0].prefix, "Thought: Find the bark.");
  assert.deepEqual(trajectory.firstThought, {
    text: "Thought: Find the bark.",
    continuation: "native",
  });
});

Deno.test("options out of range are named", async () => {
  await assert.rejects(run([], { maxSteps: 0 }), /maxSteps must be a whole number from 1, it is 0/);
  await assert.rejects(
    run([], { topP: 0 }),
    /topP must be a number above 0 and at most 1, it is 0/,
  );
});
