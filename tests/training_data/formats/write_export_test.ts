import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { exportFormats, formatNames } from "@potstill/training_data/formats/export_formats.ts";
import { loadTrajectories } from "@potstill/trajectories/load_trajectories.ts";
import { trainingExample } from "@potstill/training_data/training_example.ts";
import { type ExportOptions, writeExport } from "@potstill/training_data/formats/write_export.ts";
import { importFiles } from "@potstill/trajectories/import/import_files.ts";
import type { Step } from "@potstill/records/step.ts";
import type { Task } from "@potstill/records/task.ts";
import type { Trajectory } from "@potstill/records/trajectory.ts";
import { readJsonl, writeJsonl } from "@potstill/runs/jsonl.ts";
import { withFolder } from "../../generation/setup.ts";

const shared = new URL("../../../../shared/data/traces/", import.meta.url).pathname;

function step(index: number, more: Partial<Step> = {}): Step {
  return {
    index,
    modelOutput: `Thought: turn ${index}.\nCode:\n\`\`\`py\nprint(${index})\n\`\`\`<end_code>`,
    thought: "",
    code: "",
    observation: `Observation:\nExecution logs:\n${index}`,
    toolCalls: [],
    isFinal: false,
    error: null,
    tokens: { prompt: 1, completion: 1 },
    durations: { generateMs: 0, executeMs: 0 },
    ...more,
  };
}

function trajectory(id: number, sample: number, turns: number, correct = true): Trajectory {
  const task: Task = {
    id: `t${id}`,
    benchmark: "b",
    split: "train",
    kind: "math",
    question: `Question ${id}?`,
    answer: "1",
  };
  const steps = Array.from({ length: turns }, (_, i) => step(i));
  steps[turns - 1] = step(turns - 1, {
    modelOutput: `Thought: done ${sample}.`,
    observation: "",
    isFinal: true,
  });
  return {
    id: `b/t${id}#${sample}`,
    task,
    paradigm: "agent",
    model: "m",
    prompt: [{ role: "system", content: "the long prompt" }, {
      role: "user",
      content: task.question,
    }],
    steps,
    answer: "1",
    correct,
    seed: 0,
  };
}

const run = [
  trajectory(1, 0, 3),
  trajectory(1, 1, 3, false),
  trajectory(2, 0, 2),
  trajectory(3, 0, 2, false),
];

async function exported(
  folder: string,
  options: Omit<ExportOptions, "out">,
  rows: readonly unknown[] = run,
) {
  const path = join(folder, `in-${options.to}.jsonl`);
  await writeJsonl(path, rows);
  const out = join(folder, `out-${options.to}`);
  const summary = await writeExport(await loadTrajectories(path), { ...options, out });
  const format = exportFormats[options.to];
  const text = await Deno.readTextFile(join(out, format.dataFile));
  const data = format.dataFile.endsWith(".json")
    ? JSON.parse(text)
    : text.trimEnd().split("\n").map((line) => JSON.parse(line));
  return { summary, out, data, format };
}

/** The settings that the paper names, in the words of each trainer. */
const paper: Record<string, [file: string, settings: Record<string, unknown>]> = {
  trl: ["sft.yaml", {
    use_peft: true,
    lora_r: 64,
    lora_alpha: 128,
    lora_dropout: 0.05,
    lora_target_modules: ["all-linear"],
    learning_rate: 2e-4,
    num_train_epochs: 2,
    per_device_train_batch_size: 1,
    gradient_accumulation_steps: 8,
    max_length: 10240,
    bf16: true,
    assistant_only_loss: true,
    chat_template_path: "chat_template.jinja",
  }],
  "trl-prompt-completion": ["sft.yaml", { completion_only_loss: true, lora_r: 64 }],
  dpo: ["dpo.yaml", { lora_r: 64, lora_alpha: 128, max_length: 10240, beta: 0.1 }],
  "llama-factory": ["sft.yaml", {
    finetuning_type: "lora",
    stage: "sft",
    lora_rank: 64,
    lora_alpha: 128,
    lora_dropout: 0.05,
    lora_target: "all",
    learning_rate: 2e-4,
    num_train_epochs: 2,
    gradient_accumulation_steps: 8,
    cutoff_len: 10240,
    bf16: true,
    template: "chatml",
    dataset: "potstill",
    dataset_dir: "data",
    mask_history: false,
  }],
  axolotl: ["axolotl.yaml", {
    adapter: "lora",
    lora_r: 64,
    lora_alpha: 128,
    lora_dropout: 0.05,
    lora_target_linear: true,
    learning_rate: 2e-4,
    num_epochs: 2,
    micro_batch_size: 1,
    gradient_accumulation_steps: 8,
    sequence_len: 10240,
    bf16: true,
    chat_template: "jinja",
  }],
};

for (const to of formatNames) {
  Deno.test(`${to}: rows in the trainer's shape, the paper's settings, commands`, async () => {
    await withFolder(async (folder) => {
      const { summary, out, data, format } = await exported(folder, { to });
      assert.ok(summary.rows > 0);
      assert.equal(data.length, summary.rows);
      for (const row of data) assert.equal(format.check(row), null);
      assert.deepEqual(summary.reasons, { "wrong-answer": 2 });
      assert.equal(JSON.stringify(data).includes("the long prompt"), false);
      const rejected = await readJsonl(join(out, "rejected.jsonl"), (row) => row);
      assert.deepEqual(rejected, [
        { id: "b/t1#1", reasons: ["wrong-answer"] },
        { id: "b/t3#0", reasons: ["wrong-answer"] },
      ]);
      assert.equal((await readJsonl(join(out, "rows.jsonl"), (row) => row)).length, summary.rows);
      if (paper[to] !== undefined) {
        const [file, settings] = paper[to];
        // YAML 1.1 is what Python's loaders read: there 2e-4 would be a text.
        const config = parse(await Deno.readTextFile(join(out, file)), { version: "1.1" });
        for (const [name, value] of Object.entries(settings)) {
          assert.deepEqual(config[name], value, `${file}: ${name}`);
        }
      }
      const readme = await Deno.readTextFile(join(out, "README.md"));
      const commands = format.commands({
        hyper: summary.hyper,
        isLastOnly: false,
        chatTemplate: "",
      });
      if (to !== "messages") assert.ok(commands.length >= 2);
      for (const { command } of commands) assert.ok(readme.includes(command), command);
      for (const name of readme.match(/[\w/]+\.(?:yaml|py)\b/g) ?? []) {
        assert.ok(existsSync(join(out, name)), `${name} is named and not there`);
      }
    });
  });
}

Deno.test("the README's own command runs in its folder", async () => {
  const model = new URL("../../../data/base/0.3M", import.meta.url).pathname;
  for (const to of formatNames) {
    await withFolder(async (folder) => {
      const out = join(folder, "it's an export");
      const path = join(folder, "in.jsonl");
      await writeJsonl(path, run);
      await writeExport(await loadTrajectories(path), { to, out });
      const readme = await Deno.readTextFile(join(out, "README.md"));
      const [script] = readme.match(/(?<=```sh\n)POTSTILL=[^`]*/) ?? [];
      const { code, stdout, stderr } = await new Deno.Command("sh", {
        args: [
          "-c",
          script!.replace("MODEL=model", () => `MODEL='${model}'`)
            .replace("npx -y deno@2.9.6", () => `'${Deno.execPath()}'`),
        ],
        cwd: out,
      }).output();
      const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
      // The little model has no room for the chat template's words; what counts is that it was verified.
      assert.match(text, /\d+ of \d+ (?:rows|conversations)|sound/, `${to} ${code}: ${text}`);
    });
  }
});

Deno.test("rows as each trainer's documentation shows them", async () => {
  await withFolder(async (folder) => {
    const kept = [trajectory(1, 0, 2)];
    const short = "Solve the task with Thought and Code turns; call final_answer when done.";
    const turn = step(0).modelOutput;
    const seen = step(0).observation;
    const conversation = [
      { role: "system", content: short },
      { role: "user", content: "Question 1?" },
      { role: "assistant", content: turn },
      { role: "user", content: seen },
      { role: "assistant", content: "Thought: done 0." },
    ];
    assert.deepEqual((await exported(folder, { to: "trl" }, kept)).data, [{
      messages: conversation,
    }]);
    assert.deepEqual((await exported(folder, { to: "trl-prompt-completion" }, kept)).data, [
      { prompt: conversation.slice(0, 2), completion: [conversation[2]] },
      { prompt: conversation.slice(0, 4), completion: [conversation[4]] },
    ]);
    assert.deepEqual((await exported(folder, { to: "llama-factory" }, kept)).data, [{
      conversations: [
        { from: "human", value: "Question 1?" },
        { from: "gpt", value: turn },
        { from: "human", value: seen },
        { from: "gpt", value: "Thought: done 0." },
      ],
      system: short,
    }]);
    assert.deepEqual(
      (await exported(folder, { to: "axolotl" }, kept)).data[0].messages.map((
        m: { train: boolean },
      ) => m.train),
      [false, false, true, false, true],
    );
    const { data: pairs } = await exported(folder, { to: "dpo" });
    assert.equal(pairs.length, 1);
    assert.deepEqual(pairs[0].prompt.map((m: { role: string }) => m.role), [
      "system",
      "user",
      "assistant",
      "user",
      "assistant",
      "user",
    ]);
    assert.deepEqual(pairs[0].chosen, [{ role: "assistant", content: "Thought: done 0." }]);
    assert.deepEqual(pairs[0].rejected, [{ role: "assistant", content: "Thought: done 1." }]);
  });
});

Deno.test("a conversation whose last turn alone is learned", async () => {
  await withFolder(async (folder) => {
    const last = [{ ...trajectory(1, 0, 2), supervision: "last-assistant" }];
    const { data: trl, out } = await exported(folder, { to: "trl" }, last);
    assert.equal(trl.length, 1);
    assert.equal(trl[0].prompt.length, 4);
    const config = parse(await Deno.readTextFile(join(out, "sft.yaml")));
    assert.equal(config.completion_only_loss, true);
    assert.equal("assistant_only_loss" in config, false);
    const factory = await exported(folder, { to: "llama-factory" }, last);
    const sft = parse(await Deno.readTextFile(join(factory.out, "sft.yaml")));
    assert.equal(sft.mask_history, true);
    const axolotl = await exported(folder, { to: "axolotl" }, last);
    const trained = axolotl.data[0].messages.map((m: { train: boolean }) => m.train);
    assert.deepEqual(trained, [false, false, false, false, true]);
    const unsloth = await exported(folder, { to: "unsloth" }, last);
    assert.match(await Deno.readTextFile(join(unsloth.out, "train.py")), /last_response_only=True/);
    const { data: messages } = await exported(folder, { to: "messages" }, last);
    assert.equal(messages[0].supervision, "last_assistant_only");
    const mixed = [...last, trajectory(2, 0, 2)];
    // A format with one mask setting gets a row for each turn of the whole conversation, and one for
    // a conversation of one turn.
    const turns = [...mixed, trajectory(3, 0, 1)];
    for (const to of ["trl", "llama-factory", "unsloth"] as const) {
      const { data, summary } = await exported(join(folder, "mixed"), { to }, turns);
      assert.equal(data.length, 4, to);
      assert.equal(summary.supervision, "last-assistant");
      assert.equal(summary.split, 1);
      assert.equal(new Set(data.map((row: object) => Object.keys(row).sort().join())).size, 1, to);
    }
    for (const to of ["axolotl", "trl-prompt-completion"] as const) {
      const { data } = await exported(join(folder, "mixed"), { to }, mixed);
      assert.equal(data.length, to === "axolotl" ? 2 : 3);
    }
  });
});

Deno.test("options: own system prompt, unfiltered, curriculum, other settings", async () => {
  await withFolder(async (folder) => {
    const hyper = { baseModel: "my/model", maxLength: 2048 };
    const { data, summary, out } = await exported(folder, {
      to: "trl",
      system: "own",
      isUnfiltered: true,
      isCurriculum: true,
      hyper,
    });
    assert.equal(summary.kept, 4);
    assert.equal(data[0].messages[0].content, "the long prompt");
    const lengths = data.map((row: { messages: unknown[] }) => row.messages.length);
    assert.deepEqual(lengths, [5, 5, 7, 7]);
    const config = parse(await Deno.readTextFile(join(out, "sft.yaml")));
    assert.equal(config.model_name_or_path, "my/model");
    assert.equal(config.max_length, 2048);
    assert.equal(config.lora_r, 64);
  });
});

Deno.test("checks refuse what a trainer would misread", () => {
  const user = { role: "user", content: "q" };
  const assistant = { role: "assistant", content: "a" };
  const refused: [string, unknown, RegExp][] = [
    ["trl", { messages: [user, user, assistant] }, /messages\[1\] is the user's after the user's/],
    ["trl", { messages: [user] }, /ends with the user's/],
    ["trl", { messages: [user, assistant], id: 1 }, /id is not part of the format/],
    ["trl", { messages: [user, { ...assistant, content: " " }] }, /is empty/],
    ["trl", { messages: [user, { ...assistant, role: "tool" }] }, /has the role "tool"/],
    ["trl", { messages: [user, { role: "system", content: "" }, assistant] }, /out of place/],
    ["trl-prompt-completion", { prompt: [user], completion: [] }, /0 messages/],
    [
      "trl-prompt-completion",
      { prompt: [user, assistant], completion: [assistant] },
      /prompt ends/,
    ],
    ["dpo", { prompt: [user], chosen: [assistant], rejected: [assistant] }, /are the same/],
    ["llama-factory", { conversations: [{ from: "human", value: "q" }] }, /fewer than two/],
    [
      "llama-factory",
      { conversations: [{ from: "gpt", value: "q" }, { from: "human", value: "a" }] },
      /conversations\[0\] is gpt's, at a place for human or observation/,
    ],
    ["axolotl", { messages: [{ ...user, train: true }, { ...assistant, train: true }] }, /user's/],
    [
      "axolotl",
      { messages: [{ ...user, train: false }, { ...assistant, train: false }] },
      /no message/,
    ],
    ["axolotl", { messages: [user, assistant] }, /train is not true or false/],
    [
      "unsloth",
      { messages: [user, { ...assistant, content: "<|im_end|>" }] },
      /token of the template/,
    ],
  ];
  for (const [format, row, problem] of refused) {
    const told = exportFormats[format as keyof typeof exportFormats].check(row);
    assert.match(String(told), problem, JSON.stringify(row));
  }
});

Deno.test("of two exports into one folder at once one is written, whole, and the other is told", async () => {
  await withFolder(async (folder) => {
    const both = await Promise.allSettled([
      exported(folder, { to: "trl" }),
      exported(folder, { to: "trl" }),
      exported(folder, { to: "trl" }),
    ]);
    const failed = both.filter((one) => one.status === "rejected");
    assert.equal(failed.length, 2);
    for (const { reason } of failed) {
      assert.match(reason.message, /^Cannot write .*out-trl: /);
      assert.match(reason.message, /not empty|exists/);
    }
    assert.ok(existsSync(join(folder, "out-trl", "README.md")));
    assert.deepEqual(readdirSync(folder).filter((name) => name.endsWith(".tmp")), []);
  });
});

Deno.test("nothing to write, a folder in use, a run without trajectories: one clear error", async () => {
  await withFolder(async (folder) => {
    const wrong = [trajectory(1, 0, 2, false)];
    await assert.rejects(
      exported(folder, { to: "trl" }, wrong),
      /Cannot write trl: the filter keeps none of 1 trajectories \(wrong-answer 1\)/,
    );
    assert.equal(existsSync(join(folder, "out-trl")), false);
    await assert.rejects(
      exported(folder, { to: "dpo" }, [trajectory(2, 0, 2)]),
      /no task has a kept and a rejected trajectory/,
    );
    await exported(folder, { to: "trl" });
    await assert.rejects(exported(folder, { to: "trl" }), /out-trl: it exists and is not empty/);
    await assert.rejects(loadTrajectories(join(folder, "nowhere")), /no such file or folder/);
    await assert.rejects(loadTrajectories(folder), /it holds no trajectories/);
    assert.deepEqual(readdirSync(folder).filter((name) => name.endsWith(".tmp")), []);
  });
});

Deno.test("what follows the last answer is no part of an example", () => {
  const seen = { ...trajectory(1, 0, 2) };
  const steps = seen.steps.map((one) => ({ ...one, observation: "Observation:\nend" }));
  const example = trainingExample({ ...seen, steps }, null)!;
  assert.equal(example.messages.at(-1)!.role, "assistant");
  assert.deepEqual(example.learned, [2, 4]);
});

Deno.test("the recorded real traces export to every format", async () => {
  if (!existsSync(shared)) return console.log("skipped: there is no shared data");
  await withFolder(async (folder) => {
    const names = readdirSync(shared).filter((name) => name.endsWith(".jsonl")).sort();
    const written: string[] = [];
    for (const name of names) {
      const path = join(folder, name);
      await importFiles({ files: [join(shared, name)], out: path });
      const loaded = await loadTrajectories(path);
      for (const to of formatNames) {
        if (to === "dpo") continue;
        const out = join(folder, `${name}-${to}`);
        // Of the few agent logs, what is wrong is exported as well, to see every shape.
        const options = { to, out, isUnfiltered: name.startsWith("agent_runs") };
        const { rows, leftOut } = await writeExport(loaded, options);
        assert.deepEqual(leftOut, [], `${name} ${to}`);
        written.push(`${to} ${rows}`);
      }
    }
    assert.equal(written.length, names.length * (formatNames.length - 1));
    // Together: conversations that learn their last turn alone among those that learn every turn.
    const files = names.filter((name) => name.startsWith("agent")).map((name) =>
      join(shared, name)
    );
    await importFiles({ files, out: join(folder, "agents") });
    const agents = await loadTrajectories(join(folder, "agents"));
    for (const to of formatNames) {
      const { leftOut, rows } = await writeExport(agents, { to, out: join(folder, `all-${to}`) });
      assert.deepEqual(leftOut, [], to);
      assert.ok(rows > 0);
    }
    const repairs = await loadTrajectories(join(folder, "agent_repair_attempts_math.jsonl"));
    const out = join(folder, "pairs");
    const { rows } = await writeExport(repairs, { to: "dpo", out });
    assert.ok(rows > 0, `${rows} pairs`);
  });
});
