import assert from "node:assert/strict";
import { trainingExample } from "@potstill/training_data/training_example.ts";
import { importRecord } from "@potstill/trajectories/import/import_record.ts";
import { originalRecords } from "@potstill/trajectories/import/imported_trajectory.ts";
import type { Message } from "@potstill/records/message.ts";

const place = { file: "log.jsonl", line: 1 };
const user = (content: unknown) => ({ role: "user", content });
const says = (content: unknown, more: object = {}) => ({ role: "assistant", content, ...more });

function told(record: unknown): readonly Message[] {
  return trainingExample(importRecord(record, place)[0], null)!.messages;
}

function learned(record: unknown): string[] {
  const example = trainingExample(importRecord(record, place)[0], null)!;
  return example.learned.map((at) => example.messages[at].content);
}

const call = (name: string, args: unknown, id?: string) => ({
  ...(id === undefined ? {} : { id }),
  type: "function",
  function: { name, arguments: args },
});

Deno.test("calls of tools and their results are turns, whatever their form", () => {
  const roles = ["user", "assistant", "user", "assistant"];
  const forms = [
    {
      messages: [
        user("area?"),
        says(null, { tool_calls: [call("area", '{"a": 12345678901234567890}', "c1")] }),
        { role: "tool", tool_call_id: "c1", content: "15" },
        says("The answer is 15."),
      ],
    },
    {
      messages: [
        user("area?"),
        says("", { function_call: { name: "area", arguments: '{"a": 12345678901234567890}' } }),
        { role: "function", name: "area", content: "15" },
        says("The answer is 15."),
      ],
    },
    {
      conversations: [
        { from: "human", value: "area?" },
        {
          from: "function_call",
          value: '{"name": "area", "arguments": {"a": 12345678901234567890}}',
        },
        { from: "observation", value: "15" },
        { from: "gpt", value: "The answer is 15." },
      ],
    },
    {
      messages: [
        user("area?"),
        {
          role: "tool_call",
          content: '{"name": "area", "arguments": {"a": 12345678901234567890}}',
        },
        { role: "tool_response", content: "15" },
        says("The answer is 15."),
      ],
    },
  ];
  for (const form of forms) {
    const record = { answer: "15", ...form };
    const messages = told(record);
    assert.deepEqual(messages.map(({ role }) => role), roles);
    assert.equal(
      messages[1].content,
      '<tool_call>\n{"name": "area", "arguments": {"a": 12345678901234567890}}\n</tool_call>',
    );
    assert.equal(messages[2].content, "15");
    const [trajectory] = importRecord(record, place);
    assert.equal(trajectory.paradigm, "agent");
    assert.equal(trajectory.answer, "15");
    assert.equal(trajectory.correct, true);
    assert.equal(trajectory.steps[0].toolCalls[0].name, "area");
    assert.equal(trajectory.steps[0].toolCalls[0].result, "15");
    assert.deepEqual(originalRecords([trajectory]), [record]);
  }
});

Deno.test("calls side by side are one turn, their results in the calls' order", () => {
  const record = {
    messages: [
      user("both?"),
      says("I ask twice.", { tool_calls: [call("f", { x: 1 }, "a"), call("g", {}, "b")] }),
      { role: "tool", tool_call_id: "b", content: "second" },
      { role: "tool", tool_call_id: "a", content: "first" },
      says("Done."),
    ],
  };
  const messages = told(record);
  assert.match(
    messages[1].content,
    /^I ask twice\.\n<tool_call>\n.*"f".*\n<\/tool_call>\n<tool_call>/s,
  );
  assert.equal(messages[2].content, "first\nsecond");
  const [{ steps }] = importRecord(record, place);
  assert.deepEqual(steps[0].toolCalls.map(({ result }) => result), ["first", "second"]);
  const parts = {
    messages: [
      user("q"),
      says([{ type: "text", text: "hm" }, {
        type: "tool_use",
        id: "t",
        name: "f",
        input: { x: 1 },
      }]),
      user([{ type: "tool_result", tool_use_id: "t", content: [{ type: "text", text: "7" }] }]),
      says("It is 7."),
    ],
  };
  assert.deepEqual(told(parts).map(({ content }) => content), [
    "q",
    'hm\n<tool_call>\n{"name": "f", "arguments": {"x":1}}\n</tool_call>',
    "7",
    "It is 7.",
  ]);
});

Deno.test("calls of an interpreter and of final_answer are read", () => {
  const [t] = importRecord({
    answer: "42",
    messages: [
      user("6 * 7?"),
      says(null, { tool_calls: [call("python_interpreter", { code: "print(6 * 7)" })] }),
      { role: "tool", content: "42" },
      says(null, { tool_calls: [call("final_answer", { answer: 42 })] }),
    ],
  }, place);
  assert.equal(t.steps[0].code, "print(6 * 7)");
  assert.deepEqual(t.steps.map(({ isFinal }) => isFinal), [false, true]);
  assert.equal(t.answer, "42");
  assert.equal(t.correct, true);
});

Deno.test("reasoning is kept, and is not the answer", () => {
  const wanted = "<think>\nis it 5?\n</think>\n\nThe answer is 4.";
  const forms = [
    says("The answer is 4.", { reasoning_content: "is it 5?" }),
    says("The answer is 4.", { reasoning: "is it 5?\n" }),
    says([{ type: "reasoning", reasoning: "is it 5?" }, {
      type: "text",
      text: "The answer is 4.",
    }]),
    says([{ type: "thinking", thinking: "is it 5?" }, { type: "text", text: "The answer is 4." }]),
    says(wanted, { reasoning_content: "is it 5?" }),
  ];
  for (const form of forms) {
    const [t] = importRecord({ answer: "4", messages: [user("2+2?"), form] }, place);
    assert.equal(t.steps[0].modelOutput, wanted);
    assert.equal(t.answer, "4");
  }
  const orphan = "final_answer(5) maybe, or `final_answer(6)`\n</think>\n\nThe answer is 4.";
  const [t] = importRecord({ answer: "4", messages: [user("2+2?"), says(orphan)] }, place);
  assert.deepEqual([t.paradigm, t.answer, t.correct], ["cot", "4", true]);
});

Deno.test("what is to be learned is kept from every field that says it", () => {
  const row = (name: string, no: unknown, yes: unknown) => ({
    messages: [user("a"), says("bad", { [name]: no }), user("b"), says("good", { [name]: yes })],
  });
  for (
    const name of [
      "weight",
      "train",
      "training",
      "trainable",
      "train_on_turn",
      "loss_mask",
      "loss",
      "loss_weight",
    ]
  ) {
    for (const [no, yes] of [[0, 1], [false, true], ["false", "true"], [0, undefined]]) {
      assert.deepEqual(learned(row(name, no, yes)), ["good"], `${name} ${no}`);
    }
  }
  assert.deepEqual(
    learned({ messages: row("x", 0, 0).messages, loss_mask: [0, 0, 0, 1] }),
    ["good"],
  );
  const early = { messages: [user("a"), says("one"), user("b"), says("two", { weight: 0 })] };
  assert.deepEqual(learned(early), ["one"]);
  const prompted = {
    prompt: [user("a"), says("before"), user("b")],
    completion: [says("after")],
  };
  assert.deepEqual(learned(prompted), ["after"]);
});

Deno.test("a turn that was broken off is context, by the message's word or the record's", () => {
  const talk = (last: object, row: object = {}) => ({
    messages: [user("a"), says("whole"), user("b"), says("half", last)],
    ...row,
  });
  for (
    const end of [
      { finish_reason: "length" },
      { finish_reason: "content_filter" },
      { finish_reason: "abort" },
      { finish_reason: "tool_calls" },
      { stop_reason: "max_tokens" },
      { finishReason: "MAX_TOKENS" },
      { finish_reason: "network trouble" },
    ]
  ) {
    assert.deepEqual(learned(talk(end)), ["whole"], JSON.stringify(end));
    assert.deepEqual(learned(talk({}, end)), ["whole"], JSON.stringify(end));
  }
  for (
    const end of [{ finish_reason: "stop" }, { stop_reason: "end_turn" }, { finish_reason: null }]
  ) {
    assert.deepEqual(learned(talk(end, end)), ["whole", "half"], JSON.stringify(end));
  }
  const called = { finish_reason: "tool_calls", tool_calls: [call("area", "{}")] };
  assert.equal(learned({ messages: [user("a"), says("", called), says("b")] }).length, 1);
  const cut = importRecord({ prompt: "a", completion: "b", finish_reason: "length" }, place)[0];
  assert.equal(cut.steps[0].finishReason, "length");
  assert.equal(trainingExample(cut, null), null);
  const step = {
    model_output: "half",
    model_output_message: { raw: { choices: [{ finish_reason: "length" }] } },
  };
  assert.equal(
    importRecord({ task: "a", steps: [step] }, place)[0].steps[0].finishReason,
    "length",
  );
});

Deno.test("what cannot be kept is refused by its name", () => {
  const refuses = (record: unknown, reason: RegExp) =>
    assert.throws(() => importRecord(record, place), reason);
  const row = (more: object) => ({ messages: [user("a"), says("b", more)] });
  refuses(row({ weight: 0.5 }), /messages\[1\]\.weight is 0\.5, and only 0 and 1/);
  refuses(row({ loss_mask: [0, 1] }), /messages\[1\]\.loss_mask is \[0,1\]/);
  refuses(row({ weight: 1, train: false }), /messages\[1\]\.train is false, and another field/);
  for (const name of ["train_detail", "training_detail", "mask", "masked", "prefix"]) {
    refuses(row({ [name]: [{ train: true }] }), new RegExp(`has the field ${name}, which`));
  }
  refuses({ ...row({}), masked: true }, /the row has the field masked/);
  refuses(row({ finish_reason: 3 }), /messages\[1\]\.finish_reason is not a text/);
  refuses(row({ weight: 0 }), /no message of the assistant is to be trained on/);
  refuses(
    { messages: [{ ...user("a"), train: true }, says("b")] },
    /messages\[0\] is to be trained on/,
  );
  refuses({ ...row({}), loss_mask: [1] }, /loss_mask is not a list of 2 values/);
  refuses({ ...row({}), images: ["a.png"] }, /the record has images/);
  refuses(row({ audio: { id: "x" } }), /messages\[1\] has audio/);
  refuses(row({ tool_calls: [{ function: {} }] }), /tool_calls\[0\] names no tool/);
  refuses(row({ tool_calls: "f" }), /tool_calls is not a list/);
  refuses({
    messages: [user("a"), says("b", { weight: 0 }), says("c", { weight: 1 })],
  }, /right after each other/);
  refuses({ messages: [{ role: "constructor", content: "a" }, says("b")] }, /unknown role/);
});

Deno.test("halves of characters become U+FFFD, everywhere in a record", () => {
  const [t] = importRecord({
    id: "x\ud83d",
    messages: [user("a\udc00b"), says("c\ud83d"), user("d"), says("😀")],
    "k\ud800": ["\ud800"],
  }, place);
  assert.ok(JSON.stringify(t).isWellFormed() && !/\\ud/.test(JSON.stringify(t)));
  assert.equal(t.prompt[0].content, "a\ufffdb");
  assert.equal(t.steps[1].modelOutput, "😀");
  let deep: unknown = "x";
  for (let i = 0; i < 300; i++) deep = [deep];
  assert.throws(
    () => importRecord({ messages: [user("a"), says("b")], deep }, place),
    /nested more/,
  );
});

Deno.test("an agent's memory keeps its instructions, its plan and what failed", () => {
  const [t] = importRecord({
    steps: [
      { system_prompt: "Act." },
      { task: "2 + 2?" },
      { plan: "I add." },
      { model_output: null, error: { type: "AgentGenerationError", message: "Connection error." } },
      {
        model_output: null,
        tool_calls: [call("python_interpreter", "print(4)")],
        observations: "4",
      },
      { model_output: "<code>\nfinal_answer(4)\n</code>", is_final_answer: true, action_output: 4 },
    ],
  }, place);
  assert.deepEqual(t.prompt.map(({ content }) => content), ["Act.", "2 + 2?"]);
  assert.deepEqual(t.steps.map(({ error }) => error?.kind ?? null), [
    null,
    "generation",
    null,
    null,
  ]);
  assert.deepEqual(t.steps.map(({ code }) => code), [null, null, "print(4)", "final_answer(4)"]);
  assert.equal(t.answer, "4");
});
