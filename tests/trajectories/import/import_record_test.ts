import assert from "node:assert/strict";
import { conversation } from "@potstill/agent/conversation.ts";
import { formOfRecord, importRecord } from "@potstill/trajectories/import/import_record.ts";
import { trainingExample } from "@potstill/training_data/training_example.ts";
import { originalRecords } from "@potstill/trajectories/import/imported_trajectory.ts";
import { errorIn } from "@potstill/trajectories/import/steps_from_turns.ts";
import { verdictOf } from "@potstill/trajectories/import/fields.ts";

const place = { file: "some_log.jsonl", line: 3 };
const text = (value: string) => [{ type: "text", text: value }];

const agentLog = {
  model_id: "big",
  question: "What is 2 + 2?",
  generated_answer: 4,
  true_answer: "4",
  score: "1",
  log_data: {
    source: { id: 7, dataset_name: "MATH", split: "test", level: 2 },
    messages: [
      { role: "system", content: text("Solve.") },
      { role: "user", content: text("New task:\nWhat is 2 + 2?") },
      { role: "assistant", content: text("Thought: add.\n<code>\nx = 2 + 2\nprint(y)\n</code>") },
      { role: "tool-call", content: text("Calling tools:\n[{'arguments': 'x'}]") },
      { role: "tool-response", content: text("Call id: call_1\nObservation:\nExecution logs:\n1") },
      {
        role: "tool-response",
        content: text(
          "Call id: call_1\nError:\nCode execution failed at line 'print(y)' due to: InterpreterError: no y",
        ),
      },
      { role: "assistant", content: text("I think it is 4.") },
      {
        role: "tool-response",
        content: text(
          "Error:\nError in code parsing:\nYour code snippet is invalid, because the regex pattern x",
        ),
      },
      {
        role: "assistant",
        content: text("Thought: done.\nCode:\n```py\nfinal_answer(x)\n```<end_code>"),
      },
      {
        role: "tool-response",
        content: text("Observation:\nExecution logs:\nLast output from code snippet:\n4"),
      },
    ],
    trajectory_steps: [{ token_usage: { input_tokens: 10, output_tokens: 3 }, duration: 1.5 }],
  },
};

Deno.test("a log record: steps with their errors, the answer, the task, the verdict", () => {
  const [t] = importRecord(agentLog, place);
  assert.equal(t.paradigm, "agent");
  assert.equal(t.model, "big");
  assert.deepEqual(t.task, {
    id: "7",
    benchmark: "math",
    split: "test",
    kind: "math",
    question: "What is 2 + 2?",
    answer: "4",
    level: "2",
  });
  assert.equal(t.answer, "4");
  assert.equal(t.correct, true);
  assert.deepEqual(t.steps.map(({ error }) => error?.kind ?? null), ["execution", "parse", null]);
  assert.deepEqual(t.steps.map(({ code }) => code), [
    "x = 2 + 2\nprint(y)",
    null,
    "final_answer(x)",
  ]);
  assert.deepEqual(t.steps.map(({ isFinal }) => isFinal), [false, false, true]);
  assert.equal(
    t.steps[0].observation,
    "Call id: call_1\nObservation:\nExecution logs:\n1\n" +
      "Call id: call_1\nError:\nCode execution failed at line 'print(y)' due to: InterpreterError: no y",
  );
  assert.deepEqual(t.steps[0].tokens, { prompt: 10, completion: 3 });
  assert.equal(t.steps[0].durations.generateMs, 1500);
  const told = conversation(t.prompt, t.steps).filter(({ role }) => role === "assistant");
  assert.equal(told[0].content, agentLog.log_data.messages[2].content[0].text);
  assert.deepEqual(originalRecords([t]), [agentLog]);
});

Deno.test("a log that ran into the step limit", () => {
  const messages = [
    { role: "user", content: "q" },
    { role: "assistant", content: "Thought: a\n<code>\nprint(1)\n</code>" },
    { role: "tool-response", content: "Observation:\n1" },
    { role: "tool-response", content: "Error:\nAgentMaxStepsError: Reached max steps." },
  ];
  const [t] = importRecord({ log_data: { messages } }, place);
  assert.deepEqual(t.steps.map(({ error }) => error?.kind ?? null), [null, "max-steps"]);
  assert.equal(t.steps[0].observation, "Observation:\n1");
  assert.equal(t.answer, null);
  assert.equal(t.correct, null);
  assert.equal(t.task.id, "3");
  assert.equal(t.task.benchmark, "some_log");
});

Deno.test("a CoT answer keeps its text, its answer and its verdict", () => {
  const record = {
    id: "a1",
    question: "Who?",
    answer: "Ann",
    dataset_name: "hotpotqa/hotpot_qa",
    split: "test",
    generated_answer: "Bob",
    response: "First.\n\nIt is Bob. ```py\nx = 1\n```",
    messages: [
      { role: "system", content: "s" },
      { role: "user", content: "Who?" },
      { role: "assistant", content: "First.\n\nIt is Bob. ```py\nx = 1\n```" },
    ],
    input_tokens: 5,
    output_tokens: 6,
    score: 0,
  };
  const [t] = importRecord(record, place);
  assert.equal(t.paradigm, "cot");
  assert.equal(t.task.benchmark, "hotpotqa");
  assert.equal(t.task.kind, "qa");
  assert.equal(t.steps.length, 1);
  assert.equal(t.steps[0].modelOutput, record.response);
  assert.equal(t.steps[0].code, null);
  assert.equal(t.steps[0].error, null);
  assert.deepEqual(t.steps[0].tokens, { prompt: 5, completion: 6 });
  assert.equal(t.answer, "Bob");
  assert.equal(t.correct, false);
  assert.deepEqual(originalRecords([t]), [record]);
});

Deno.test("conversations of several makes", () => {
  const agentTurn = 'Thought: go.\nCode:\n```py\nfinal_answer("Oslo")\n```<end_code>';
  const chat = {
    messages: [{ role: "user", content: "Capital?" }, { role: "assistant", content: agentTurn }],
    supervision: "last_assistant_only",
  };
  const [a] = importRecord(chat, place);
  assert.equal(a.paradigm, "agent");
  assert.equal(a.supervision, "last-assistant");
  assert.equal(a.answer, "Oslo");
  assert.equal(a.correct, null);
  const sharegpt = {
    system: "Be brief.",
    conversations: [
      { from: "human", value: "Capital?" },
      { from: "gpt", value: agentTurn },
      { from: "observation", value: "Observation:\nno" },
      { from: "gpt", value: agentTurn },
    ],
  };
  const [b] = importRecord(sharegpt, place);
  assert.deepEqual(b.prompt.map(({ role }) => role), ["system", "user"]);
  assert.equal(b.steps[0].observation, "Observation:\nno");
  const completion = {
    prompt: [{ role: "user", content: "1 + 1?" }],
    completion: [{ role: "assistant", content: "It is <answer>2</answer>" }],
    answer: "2",
  };
  const [c] = importRecord(completion, place, { kind: "math" });
  assert.equal(c.paradigm, "cot");
  assert.equal(c.answer, "2");
  assert.equal(c.correct, true);
  const preference = {
    prompt: "1 + 1?",
    chosen: "The answer is 2.",
    rejected: "The answer is 3.",
  };
  const [good, bad] = importRecord(preference, place);
  assert.deepEqual([good.correct, bad.correct], [true, false]);
  assert.deepEqual([good.id, bad.id], ["some_log/3#0", "some_log/3#1"]);
  assert.deepEqual(originalRecords([good, bad]), [preference]);
});

Deno.test("an agent's memory as smolagents dumps it", () => {
  const record = {
    system_prompt: { system_prompt: "Solve." },
    steps: [
      { task: "2 + 2?" },
      {
        step_number: 1,
        model_output: "Thought: add.\n<code>\nprint(2 + 2)\n</code>",
        observations: "Execution logs:\n4\nLast output from code snippet:\nNone",
        error: null,
        token_usage: { input_tokens: 9, output_tokens: 2 },
        timing: { duration: 0.25 },
      },
      {
        step_number: 2,
        model_output: "Thought: done.\n<code>\nfinal_answer(4)\n</code>",
        observations: "Execution logs:\nLast output from code snippet:\n4",
        is_final_answer: true,
        action_output: 4,
      },
    ],
  };
  const [t] = importRecord(record, place, { kind: "math" });
  assert.equal(t.prompt.length, 2);
  assert.equal(t.steps.length, 2);
  assert.equal(t.answer, "4");
  assert.equal(t.steps[0].durations.generateMs, 250);
  assert.match(t.steps[0].observation, /^Observation:\nExecution logs:\n4/);
});

Deno.test("attempts at a repair: one trajectory each, and the record comes back whole", () => {
  const observation = "Execution logs:\nLast output from code snippet:\n16";
  const record = {
    repair_id: "2",
    question: "How many?",
    gold_answer: "16",
    teacher_model_id: "teacher",
    attempts: [
      { accepted: false, rejection_reason: "cannot replay", replayed_prefix_steps: [] },
      {
        accepted: true,
        replayed_prefix_steps: [{ code_action: "x = 1", observation: "Execution logs:\n" }],
        sft_messages: [
          { role: "system", content: "s" },
          { role: "user", content: "New task:\nHow many?" },
          { role: "assistant", content: "Thought: x.\n<code>\nx = 1\n</code>" },
          { role: "user", content: "Observation:\nExecution logs:\n" },
          { role: "assistant", content: "Thought: y.\n<code>\nfinal_answer(16)\n</code>" },
        ],
        teacher_action: { model_output: "Thought: y.\n<code>\nfinal_answer(16)\n</code>" },
        verification: {
          final_answer: "16",
          correct: true,
          trace: [{
            source: "teacher_repair",
            action: { model_output: "Thought: y.\n<code>\nfinal_answer(16)\n</code>" },
            execution: { observation, is_final_answer: true },
          }],
        },
      },
    ],
  };
  const attempts = importRecord(record, place);
  assert.deepEqual(attempts.map(({ id }) => id), ["some_log/2#0", "some_log/2#1"]);
  const [bad, good] = attempts;
  assert.equal(bad.correct, false);
  assert.equal(bad.answer, null);
  assert.match(bad.steps[0].error!.message, /cannot replay/);
  assert.equal(good.correct, true);
  assert.deepEqual(good.steps.map(({ modelOutput }) => modelOutput), [
    "Thought: x.\n<code>\nx = 1\n</code>",
    "Thought: y.\n<code>\nfinal_answer(16)\n</code>",
  ]);
  assert.equal(good.model, "teacher");
  // The correction alone is learned, not what the student wrote before it.
  assert.equal(good.learnedStep, 1);
  assert.deepEqual(
    trainingExample(good, null),
    { id: good.id, messages: record.attempts[1].sft_messages, learned: [4] },
  );
  assert.deepEqual(originalRecords([good, bad]), [record]);
});

Deno.test("records without a known form, or that cannot be read, say why", () => {
  assert.throws(() => formOfRecord({ foo: 1, bar: 2 }), /fields are foo, bar/);
  assert.throws(() => formOfRecord(3), /fields are none/);
  const bad = (messages: unknown) => () => importRecord({ messages }, place);
  assert.throws(
    bad([{ role: "wizard", content: "" }]),
    /messages\[0\] has the unknown role "wizard"/,
  );
  assert.throws(bad([{ role: "user", content: "q" }]), /holds no assistant message/);
  assert.throws(bad([{ role: "user", content: 3 }]), /content that is no text/);
  assert.throws(
    bad([{ role: "user", content: [{ type: "image", image: "x" }] }]),
    /a part of type "image", which is no text/,
  );
  assert.throws(() => importRecord({ steps: [{ task: "x" }] }, place), /hold no model_output/);
});

Deno.test("verdicts as tools write them", () => {
  for (const yes of [true, 1, "1", "True", " true ", "1.0"]) assert.equal(verdictOf(yes), true);
  for (const no of [false, 0, "0", "False", "0.0"]) assert.equal(verdictOf(no), false);
  for (const none of [null, undefined, "", "maybe", 0.5]) assert.equal(verdictOf(none), null);
});

Deno.test("errors are read from observations, not from what code printed", () => {
  assert.equal(errorIn("Observation:\nExecution logs:\nError: none"), null);
  assert.equal(errorIn("Observation:\nExecution logs:\nCode execution failed? no"), null);
  assert.equal(errorIn(""), null);
  assert.equal(
    errorIn("Error:\nCode parsing failed on line 7 due to: SyntaxError")!.kind,
    "execution",
  );
  assert.equal(errorIn("Error:\nAgentParsingError: Error in code parsing")!.kind, "parse");
  assert.equal(
    errorIn("Call id: call_1\nError:\nReached the time limit of 10 seconds")!.kind,
    "timeout",
  );
});
