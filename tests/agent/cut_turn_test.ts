import assert from "node:assert/strict";
import { runAgent } from "@potstill/agent/run_agent.ts";
import type { ChatModel, Completion } from "@potstill/models/chat_model.ts";
import { loadPrompts } from "@potstill/agent/prompts/prompt_set.ts";
import { filterTrajectory } from "@potstill/trajectories/filter_trajectory.ts";
import { ArithmeticInterpreter } from "../generation/arithmetic_interpreter.ts";
import { productTasks } from "../generation/setup.ts";

const fence = "```";
const whole = `Thought: again.\nCode:\n${fence}py\nx = 2 * 3\nfinal_answer(x)\n${fence}<end_code>`;

async function stepsAfter(text: string, finishReason: Completion["finishReason"]) {
  let count = 0;
  const model: ChatModel = {
    name: "m",
    prefixContinuation: "native",
    complete: () =>
      Promise.resolve({
        completions: [
          count++ === 0
            ? { text, finishReason, completionTokens: 9 }
            : { text: whole, finishReason: "stop" as const, completionTokens: 9 },
        ],
        promptTokens: 1,
      }),
  };
  const trajectory = await runAgent({
    model,
    interpreter: new ArithmeticInterpreter(),
    tools: [],
    prompts: await loadPrompts(),
    systemPrompt: "s",
    options: { maxNewTokens: 9 },
  }, { task: productTasks(1)[0], seed: 1 });
  return { ...trajectory, correct: true };
}

const halves = [
  `Thought: x.\nCode:\n${fence}py\nx = 2 * 2\nfinal_answer(x)`,
  `Thought: x.\nCode:\n${fence}py\nx = 2 * 2\nfinal_answer(x)\n`,
  `Thought: x.\nCode:\n${fence}python\nfinal_answer(x`,
  `Thought: x.\n<code>\nx = 2 * 2\nfinal_answer(x)`,
  "Thought: I mult",
  "",
];

for (const reason of ["length", "content_filter", "unknown"] as const) {
  Deno.test(`${reason}: half code is not run, and the agent goes on`, async () => {
    for (const text of halves) {
      const { steps, answer, ...rest } = await stepsAfter(text, reason);
      assert.equal(answer, "6", text);
      assert.equal(steps[0].code, null);
      assert.equal(steps[0].finishReason, reason);
      assert.equal(steps[0].error?.kind, "parse");
      assert.match(
        steps[0].error!.message,
        reason === "length" ? /cut off at 9 tokens/ : /broken off/,
      );
      assert.ok(filterTrajectory({ ...rest, answer, steps }).reasons.includes("half-turn"));
    }
  });

  Deno.test(`${reason}: code whose end is there is run, and not learned`, async () => {
    const text =
      `Thought: x.\nCode:\n${fence}py\nx = 2 * 2\nfinal_answer(x)\n${fence}\nAnd now I will exp`;
    const trajectory = await stepsAfter(text, reason);
    assert.equal(trajectory.answer, "4");
    assert.deepEqual(filterTrajectory(trajectory).reasons, ["half-turn"]);
  });
}

Deno.test("a turn that ended by itself is run without its fence's end, as before", async () => {
  const { answer, steps } = await stepsAfter(halves[0], "stop");
  assert.equal(answer, "4");
  assert.equal(steps[0].finishReason, "stop");
});
