import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { evaluateSystem } from "@potstill/evaluation/evaluate_system.ts";
import { sizeText } from "@potstill/evaluation/student_tier.ts";
import type { SystemRequest } from "@potstill/evaluation/system_options.ts";
import { checkEvaluationRow } from "@potstill/evaluation/check_evaluation_row.ts";
import type { EvaluationRow } from "@potstill/evaluation/evaluation_row.ts";
import type { ChatModel, ChatRequest } from "@potstill/models/chat_model.ts";
import { openProgress } from "@potstill/runs/progress/open_progress.ts";
import { serveModels } from "@potstill/models/server/serve_models.ts";
import { readJsonl } from "@potstill/runs/jsonl.ts";
import { studentPreset } from "@potstill/student/student_presets.ts";
import { saveStudent } from "@potstill/student/export/save_student.ts";
import { initWeights } from "@potstill/student/weights.ts";
import { loadChatTemplate } from "@potstill/tokenizer/load_chat_template.ts";
import { trainTokenizer } from "@potstill/tokenizer/train_tokenizer.ts";

const main = fileURLToPath(new URL("../../lib/cli/main.ts", import.meta.url));

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "potstill-" });
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** `potstill serve --lab-expert` in a process of its own. */
async function withExpertServer(body: (baseUrl: string) => Promise<void>): Promise<void> {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", main, "serve", "--lab-expert", "--port", "0"],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  try {
    let text = "";
    while (!/ at (\S+)\n/.test(text)) {
      const { value, done } = await reader.read();
      if (done) throw new Error(`the server ended: ${text}`);
      text += value;
    }
    await body(/ at (\S+)\n/.exec(text)![1]);
  } finally {
    process.kill("SIGTERM");
    await process.status;
    await reader.cancel();
  }
}

/** Without the times, which differ from run to run. */
function timeless(rows: readonly EvaluationRow[]): unknown {
  return rows.map(({ durationMs: _, runId: __, ...row }) => row);
}

Deno.test("five systems of a served model: rows with tokens, steps, calls and votes", async () => {
  await withFolder(async (folder) => {
    await withExpertServer(async (baseUrl) => {
      const evaluated = async (system: SystemRequest["system"], more: Partial<SystemRequest>) => {
        const { rows, status, score, path } = await evaluateSystem({
          benchmark: "lab-math",
          limit: 2,
          system,
          teacher: { baseUrl },
          model: "lab-expert",
          out: join(folder, `${system}-${Object.keys(more).length}`),
          store: join(folder, "steps"),
          processes: 1,
          progress: openProgress("silent"),
          ...more,
        });
        assert.equal(status, "complete");
        assert.equal(score?.accuracy.n, 2);
        assert.deepEqual(await readJsonl(join(path, "rows.jsonl"), checkEvaluationRow), rows);
        return rows;
      };
      const cot = await evaluated("cot", {});
      assert.deepEqual(
        cot.map((
          { paradigm, steps, samples, voteShare, toolCalls },
        ) => [paradigm, steps, samples, voteShare, toolCalls]),
        [["cot", 1, 1, null, 0], ["cot", 1, 1, null, 0]],
      );
      assert.ok(cot.every((row) => row.promptTokens > 0 && row.completionTokens > 0));
      assert.equal(cot[0].system, "lab-expert CoT");

      const voted = await evaluated("cot-sc", { samples: 4 });
      assert.ok(voted.every((row) => row.samples === 4 && row.voteShare! > 0));
      assert.equal(voted[0].system, "lab-expert CoT, majority of 4");
      const sum = (rows: readonly EvaluationRow[]) =>
        rows.reduce((total, row) => total + row.completionTokens, 0);
      assert.ok(sum(voted) > 2 * sum(cot), "four answers cost more than one");

      const agent = await evaluated("agent", {});
      assert.ok(agent.every((row) => row.paradigm === "agent" && row.codeSteps >= 1));
      assert.equal(agent.every((row) => row.verdict === "correct"), true);
      const sag = await evaluated("agent-sag", { candidates: 3, firstThoughtPrefix: true });
      assert.ok(sag.every((row) => row.samples === 3 && row.firstThoughtPrefix === true));
      assert.equal(sag[0].system, "lab-expert agent, sag 3, ftp");

      const rag = await evaluated("cot-rag", { benchmark: "lab-hotpotqa", topK: 2 });
      assert.ok(rag.every((row) => row.paradigm === "cot-rag" && row.promptTokens > 60));
    });
  });
});

Deno.test("killed and resumed on the command line: the rows of an undisturbed evaluation", async () => {
  await withFolder(async (folder) => {
    await withExpertServer(async (baseUrl) => {
      const args = (out: string) => [
        "run",
        "-A",
        main,
        "evaluate",
        "--benchmark",
        "lab-math",
        "--limit",
        "4",
        "--system",
        "agent-sag",
        "--samples",
        "2",
        "--base-url",
        baseUrl,
        "--model",
        "lab-expert",
        "--processes",
        "1",
        "--concurrency",
        "1",
        "--out",
        join(folder, out),
        "--store",
        join(folder, `${out}-steps`),
        "--resume",
        "--json",
      ];
      const start = (out: string) =>
        new Deno.Command(Deno.execPath(), { args: args(out), stdout: "piped", stderr: "piped" });
      const rows = (out: string) => readJsonl(join(folder, out, "rows.jsonl"), checkEvaluationRow);

      const whole = await start("whole").output();
      assert.equal(whole.code, 0, new TextDecoder().decode(whole.stderr));
      const last = new TextDecoder().decode(whole.stdout).trim().split("\n").at(-1)!;
      assert.equal(JSON.parse(last).rows, 4);

      const killed = new Deno.Command(Deno.execPath(), {
        args: args("killed"),
        stdout: "null",
        stderr: "null",
      }).spawn();
      let hasEnded = false;
      killed.status.then(() => hasEnded = true);
      const part = join(folder, "killed", "trajectories");
      const isUnderWay = () =>
        existsSync(part) &&
        [...Deno.readDirSync(part)].some(({ name }) => Deno.statSync(join(part, name)).size > 0);
      while (!isUnderWay() && !hasEnded) await new Promise((resolve) => setTimeout(resolve, 20));
      assert.ok(!hasEnded, "it ended before the kill");
      killed.kill("SIGKILL");
      await killed.status;
      const resumed = await start("killed").output();
      assert.equal(resumed.code, 0, new TextDecoder().decode(resumed.stderr));
      assert.deepEqual(timeless(await rows("killed")), timeless(await rows("whole")));
    });
  });
});

Deno.test("a student's folder is evaluated, with attempts as seeds", async () => {
  await withFolder(async (folder) => {
    const student = join(folder, "tiny");
    const texts = ["What is one and one? It is two.", "Thought: add. Code: print(1 + 1)"];
    const tokenizer = trainTokenizer(texts, await loadChatTemplate(), { vocabSize: 300 });
    const config = studentPreset("0.3M", tokenizer.vocabSize);
    await saveStudent(student, { config, weights: initWeights(config, 1), tokenizer });
    const { rows } = await evaluateSystem({
      benchmark: "lab-math",
      limit: 2,
      system: "cot",
      teacher: { student },
      attempts: 2,
      cotMaxNewTokens: 8,
      out: join(folder, "run"),
      store: join(folder, "steps"),
      progress: openProgress("silent"),
      seed: 5,
    });
    assert.deepEqual(rows.map(({ taskId, seed }) => [taskId, seed]), [
      [rows[0].taskId, 5],
      [rows[0].taskId, 6],
      [rows[2].taskId, 5],
      [rows[2].taskId, 6],
    ]);
    assert.ok(rows.every((row) => row.student === "tiny" && row.tier !== undefined));
    assert.ok(rows.every((row) => row.verdict === "wrong" && row.completionTokens <= 8));
  });
  assert.deepEqual([494_032_768, 1_543_714_304, 1_030_000, 32_763_876_352].map(sizeText), [
    "0.5B",
    "1.5B",
    "1M",
    "33B",
  ]);
});

/** Judges that an answer is right when it holds the gold answer's first word. */
function judgeModel(asked: ChatRequest[]): ChatModel {
  return {
    name: "lenient",
    prefixContinuation: "native",
    complete: (request) => {
      asked.push(request);
      const prompt = request.messages[0].content;
      const gold = /Gold answer: (\S+)/.exec(prompt)?.[1] ?? "";
      const predicted = /Predicted answer: (.*)/.exec(prompt)?.[1] ?? "";
      const text = JSON.stringify({ explanation: "", score: predicted.includes(gold) ? 1 : 0 });
      return Promise.resolve({
        promptTokens: 1,
        completions: [{ text, finishReason: "stop", completionTokens: 1 }],
      });
    },
  };
}

Deno.test("a served judge grades questions once, and its agreement is reported", async () => {
  const asked: ChatRequest[] = [];
  // Answers with more than was asked: exact match says wrong, a judge says right.
  const verbose: ChatModel = {
    name: "verbose",
    prefixContinuation: "native",
    complete: ({ messages }) =>
      Promise.resolve({
        promptTokens: 1,
        completions: [{
          text: messages.at(-1)!.content.includes("one")
            ? "The answer is Ada Lovelace of London."
            : "The answer is Turing.",
          finishReason: "stop",
          completionTokens: 1,
        }],
      }),
  };
  const server = serveModels([
    { id: "lenient", model: judgeModel(asked) },
    { id: "verbose", model: verbose },
  ], { port: 0 });
  try {
    await withFolder(async (folder) => {
      const benchmark = join(folder, "bamboogle.json");
      const examples = ["one", "two", "three"].map((name) => ({
        id: name,
        question: `Who is number ${name}?`,
        answer: name === "two" ? "Turing" : "Ada",
      }));
      await Deno.writeTextFile(benchmark, JSON.stringify(examples));
      const { baseUrl } = server;
      const request = {
        benchmark,
        benchmarkName: "bamboogle",
        system: "cot",
        teacher: { baseUrl, probe: false },
        model: "verbose",
        judge: { baseUrl, model: "lenient", cachePath: join(folder, "judge.jsonl"), probe: false },
        store: join(folder, "steps"),
        progress: openProgress("silent"),
      } as const;
      const { rows, judged } = await evaluateSystem({ ...request, out: join(folder, "a") });
      assert.deepEqual(rows.map(({ verdict, em, grader }) => [verdict, em, grader]), [
        ["correct", 0, "judge lenient"],
        ["correct", 1, "judge lenient"],
        ["wrong", 0, "judge lenient"],
      ]);
      assert.deepEqual([judged?.n, judged?.secondOnly, judged?.bothCorrect, judged?.bothWrong], [
        3,
        1,
        1,
        1,
      ]);
      assert.equal(asked.length, 3);
      await evaluateSystem({ ...request, out: join(folder, "b") });
      assert.equal(asked.length, 3, "the cache was asked");
    });
  } finally {
    await server.close();
  }
});

Deno.test("what cannot be evaluated is refused before anything is asked", async () => {
  await withFolder(async (folder) => {
    const base = {
      benchmark: "lab-math",
      limit: 1,
      teacher: "lab-expert",
      out: join(folder, "run"),
      progress: openProgress("silent"),
    } as const;
    await assert.rejects(
      evaluateSystem({ ...base, system: "agent", candidates: 4 }),
      /candidates go with the system agent-sag, not with agent; candidates is 4/,
    );
    const refused = (more: object, message: RegExp) =>
      assert.rejects(evaluateSystem({ ...base, ...more } as typeof base), message);
    await refused(
      { voters: 4, system: "cot" },
      /candidates go with the system agent-sag, not with cot/,
    );
    await refused(
      { samples: 4, system: "agent" },
      /samples go with the system cot-sc, not with agent/,
    );
    await refused({ sampels: 4 }, /there is no option sampels; did you mean samples\?/);
    await refused({ temperature: "hot" }, /temperature must be a number from 0, it is "hot"/);
    await refused({ concurrency: 0 }, /concurrency must be a whole number from 1, it is 0/);
    await refused({ tier: 7 }, /tier must be a text, it is 7/);
    await refused({ system: "sag" }, /system must be one of cot, cot-sc, .*, it is "sag"/);
    await refused({ search: "wiki", index: "lab" }, /name that search had, and both are given/);
    await refused({ candidates: null }, /candidates must be a whole number from 1, it is null/);
    assert.equal(existsSync(join(folder, "run", "manifest.json")), false);
    await assert.rejects(
      evaluateSystem({ ...base, system: "cot", teacher: { student: join(folder, "none") } }),
      /Cannot read the weights of .*none/,
    );
    await assert.rejects(
      evaluateSystem({ ...base, system: "cot", benchmark: "lab-chess" }),
      /Cannot find the benchmark "lab-chess"/,
    );
  });
});
