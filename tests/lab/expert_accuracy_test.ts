import assert from "node:assert/strict";
import { longSystemPrompt } from "@potstill/agent/agent_prompt.ts";
import { runAgent } from "@potstill/agent/run_agent.ts";
import { runCot } from "@potstill/agent/run_cot.ts";
import { gradeTask } from "@potstill/grading/grade_task.ts";
import { createInterpreter } from "@potstill/interpreter/pyodide/create_interpreter.ts";
import { labBenchmarks, loadLabBenchmark } from "@potstill/lab/benchmarks.ts";
import { createLabExpert, type LabExpertOptions } from "@potstill/lab/expert/lab_expert.ts";
import { openLabIndex } from "@potstill/lab/lab_index.ts";
import { loadPrompts } from "@potstill/agent/prompts/prompt_set.ts";
import type { Trajectory } from "@potstill/records/trajectory.ts";
import { cachedRetriever } from "@potstill/retrieval/cached_retriever.ts";
import { webSearchTool } from "@potstill/retrieval/web_search_tool.ts";

const FLAWLESS = { wrongQueryRate: 0, buggyCodeRate: 0, wrongReasoningRate: 0, malformedRate: 0 };

Deno.test("the expert as an agent, with real search and real Python", async (t) => {
  const prompts = await loadPrompts();
  const index = await openLabIndex();
  const interpreter = await createInterpreter();
  const tools = [webSearchTool(cachedRetriever(index), 3)];
  const systemPrompt = longSystemPrompt(prompts, tools, ["math"], 5);
  const solve = async (name: string, count: number, options: LabExpertOptions) => {
    const model = createLabExpert(options);
    const trajectories: Trajectory[] = [];
    const split = name === "lab-hotpotqa" ? "train" : "test";
    for (const task of loadLabBenchmark(name, { split, count, seed: "accuracy" })) {
      trajectories.push(
        await runAgent({ model, interpreter, tools, prompts, systemPrompt }, { task, seed: 1 }),
      );
    }
    return trajectories;
  };
  const isRight = ({ task, answer }: Trajectory) => gradeTask(task, answer).verdict === "correct";
  try {
    for (const { name, kind } of labBenchmarks.filter((benchmark) => benchmark.kind === "qa")) {
      await t.step(`${name}, without flaws: every answer is right within 5 steps`, async () => {
        assert.equal(kind, "qa");
        for (const trajectory of await solve(name, 50, FLAWLESS)) {
          assert.ok(isRight(trajectory), `${trajectory.task.question}: ${trajectory.answer}`);
          assert.ok(trajectory.steps.length <= 5);
          assert.ok(trajectory.steps.every((step) => step.error === null));
        }
      });
    }
    await t.step("with its usual flaws it fails at times and recovers at times", async () => {
      const trajectories = await solve("lab-hotpotqa", 300, {});
      const share = trajectories.filter(isRight).length / trajectories.length;
      assert.ok(share > 0.85 && share < 1, `${share} right`);
      const failed = (kind: string) =>
        trajectories.filter(({ steps }) => steps.some((step) => step.error?.kind === kind));
      const errors = failed("execution");
      assert.ok(errors.length > 10, `${errors.length} with an execution error`);
      assert.ok(errors.filter(isRight).length > errors.length / 2, "most of them recover");
      assert.ok(failed("parse").length > 0);
    });
    await t.step("by chain of thought it knows capitals, not villages", async () => {
      const model = createLabExpert();
      const right = async (name: string) => {
        let count = 0;
        for (const task of loadLabBenchmark(name, { split: "test", count: 200, seed: "cot" })) {
          const { answer } = await runCot({ model, prompts }, { task, seed: 1 });
          if (gradeTask(task, answer).verdict === "correct") count++;
        }
        return count / 200;
      };
      const known = await right("lab-2wiki");
      const rare = await right("lab-bamboogle");
      assert.ok(rare < 0.35 && rare > 0.05, `${rare} on rare places`);
      assert.ok(known > rare + 0.2, `${known} against ${rare}`);
    });
  } finally {
    await interpreter.close();
    index.close();
  }
});
