import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { loadPrompts } from "../../lib/agent/prompts/prompt_set.ts";
import { loadLabBenchmark } from "../../lib/lab/benchmarks.ts";
import { createOpenAiModel } from "../../lib/models/openai/create_openai_model.ts";
import { exportGguf } from "../../lib/student/gguf/export_gguf.ts";
import { loadStudent } from "../../lib/student/load_student.ts";
import type { Message } from "../../lib/records/message.ts";
import { createStudentModel } from "../../lib/student/student_model.ts";
import { inFolder, peerTest, smolLm2 } from "./ask_peer.ts";
import { pythonOf } from "./environments.ts";
import { freePort, until } from "./slurm.ts";

const MAIN = new URL("../../lib/cli/main.ts", import.meta.url).pathname;
const SCRIPT = new URL("llama_server.py", import.meta.url).pathname;

/** llama.cpp's server on a GGUF file while `work` runs. */
async function withServer(file: string, work: (baseUrl: string) => Promise<void>): Promise<void> {
  const port = freePort();
  const server = new Deno.Command(pythonOf("agents")!, {
    args: ["-P", SCRIPT, file, String(port)],
    stdin: "piped",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  try {
    const address = `http://127.0.0.1:${port}`;
    await until(
      async () => {
        const answer = await fetch(`${address}/health`);
        await answer.body?.cancel();
        return answer.ok;
      },
      "llama.cpp's server",
      120_000,
    );
    await work(`${address}/v1`);
  } finally {
    // It ends with its standard input, or has ended by an error of its own.
    await server.stdin.close().catch(() => {});
    await server.status;
  }
}

peerTest(
  "llama.cpp's server is probed, and continues, stops, samples and scores as found",
  ["agents"],
  () =>
    withServer(smolLm2()!, async (baseUrl) => {
      const model = await createOpenAiModel({ baseUrl, model: "smollm2" });
      const { capabilities } = model;
      console.log(JSON.stringify(capabilities));
      assert.notEqual(capabilities.prefix, "emulated");
      assert.equal(capabilities.stop, "native");
      const question = { role: "user", content: "Count from 1 to 9 with commas." } as const;
      const { completions: [counted] } = await model.complete({
        messages: [question, { role: "assistant", content: "1, 2, 3," }],
        temperature: 0,
        maxNewTokens: 16,
        stop: ["7"],
      });
      assert.match(counted.text, /^ 4, 5, 6, ?$/);
      assert.equal(counted.finishReason, "stop");
      const { completions } = await model.complete({
        messages: [question],
        temperature: 1,
        samples: 3,
        maxNewTokens: 12,
      });
      assert.equal(completions.length, 3);
      assert.ok(new Set(completions.map(({ text }) => text)).size > 1);
      assert.ok(completions.every(({ completionTokens }) => completionTokens > 0));
    }),
  { "SmolLM2": smolLm2() !== null },
);

peerTest(
  "llama.cpp's server is the teacher of 50 lab tasks; generate is killed and resumed",
  ["agents"],
  () =>
    inFolder((folder) =>
      withServer(smolLm2()!, async (baseUrl) => {
        const out = join(folder, "run");
        const generate = () =>
          new Deno.Command(Deno.execPath(), {
            args: [
              ...["run", "-A", "--no-check", MAIN, "generate", "--benchmark", "lab-hotpotqa"],
              ...["--limit", "50", "--base-url", baseUrl, "--model", "smollm2"],
              ...["--system-prompt", "short", "--max-steps", "2", "--max-new-tokens", "40"],
              ...["--concurrency", "4", "--store", join(folder, "steps"), "--out", out, "--resume"],
            ],
            stdin: "null",
            stdout: "null",
            stderr: "piped",
          }).spawn();
        const partial = join(out, "trajectories", "agent.jsonl.partial");
        const first = generate();
        const draining = first.stderr.pipeTo(new WritableStream());
        await until(
          async () => (await Deno.readTextFile(partial)).split("\n").length > 8,
          "eight trajectories",
          600_000,
        );
        first.kill("SIGKILL");
        await first.status;
        await draining.catch(() => {});
        const before = await Deno.readTextFile(partial);
        const { code, stderr } = await generate().output();
        const said = new TextDecoder().decode(stderr);
        // A model of 135 M parameters may answer no task: the run is complete all the same.
        assert.ok(code === 0 || /None of the 50 attempts came to an answer/.test(said), said);
        const lines = (await Deno.readTextFile(join(out, "trajectories", "agent.jsonl"))).trim()
          .split("\n");
        assert.equal(lines.length, 50);
        for (const line of before.split("\n").slice(0, -1)) assert.ok(lines.includes(line));
        const trajectories = lines.map((line) => JSON.parse(line));
        assert.equal(new Set(trajectories.map(({ task }) => task.id)).size, 50);
        const steps = trajectories.flatMap(({ steps }) => steps);
        assert.ok(steps.every(({ error }) => error?.kind !== "generation"));
        assert.ok(existsSync(join(out, "endpoint.json")));
      })
    ),
  { "SmolLM2": smolLm2() !== null },
);

peerTest(
  "a lab student's GGUF file chats in llama.cpp: template, end of turn, the student's own answers",
  ["agents"],
  () =>
    inFolder(async (folder) => {
      const path = new URL("../../data/teacher", import.meta.url).pathname;
      const student = await loadStudent(path);
      const model = await createStudentModel(student);
      const file = join(folder, "student.gguf");
      await exportGguf(file, student, { type: "f32" });
      await withServer(file, async (baseUrl) => {
        const ask = async (path: string, body: object) => {
          const response = await fetch(baseUrl.replace("/v1", path), {
            method: "POST",
            body: JSON.stringify(body),
          });
          assert.ok(response.ok, await response.clone().text());
          return await response.json();
        };
        const system = (await loadPrompts()).render("cot_system");
        const tasks = loadLabBenchmark("lab-hotpotqa", { split: "test", count: 4, seed: 0 });
        const template = student.tokenizer.chatTemplate();
        let same = 0;
        for (const { question } of tasks) {
          const messages: Message[] = [
            { role: "system", content: system },
            { role: "user", content: question },
          ];
          const { prompt } = await ask("/apply-template", { messages });
          assert.equal(prompt, template.render(messages, { addGenerationPrompt: true }));
          const { tokens } = await ask("/tokenize", { content: prompt, parse_special: true });
          assert.deepEqual(tokens, [...student.tokenizer.encode(prompt)]);
          const greedy = { messages, temperature: 0 };
          const { choices: [choice] } = await ask("/v1/chat/completions", {
            ...greedy,
            max_tokens: 400,
          });
          // The trained teacher ends its turns; nothing of the end is in the text.
          assert.equal(choice.finish_reason, "stop");
          assert.ok(!choice.message.content.includes("<|"), choice.message.content);
          const { completions: [{ text }] } = await model.complete({
            ...greedy,
            maxNewTokens: 400,
          });
          if (text.trim() === choice.message.content.trim()) same++;
        }
        // llama.cpp keeps keys and values as float16, which may turn a close choice.
        assert.ok(same >= tasks.length / 2, `${same} of ${tasks.length} answers are the student's`);
      });
      await model.dispose();
    }),
);
