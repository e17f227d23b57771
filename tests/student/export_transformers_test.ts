import assert from "node:assert/strict";
import { AutoModelForCausalLM, AutoTokenizer, env, Tensor } from "@huggingface/transformers";
import type { Message } from "../../lib/records/message.ts";
import { StudentEngine } from "../../lib/student/generate/student_engine.ts";
import { modelCard } from "../../lib/student/export/model_card.ts";
import { runCardFacts } from "../../lib/student/export/run_card_facts.ts";
import { saveStudent } from "../../lib/student/export/save_student.ts";
import { originOf, writeOrigin } from "../../lib/training_data/student_origin.ts";
import { loadStudent } from "../../lib/student/load_student.ts";
import type { StudentConfig } from "../../lib/student/config.ts";
import { randomIds, smallStudent } from "./small_student.ts";

env.allowRemoteModels = false;

/** What both engines are to agree on. */
async function withBoth(
  overrides: Partial<StudentConfig>,
  work: (
    ours: StudentEngine,
    // deno-lint-ignore no-explicit-any
    theirs: any,
    folder: string,
  ) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const student = await smallStudent(overrides);
  await saveStudent(folder, student);
  const ours = await StudentEngine.create(await loadStudent(folder), { threads: 1 });
  const theirs = await AutoModelForCausalLM.from_pretrained(folder, {
    dtype: "fp32",
    device: "cpu",
    local_files_only: true,
  });
  try {
    await work(ours, theirs, folder);
  } finally {
    await theirs.dispose();
    await ours.dispose();
    await Deno.remove(folder, { recursive: true });
  }
}

const int64 = (values: readonly (number | bigint)[], dims: number[]) =>
  new Tensor("int64", BigInt64Array.from(values, BigInt), dims);

for (
  const [name, overrides] of [
    ["grouped heads, tied output", {}],
    ["plain heads, separate output", { num_key_value_heads: 4, tie_word_embeddings: false }],
    ["other rotary base and wide heads", { head_dim: 32, rope_theta: 1_000_000 }],
  ] as const
) {
  Deno.test(`transformers.js writes the same greedy tokens from the folder: ${name}`, async () => {
    await withBoth(overrides, async (ours, theirs) => {
      let tokens = 0;
      for (let i = 0; i < 24; i++) {
        const prompt = randomIds(ours.tokenizer, 1 + 17 * i, `prompt ${i}`);
        const [sample] = (await ours.generate({ prompt, maxNewTokens: 40 })).samples;
        const output = await theirs.generate({
          inputs: int64([...prompt], [1, prompt.length]),
          max_new_tokens: 40,
          do_sample: false,
          eos_token_id: [...ours.tokenizer.specialTokens.values()],
        });
        const got = [...output.tolist()[0]].map(Number).slice(prompt.length);
        assert.deepEqual(got, [...sample.ids], `prompt ${i}`);
        tokens += got.length;
      }
      assert.ok(tokens > 24 * 20, `only ${tokens} tokens were compared`);
    });
  });
}

Deno.test("padding on the left changes nothing", async () => {
  await withBoth({}, async (ours, theirs) => {
    const prompts = [7, 19, 12].map((n) => randomIds(ours.tokenizer, n, `left ${n}`));
    const width = 19;
    const ids: number[] = [];
    const mask: number[] = [];
    for (const prompt of prompts) {
      const padding = width - prompt.length;
      ids.push(...Array(padding).fill(0), ...prompt);
      mask.push(...Array(padding).fill(0), ...Array(prompt.length).fill(1));
    }
    const output = await theirs.generate({
      inputs: int64(ids, [3, width]),
      attention_mask: int64(mask, [3, width]),
      max_new_tokens: 12,
      min_new_tokens: 12,
      do_sample: false,
    });
    for (const [i, prompt] of prompts.entries()) {
      const [sample] = (await ours.generate({ prompt, maxNewTokens: 12 })).samples;
      const got = [...output.tolist()[i]].map(Number).slice(width);
      assert.deepEqual(got.slice(0, sample.ids.length), [...sample.ids]);
    }
  });
});

Deno.test("the folder has every file, and the tokenizer with its chat template", async () => {
  await withBoth({}, async (ours, _theirs, folder) => {
    const read = async (name: string) => JSON.parse(await Deno.readTextFile(`${folder}/${name}`));
    const config = await read("config.json");
    assert.deepEqual(config.architectures, ["Qwen2ForCausalLM"]);
    assert.equal(config.vocab_size, ours.tokenizer.vocabSize);
    const generation = await read("generation_config.json");
    assert.equal(generation.eos_token_id, ours.tokenizer.specialId("<|im_end|>"));
    const theirs = await AutoTokenizer.from_pretrained(folder, { local_files_only: true });
    const messages: Message[] = [{ role: "user", content: "Where is Kavél 42?" }];
    const text = ours.tokenizer.chatTemplate().render(messages, { addGenerationPrompt: true });
    const got = theirs.apply_chat_template(messages, {
      add_generation_prompt: true,
      return_tensor: false,
      return_dict: false,
    });
    assert.deepEqual(got, [...ours.tokenizer.encode(text)]);
  });
});

for (const [type, dtype] of [["int8", "int8"], ["int4", "q4"]] as const) {
  Deno.test(`transformers.js runs the smaller model: ${dtype}`, async () => {
    const folder = await Deno.makeTempDir();
    const student = await smallStudent();
    await saveStudent(folder, student, { quantized: [type], card: { teacher: "an expert" } });
    const engine = await StudentEngine.create(student, { threads: 1, weightType: type });
    // deno-lint-ignore no-explicit-any
    const theirs: any = await AutoModelForCausalLM.from_pretrained(folder, {
      dtype,
      device: "cpu",
      local_files_only: true,
    });
    try {
      const ids = randomIds(student.tokenizer, 60, "quantized");
      const inputs = int64([...ids], [1, ids.length]);
      const mask = int64(Array(ids.length).fill(1), [1, ids.length]);
      const { logits } = await theirs({ input_ids: inputs, attention_mask: mask });
      const ours = await engine.sequenceLogprobs(ids);
      const width = student.config.vocab_size;
      for (let i = 1; i < ids.length; i++) {
        const row = logits.data.subarray((i - 1) * width, i * width);
        const most = Math.max(...row);
        const total = row.reduce((sum: number, x: number) => sum + Math.exp(x - most), 0);
        const logprob = row[ids[i]] - most - Math.log(total);
        assert.ok(Math.abs(logprob - ours[i]) < 0.05, `${i}: ${logprob} and ${ours[i]}`);
      }
      const card = await Deno.readTextFile(`${folder}/README.md`);
      assert.match(card, /^---\npipeline_tag: text-generation\n/);
      assert.match(card, /distilled with Potstill from trajectories of an expert\./);
      assert.match(card, /## Results\n\nNot measured\./);
    } finally {
      await theirs.dispose();
      await engine.dispose();
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("a student of a run carries the run's table and settings on its card", async () => {
  const run = await Deno.makeTempDir();
  const folder = `${run}/students/agent`;
  await Deno.mkdir(folder, { recursive: true });
  await Deno.mkdir(`${run}/tables`);
  const resolved = { seed: 7, studentSize: "1M", base: "stored", ids: [1] };
  const manifest = {
    id: "trial",
    startedAt: "2026-01-01T00:00:00.000Z",
    prompts: {},
    command: "distill",
    resolved,
  };
  await Deno.writeTextFile(`${run}/manifest.json`, JSON.stringify(manifest));
  await Deno.writeTextFile(
    `${run}/tables/main_table.md`,
    "| system | mean |\n| --- | --- |\n| a | 12 |\n",
  );
  const { config } = await smallStudent();
  const untold = modelCard(config, await runCardFacts(folder));
  assert.ok(!/[Tt]eacher|scripted/.test(untold), "a teacher that is not recorded is not guessed");
  const origin = { ...originOf([], null), teachers: ["a scripted expert"] };
  await writeOrigin(folder, origin);
  const card = modelCard(config, await runCardFacts(folder));
  assert.match(card, /# trial, agent student/);
  assert.match(card, /\| a \| 12 \|/);
  assert.match(card, /\| seed \| 7 \|/);
  assert.match(card, /scripted expert/);
  assert.ok(!card.includes("undefined") && !card.includes("ids"));
  assert.deepEqual(await runCardFacts("/nowhere/else"), { name: "else" });
  await Deno.remove(run, { recursive: true });
});

Deno.test("a tokenizer that does not fit is refused before anything is written", async () => {
  const student = await smallStudent();
  const folder = await Deno.makeTempDir();
  const config = { ...student.config, vocab_size: 300 };
  await assert.rejects(saveStudent(folder, { ...student, config }), /vocab_size is 300/);
  assert.deepEqual([...Deno.readDirSync(folder)], []);
  await Deno.remove(folder);
});
