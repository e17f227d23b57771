import assert from "node:assert/strict";
import { join } from "node:path";
import type { Step } from "@potstill/records/step.ts";
import type { Trajectory } from "@potstill/records/trajectory.ts";
import { writeJsonl } from "@potstill/runs/jsonl.ts";
import { storedBaseFolder } from "@potstill/student/stored_base.ts";
import { ChatTemplate } from "@potstill/tokenizer/chat_template.ts";
import { Tokenizer } from "@potstill/tokenizer/tokenizer.ts";
import { loadTokenizer } from "@potstill/tokenizer/tokenizer_folder.ts";
import { loadTrajectories } from "@potstill/trajectories/load_trajectories.ts";
import { writeExport } from "@potstill/training_data/formats/write_export.ts";
import { loadTrainingData } from "@potstill/training_data/load_training_data.ts";
import { conversationOfRow } from "@potstill/training_data/masks/conversation_of_row.ts";
import { MaskTemplate } from "@potstill/training_data/masks/mask_template.ts";
import { verifyMask } from "@potstill/training_data/masks/verify_mask.ts";
import type { TokenizedExample } from "@potstill/training_data/tokenized_example.ts";
import { plainText } from "@potstill/training_data/whole_text.ts";
import { withFolder } from "../generation/setup.ts";

const tokenizer = await loadTokenizer(storedBaseFolder("0.3M"));
const options = { tokenizer, template: tokenizer.chatTemplate(), maxTokens: 2048 };

/** The learned turns of an example, as text. */
function learnedTurns({ ids, trained }: TokenizedExample): string[] {
  const turns: number[][] = [];
  ids.forEach((id, i) => {
    if (trained[i] !== 1) return;
    if (trained[i - 1] !== 1) turns.push([]);
    turns.at(-1)!.push(id);
  });
  return turns.map((turn) => tokenizer.decode(Int32Array.from(turn)));
}

async function turnsOfRows(folder: string, rows: readonly unknown[]): Promise<string[]> {
  const file = join(folder, "rows.jsonl");
  await writeJsonl(file, rows);
  return (await loadTrainingData([file], options)).examples.flatMap(learnedTurns);
}

function trajectory(id: number, turns: number, more: object = {}): Trajectory {
  const steps = Array.from({ length: turns }, (_, index): Step => ({
    index,
    modelOutput: index === turns - 1
      ? `Thought: done.\nCode:\n\`\`\`py\nfinal_answer(${id})\n\`\`\`<end_code>`
      : `Thought: turn ${index}.\nCode:\n\`\`\`py\nprint(${index})\n\`\`\`<end_code>`,
    thought: "",
    code: "",
    observation: index === turns - 1 ? "" : `Observation:\nExecution logs:\n${index}`,
    toolCalls: [],
    isFinal: index === turns - 1,
    error: null,
    tokens: { prompt: 1, completion: 1 },
    durations: { generateMs: 0, executeMs: 0 },
  }));
  const question = `What is ${id} plus nothing?`;
  return {
    id: `b/t${id}#0`,
    task: {
      id: `t${id}`,
      benchmark: "b",
      split: "train",
      kind: "math",
      question,
      answer: `${id}`,
    },
    paradigm: "agent",
    model: "m",
    prompt: [
      { role: "system", content: "the long prompt" },
      { role: "user", content: question },
    ],
    steps,
    answer: `${id}`,
    correct: true,
    seed: 0,
    ...more,
  };
}

const run = [
  trajectory(1, 3),
  trajectory(2, 1),
  trajectory(3, 2, { correct: false }),
  trajectory(4, 4),
];
const partly = [trajectory(5, 3, { learnedSteps: [0, 2] }), trajectory(6, 2)];

for (const to of ["messages", "trl", "axolotl", "unsloth", "llama-factory"] as const) {
  Deno.test(`training on an export (${to}) is training on the run`, () =>
    withFolder(async (folder) => {
      const file = join(folder, "run.jsonl");
      await writeJsonl(file, run);
      const direct = await loadTrainingData([file], options);
      const out = join(folder, "export");
      await writeExport(await loadTrajectories(file), { to, out });
      const exported = await loadTrainingData([out], options);
      assert.equal(direct.examples.length, 3);
      assert.deepEqual(exported.examples, direct.examples);
      assert.deepEqual(exported.origin.questions, direct.origin.questions);
      assert.equal(exported.origin.files, undefined);
      assert.match(direct.notes[0], /3 of 4 agent trajectories kept, rejected for wrong-answer 1/);
    }));
}

for (const to of ["messages", "trl", "trl-prompt-completion", "axolotl"] as const) {
  Deno.test(`an export (${to}) of turns that are learned in part trains each of them once`, () =>
    withFolder(async (folder) => {
      const file = join(folder, "run.jsonl");
      await writeJsonl(file, partly);
      const direct = await loadTrainingData([file], options);
      const turns = direct.examples.flatMap(learnedTurns);
      assert.equal(turns.length, 4);
      assert.ok(!turns.some((text) => text.includes("turn 1")));
      assert.ok(turns.every((text) => text.endsWith("<|im_end|>")));
      const out = join(folder, "export");
      await writeExport(await loadTrajectories(file), { to, out });
      const exported = await loadTrainingData([out], options);
      assert.deepEqual(exported.examples.flatMap(learnedTurns).sort(), turns.toSorted());
    }));
}

const chat = (first: object, second: object) => ({
  messages: [
    { role: "user", content: "2 + 2?" },
    { role: "assistant", content: "It is 5.", ...first },
    { role: "user", content: "Sure?" },
    { role: "assistant", content: "It is 4.", ...second },
  ],
});

const flagged: [name: string, row: object, learned: string[]][] = [
  ["no flag", chat({}, {}), ["It is 5.", "It is 4."]],
  ["weight", chat({ weight: 0 }, { weight: 1 }), ["It is 4."]],
  ["train", chat({ train: true }, { train: false }), ["It is 5."]],
  ["training as text", chat({ training: "false" }, { training: "true" }), ["It is 4."]],
  ["loss_mask of the row", { ...chat({}, {}), loss_mask: [0, 0, 0, 1] }, ["It is 4."]],
  ["supervision", { ...chat({}, {}), supervision: "last_assistant_only" }, ["It is 4."]],
  ["prompt and completion", { prompt: "2 + 2?", completion: "It is 4." }, ["It is 4."]],
  [
    "prompt and completion as messages",
    {
      prompt: chat({}, {}).messages.slice(0, 3),
      completion: chat({}, {}).messages.slice(3),
    },
    ["It is 4."],
  ],
  [
    "ShareGPT",
    {
      system: "Be brief.",
      conversations: [{ from: "human", value: "2 + 2?" }, { from: "gpt", value: "It is 4." }],
    },
    ["It is 4."],
  ],
];

for (const [name, row, learned] of flagged) {
  Deno.test(`what a row says is learned, as the verifier of masks reads it: ${name}`, () =>
    withFolder(async (folder) => {
      const turns = await turnsOfRows(folder, [row]);
      assert.deepEqual(turns, learned.map((text) => `${text}<|im_end|>`));
      const template = new MaskTemplate(options.template.source, tokenizer.templateVariables);
      const { findings, example } = verifyMask(tokenizer, template, conversationOfRow(row));
      assert.deepEqual(findings, []);
      assert.deepEqual(learnedTurns(example!), turns);
    }));
}

Deno.test("a template that writes otherwise in training than before an answer is told of", () =>
  withFolder(async (folder) => {
    const file = join(folder, "rows.jsonl");
    await writeJsonl(file, [chat({}, {}), chat({}, {})]);
    const said = (notes: readonly string[]) =>
      notes.filter((note) => /WARNING.*template/.test(note));
    assert.deepEqual(said((await loadTrainingData([file], options)).notes), []);
    const odd = new ChatTemplate(
      `{% for m in messages %}<|im_start|>{{ m.role }}\n{% if m.role == "assistant" %}So: {% endif %}` +
        `{{ m.content }}<|im_end|>\n{% endfor %}` +
        `{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}`,
    );
    const { notes, examples } = await loadTrainingData([file], { ...options, template: odd });
    assert.equal(examples.length, 2);
    assert.equal(said(notes).length, 1);
    assert.match(said(notes)[0], /rows\.jsonl line 1: .*"So: /);
  }));

Deno.test("a content that spells a special token ends no turn", () =>
  withFolder(async (folder) => {
    const content = "Say <|im_end|> <|im_start|>assistant";
    const file = join(folder, "rows.jsonl");
    await writeJsonl(file, [{ prompt: content, completion: "No." }]);
    const [{ ids }] = (await loadTrainingData([file], options)).examples;
    const ends = ids.filter((id) => id === tokenizer.specialId("<|im_end|>"));
    assert.equal(ends.length, 2);
  }));

const fine = { prompt: "2 + 2?", completion: "It is 4." };
const misfits: [row: object, defect: string, detail: RegExp][] = [
  [{ messages: [] }, "nothing-to-train", /no assistant message/],
  [{ prompt: "Long?", completion: "word ".repeat(3000) }, "too-long", /the limit is 2048/],
  [
    { messages: [{ role: "narrator", content: "Once" }, { role: "assistant", content: "Yes" }] },
    "not-understood",
    /messages\[0\] has the unknown role "narrator"/,
  ],
  [{ prompt: "Silent?", completion: "" }, "nothing-to-train", /assistant message 1 is empty/],
  [chat({ weight: 0 }, { weight: 0.5 }), "not-understood", /weight is 0\.5/],
  [chat({ weight: 0 }, { weight: 0 }), "nothing-to-train", /train on/],
  [{ ...fine, label: false }, "not-understood", /label is false/],
  [{ messages: chat({}, {}).messages.slice(0, 3) }, "unfinished", /its last message \(2\)/],
  [
    chat({}, { finish_reason: "length" }),
    "not-understood",
    /messages\[3\] was cut off \(length\)/,
  ],
  [chat({}, { mood: "sad" }), "not-understood", /messages\[3\]\.mood is not understood/],
  [
    chat({}, { tool_calls: [{ function: { name: "add", arguments: "{}" } }] }),
    "template",
    /drops tool_calls/,
  ],
];

Deno.test("rows that do not fit are left out by name, and the others are trained on", () =>
  withFolder(async (folder) => {
    const file = join(folder, "rows.jsonl");
    await writeJsonl(file, [fine, ...misfits.map(([row]) => row), fine]);
    const { examples, leftOut } = await loadTrainingData([file], options);
    assert.equal(examples.length, 2);
    assert.deepEqual(
      leftOut.map(({ place, defect }) => [place, defect]),
      misfits.map(([, defect], i) => [`${file} line ${i + 2}`, defect]),
    );
    for (const [i, [, , detail]] of misfits.entries()) assert.match(leftOut[i].detail, detail);
    await writeJsonl(file, misfits.map(([row]) => row));
    await assert.rejects(
      loadTrainingData([file], options),
      /Cannot train on .*rows\.jsonl: none of 11 rows can be trained on; the first, .* line 1: it has no/,
    );
  }));

const unknown: [text: string, message: RegExp][] = [
  [`{"txt": "plain", "source": "web"}`, /line 2: it has neither messages, .* txt, source$/],
  [`{"text": 7}`, /line 2: it has neither messages, .* text$/],
  [`{"text": "a", "prompt": "1?"}`, /line 2: it has prompt, and completion is missing/],
  [`{}`, /line 2: .*it has no field/],
  [`[1, 2]`, /line 2: it is a list, not an object/],
  [`"hello"`, /line 2: it is "hello", not an object/],
  [`{"messages": "hello"}`, /line 2: messages is a string, not a list of messages/],
  [`{"messages": ["hello"]}`, /line 2: messages\[0\] is a string, not a message/],
  [`{"prompt": "1?"}`, /line 2: it has prompt, and completion is missing/],
  [`{"prompt": "1?", "completion": 1}`, /line 2: completion is a number, not a list/],
  [
    `{"prompt": "1?", "completion": "1", "messages": []}`,
    /line 2: it has both messages and prompt/,
  ],
  [`{"prompt": "1?", "chosen": "1", "rejected": "2"}`, /line 2: it has chosen: of a preference/],
  [`{"messages": [], "chat_template_kwargs": {"x": 1}}`, /chat_template_kwargs is not understood/],
  [`{"prompt": "1?", `, /Cannot read .*rows\.jsonl line 2: /],
];

for (const [text, message] of unknown) {
  Deno.test(`a file with a row of no known shape is refused: ${text.slice(0, 40)}`, () =>
    withFolder(async (folder) => {
      const file = join(folder, "rows.jsonl");
      await Deno.writeTextFile(file, `${JSON.stringify(fine)}\n${text}\n`);
      await assert.rejects(loadTrainingData([file], options), message);
    }));
}

Deno.test("a row with text alone is learned as a whole, with what it spells and its end", () =>
  withFolder(async (folder) => {
    const file = join(folder, "rows.jsonl");
    const text = "<|im_start|>user\nHi<|im_end|>";
    const long = "word ".repeat(3000);
    await writeJsonl(file, [
      { text: "A plain text." },
      { text, source: "web" },
      fine,
      { text: " " },
      {
        text: long,
      },
    ]);
    const { examples, leftOut, notes } = await loadTrainingData([file], options);
    assert.deepEqual(
      examples.slice(0, 2).map(({ ids }) => tokenizer.decode(ids)),
      ["A plain text.<|im_end|>", text],
    );
    assert.equal(examples[1].ids[0], tokenizer.specialId("<|im_start|>"));
    for (const { trained } of examples.slice(0, 2)) {
      assert.deepEqual([trained[0], trained.slice(1).every(Boolean)], [0, true]);
    }
    assert.deepEqual(leftOut.map(({ defect }) => defect), ["nothing-to-train", "too-long"]);
    assert.match(notes.join("\n"), /nothing is made of the fields source$/m);
    // A tokenizer that asks for its first token gets it once.
    const { tokenizer: file_, config } = tokenizer.files;
    const first = { add_bos_token: true, bos_token: "<|endoftext|>" };
    const begins = new Tokenizer({ tokenizer: file_, config: { ...config, ...first } });
    for (const given of ["A", "<|endoftext|>A"]) {
      const { ids } = plainText(begins, given);
      assert.equal(begins.decode(ids), "<|endoftext|>A<|im_end|>");
    }
  }));

Deno.test("what is known of the data's tasks is told, and what is not", () =>
  withFolder(async (folder) => {
    const runFile = join(folder, "run.jsonl");
    const rows = join(folder, "more.json");
    await writeJsonl(runFile, [trajectory(1, 2), trajectory(2, 1)]);
    await Deno.writeTextFile(rows, JSON.stringify([{ ...fine, id: 7, source: "web" }]));
    const { origin, notes, examples } = await loadTrainingData([runFile, rows], options);
    assert.equal(examples.length, 3);
    assert.equal(origin.trajectories, 2);
    assert.deepEqual(origin.data, [{ benchmark: "b", split: "train", tasks: 2 }]);
    assert.deepEqual(origin.files, ["more.json"]);
    assert.match(notes.at(-1)!, /more\.json: nothing is made of the fields source/);
    const tested = { task: { ...trajectory(9, 1).task, split: "test" } };
    await writeJsonl(runFile, [trajectory(9, 1, tested)]);
    const again = await loadTrainingData([runFile], options);
    assert.match(again.notes.at(-1)!, /WARNING: 1 of 1 trajectories are of tasks of a test split/);
    await assert.rejects(
      loadTrainingData([join(folder, "none")], options),
      /Cannot train on .*none: there is no such file or folder/,
    );
    await Deno.writeTextFile(join(folder, "empty.jsonl"), "\n");
    await assert.rejects(
      loadTrainingData([join(folder, "empty.jsonl")], options),
      /empty\.jsonl: it holds no row/,
    );
  }));
