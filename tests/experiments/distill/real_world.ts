import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { labPassages } from "../../../lib/lab/corpus/lab_passages.ts";
import { loadLabBenchmark } from "../../../lib/lab/benchmarks.ts";
import { loadWorld } from "../../../lib/lab/world/load_world.ts";
import type { Task } from "../../../lib/records/task.ts";
import { writeCheckpoint } from "../../../lib/student/checkpoint/checkpoint_folder.ts";
import { parseStudentConfig } from "../../../lib/student/parse_student_config.ts";
import { initWeights } from "../../../lib/student/weights.ts";
import { trainTokenizer } from "../../../lib/tokenizer/train_tokenizer.ts";
import { ChatTemplate } from "../../../lib/tokenizer/chat_template.ts";

const MAIN = new URL("../../../lib/cli/main.ts", import.meta.url).pathname;

/** Runs a command of the kit and gives what it printed; kills it when a line of its log begins so. */
export async function potstill(
  args: readonly string[],
  killAfter?: string,
): Promise<{ readonly code: number; readonly stdout: string; readonly log: string }> {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", MAIN, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stdout = new Response(process.stdout).text();
  let log = "";
  let isKilled = false;
  for await (const text of process.stderr.pipeThrough(new TextDecoderStream())) {
    log += text;
    if (isKilled || killAfter === undefined) continue;
    isKilled = log.split("\n").some((line) => line.startsWith(killAfter) && line.includes(" in "));
    if (isKilled) process.kill("SIGKILL");
  }
  const { code } = await process.status;
  return { code, stdout: await stdout, log };
}

/** The lab's expert behind an endpoint, as a process of its own. */
export async function serveExpert(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", MAIN, "serve", "--lab-expert", "--port", "0"],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!/ at http\S+\n/.test(text)) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`The server did not start: ${text}`);
    text += value;
  }
  return {
    url: / at (http\S+)\n/.exec(text)![1],
    close: async () => {
      process.kill("SIGINT");
      await reader.cancel();
      await process.status;
    },
  };
}

/** Tasks of the lab in the published form of HotpotQA, and their evidence as a corpus. */
export async function writeHotpot(path: string, tasks: readonly Task[]): Promise<void> {
  const records = tasks.map(({ id, question, answer }) => ({
    _id: id,
    question,
    answer,
    type: "bridge",
    level: "hard",
    supporting_facts: [],
    context: [],
  }));
  await writeFile(path, JSON.stringify(records));
}

/** Tasks of the lab in the published form of MATH. */
export async function writeMath(path: string, tasks: readonly Task[]): Promise<void> {
  const lines = tasks.map(({ id, question, answer }) =>
    JSON.stringify({
      problem: question,
      solution: `So it is \\boxed{${answer}}.`,
      answer,
      subject: "Algebra",
      level: 2,
      unique_id: `test/algebra/${id}.json`,
    })
  );
  await writeFile(path, lines.join("\n") + "\n");
}

/** The files of a real-world run in a folder: benchmarks and a corpus. */
export async function writeWorld(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const draw = (name: string, split: "train" | "test", count: number) =>
    loadLabBenchmark(name, { split, count, seed: 5 });
  const train = draw("lab-hotpotqa", "train", 8);
  const test = draw("lab-hotpotqa", "test", 2);
  await writeHotpot(join(folder, "hotpot_train.json"), train);
  await writeHotpot(join(folder, "hotpot_dev.json"), test);
  await writeMath(join(folder, "math_test.jsonl"), draw("lab-math", "test", 2));
  const wanted = new Set([...train, ...test].flatMap(({ evidence }) => evidence ?? []));
  const passages = [...labPassages(loadWorld())].filter(({ id }, i) =>
    wanted.has(id) || i % 200 === 0
  );
  const lines = passages.map(({ id, title, text }) =>
    JSON.stringify({ id, contents: `${title}\n${text}` })
  );
  await writeFile(join(folder, "corpus.jsonl"), lines.join("\n") + "\n");
}

const TEMPLATE = "{%- for message in messages -%}{{ '<|im_start|>' + message.role + ': ' + " +
  "message.content + '<|im_end|>' }}{%- endfor -%}" +
  "{%- if add_generation_prompt -%}{{ '<|im_start|>assistant: ' }}{%- endif -%}";

/** A small Llama of random weights as Hugging Face has them: its own tokenizer and chat template. */
export async function writeLlama(folder: string, contextTokens = 1024): Promise<void> {
  await mkdir(folder, { recursive: true });
  const texts = [...labPassages(loadWorld())].slice(0, 300).map(({ text }) => text);
  const tokenizer = trainTokenizer(texts, new ChatTemplate(TEMPLATE), { vocabSize: 600 });
  const config = parseStudentConfig({
    model_type: "llama",
    architectures: ["LlamaForCausalLM"],
    hidden_size: 64,
    intermediate_size: 96,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    vocab_size: tokenizer.vocabSize,
    rope_theta: 500_000,
    max_position_embeddings: contextTokens,
    tie_word_embeddings: false,
  }, "the test");
  await writeCheckpoint(folder, { config, weights: initWeights(config, "llama") });
  // The special tokens are its own, too.
  const renamed = (value: unknown) =>
    JSON.stringify(value).replaceAll("<|im_start|>", "<turn>").replaceAll("<|im_end|>", "</turn>");
  await writeFile(join(folder, "tokenizer.json"), renamed(tokenizer.files.tokenizer));
  await writeFile(join(folder, "tokenizer_config.json"), renamed(tokenizer.files.config));
}
