import assert from "node:assert/strict";
import { basename, join } from "node:path";
import process from "node:process";
import { LlamaCpp } from "../../bench/llama_cpp.ts";
import { loadStudent } from "../../lib/student/load_student.ts";
import type { StudentParts } from "../../lib/student/generate/engine_options.ts";
import { cacheShape } from "../../lib/student/generate/group_pools.ts";
import { openStudentSession } from "../../lib/student/generate/open_student_session.ts";
import { Prefill } from "../../lib/student/generate/prefill.ts";
import { PrefixCache } from "../../lib/student/generate/prefix_cache.ts";
import { StudentEngine } from "../../lib/student/generate/student_engine.ts";
import { exportGguf } from "../../lib/student/gguf/export_gguf.ts";

const { env } = process;
const PYTHON = env.POTSTILL_PYTHON ?? "python3";
/** GGUF files of the folder that POTSTILL_MODELS names. */
const models = env.POTSTILL_MODELS === undefined
  ? []
  : [...Deno.readDirSync(env.POTSTILL_MODELS)].map(({ name }) => join(env.POTSTILL_MODELS!, name))
    .filter((path) => path.endsWith(".gguf")).sort();
const hasTransformers = models.length > 0 &&
  await new Deno.Command(PYTHON, { args: ["-c", "import torch, transformers, gguf"] }).output()
    .then(({ success }) => success, () => false);

const QUESTIONS = [
  "What is the capital of France?",
  "Write a haiku about autumn.",
  "def fibonacci(n):",
  "Translate 'good morning' to German.",
  "List three prime numbers.",
  "नमस्ते, आप कैसे हैं?",
  "What is 12 * 13?",
  "Explain photosynthesis in one sentence.",
  "Who wrote Hamlet?",
  "Give me a recipe for pancakes.",
  "Why is the sky blue?",
  "Name five animals.",
  "What does HTTP stand for?",
  "Tell me a joke.",
  "Summarize: The cat sat on the mat.",
  "Is 17 prime?",
  "What year did WW2 end?",
  "你好",
  "Write Python code to reverse a string.",
  "Complete: Once upon a time",
];
const TOKENS = 64;

/** The questions as chats, by the file's template, or Gemma's where its file has none. */
function chats({ tokenizer }: StudentParts): Int32Array[] {
  const gemma = (text: string) =>
    `<bos><start_of_turn>user\n${text}<end_of_turn>\n<start_of_turn>model\n`;
  const hasTemplate = tokenizer.files.config.chat_template !== undefined;
  assert.ok(
    hasTemplate || tokenizer.specialTokens.has("<start_of_turn>"),
    "no way to write a chat",
  );
  return QUESTIONS.map((content) =>
    tokenizer.encode(
      hasTemplate
        ? tokenizer.chatTemplate().render([{ role: "user", content }], {
          addGenerationPrompt: true,
        })
        : gemma(content),
    )
  );
}

for (const path of models) {
  Deno.test(`greedy tokens of ${basename(path)} are llama.cpp's in float32`, async () => {
    const folder = await Deno.makeTempDir();
    const student = await loadStudent(path);
    const prompts = chats(student);
    await exportGguf(join(folder, "f32.gguf"), student, { type: "f32" });
    const llama = await LlamaCpp.load(join(folder, "f32.gguf"), { threads: 2, contextSize: 512 });
    const theirs = await llama.greedy(prompts, TOKENS);
    await llama.close();
    await Deno.remove(folder, { recursive: true });
    const engine = await StudentEngine.create(student, { maxTokens: 512, takeWeights: true });
    const ours = await Promise.all(
      prompts.map((prompt) => engine.generate({ prompt, maxNewTokens: TOKENS })),
    );
    for (const [i, { samples: [{ ids }] }] of ours.entries()) {
      const at = theirs[i].findIndex((id, place) => id !== ids[place]);
      if (at < 0) {
        assert.equal(ids.length, theirs[i].length, QUESTIONS[i]);
        continue;
      }
      // Where the two best logits are all but equal, either may win.
      const before = [...prompts[i], ...ids.subarray(0, at)];
      const logprob = async (id: number) =>
        (await engine.sequenceLogprobs(Int32Array.from([...before, id]))).at(-1)!;
      const [mine, other] = [await logprob(ids[at]), await logprob(theirs[i][at])];
      console.log(`${QUESTIONS[i]}: token ${at} differs, logits by ${mine - other}`);
      assert.ok(Math.abs(mine - other) <= 1e-4, `${QUESTIONS[i]}: ${ids[at]}, ${theirs[i][at]}`);
    }
    await engine.dispose();
  });
}

for (const path of models) {
  Deno.test({
    name: `logits of ${basename(path)} are transformers'`,
    ignore: !hasTransformers,
    fn: async () => {
      const last = 4;
      const student = await loadStudent(path);
      const { vocab_size: width } = student.config;
      const prompts = chats(student);
      const out = await Deno.makeTempFile();
      const script = new URL("real_model_logits.py", import.meta.url).pathname;
      const child = new Deno.Command(PYTHON, {
        args: [script, env.POTSTILL_MODELS!, basename(path), out],
        stdin: "piped",
        stdout: "null",
        stderr: "piped",
      }).spawn();
      const request = { prompts: prompts.map((prompt) => [...prompt]), last };
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(JSON.stringify(request)));
      await writer.close();
      const { success, stderr } = await child.output();
      assert.ok(success, new TextDecoder().decode(stderr).slice(-2000));
      const theirs = new Float32Array((await Deno.readFile(out)).buffer);
      await Deno.remove(out);
      assert.equal(theirs.length, prompts.length * last * width);
      const session = await openStudentSession(student, "float32", { takeWeights: true });
      const prefill = new Prefill(session, cacheShape(student.config), new PrefixCache(1));
      let worst = 0;
      for (const [i, prompt] of prompts.entries()) {
        const { logits } = await prefill.read(prompt, true);
        const ours = logits.subarray((prompt.length - last) * width);
        const want = theirs.subarray(i * last * width, (i + 1) * last * width);
        let [difference, largest] = [0, 0];
        for (let at = 0; at < want.length; at++) {
          difference = Math.max(difference, Math.abs(ours[at] - want[at]));
          largest = Math.max(largest, Math.abs(want[at]));
        }
        worst = Math.max(worst, difference / largest);
      }
      await session.release();
      assert.ok(worst < 1e-3, `relative difference ${worst}`);
      console.log(`logits of ${basename(path)}: relative difference ${worst}`);
    },
  });
}

if (models.length === 0) {
  Deno.test({ name: "real models (no POTSTILL_MODELS)", ignore: true, fn: () => {} });
}
