import assert from "node:assert/strict";
import type { Random } from "@potstill";
import { checkTrajectory, type JsonValue } from "@potstill/agent";
import { importRecord, originalRecords, trainingExample, wellFormed } from "@potstill/student";
import { jsonLine, viewRecord } from "@potstill/experiments";
import { mutatedValue } from "./foreign_texts.ts";

const turn = "Thought: t\nCode:\n```py\nfinal_answer(4)\n```<end_code>";
const call = { id: "c1", type: "function", function: { name: "f", arguments: '{"a": 1}' } };
const messages = [
  { role: "system", content: "s" },
  { role: "user", content: [{ type: "text", text: "2 + 2?" }] },
  { role: "assistant", content: null, reasoning_content: "hm", tool_calls: [call] },
  { role: "tool", tool_call_id: "c1", content: "4" },
  { role: "assistant", content: turn, weight: 1 },
];
/** A record of every form, which is mutated. */
const RECORDS: readonly unknown[] = [
  { id: "1", answer: "4", messages },
  { answer: 4, response: "It is 4.", messages: messages.slice(0, 2), score: "1" },
  {
    system: "s",
    conversations: [
      { from: "human", value: "2 + 2?" },
      { from: "function_call", value: '{"name": "f", "arguments": {}}' },
      { from: "observation", value: "4" },
      { from: "gpt", value: turn },
    ],
  },
  { prompt: messages.slice(0, 2), completion: [messages[4]], answer: "4" },
  { prompt: "2 + 2?", chosen: "4", rejected: [{ role: "assistant", content: "5" }] },
  {
    model_id: "m",
    true_answer: "4",
    log_data: {
      source: { id: 1, dataset_name: "MATH", split: "test" },
      metadata: { final_answer: 4, model: { model_id: "m" } },
      messages: [
        ...messages.slice(0, 2),
        { role: "MessageRole.ASSISTANT", content: turn },
        { role: "tool-call", content: "Calling tools:\n[{'arguments': 'print(1)'}]" },
        { role: "tool-response", content: "Error:\nReached max steps" },
      ],
      trajectory_steps: [{ token_usage: { input_tokens: 1, output_tokens: 1 }, duration: 1 }],
    },
  },
  {
    steps: [
      { system_prompt: { system_prompt: "s" } },
      { task: "2 + 2?" },
      { plan: "p" },
      {
        model_output: turn,
        observations: "4",
        error: { type: "T", message: "m" },
        is_final_answer: true,
      },
      { model_output: null, tool_calls: [call], action_output: 4, timing: { duration: 1 } },
    ],
  },
  {
    repair_id: "1",
    question: "q",
    attempts: [{
      accepted: true,
      replayed_prefix_steps: [{ code_action: "x = 1", observation: "o" }],
      sft_messages: messages.slice(0, 2),
      teacher_action: { model_output: turn },
      verification: {
        final_answer: "4",
        trace: [{ action: { model_output: turn }, execution: {} }],
      },
    }],
  },
];

/** Imports a mutated record, and writes what came of it. @throws when something is wrong */
export function tryRecord(random: Random): void {
  const record = mutatedValue(random.pick(RECORDS), random);
  let trajectories: ReturnType<typeof importRecord>;
  try {
    trajectories = importRecord(record, { file: "x.jsonl", line: 1 }, {
      benchmark: "x",
      kind: "qa",
    });
  } catch (error) {
    // What cannot be read is refused in words, which name what is wrong.
    const { name, message } = error as Error;
    assert.equal(name, "TypeError", message);
    assert.doesNotMatch(
      message,
      /is not a function|is not iterable|Cannot (?:read|convert|set)|undefined \(/,
    );
    return;
  }
  for (const trajectory of trajectories) {
    checkTrajectory(trajectory);
    const line = jsonLine(trajectory);
    assert.deepEqual(JSON.parse(line), JSON.parse(JSON.stringify(trajectory)));
    viewRecord(trajectory, () => 0);
    const example = trainingExample(trajectory, null);
    for (const at of example?.learned ?? []) {
      assert.equal(example!.messages[at].role, "assistant");
    }
  }
  assert.deepEqual(originalRecords(trajectories), [wellFormed(record as JsonValue)]);
}
