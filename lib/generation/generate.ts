import { fileURLToPath } from "node:url";
import { loadPrompts, type PromptSet } from "../agent/prompts/prompt_set.ts";
import { type ImportList, PAPER_IMPORTS } from "../interpreter/pyodide/import_list.ts";
import type { ChatModel } from "../models/chat_model.ts";
import { OpenAiModel } from "../models/openai/openai_model.ts";
import type { JsonValue } from "../records/json.ts";
import type { Task } from "../records/task.ts";
import { packageVersions } from "../runs/manifest.ts";
import { checkAnnotatedTasks } from "../workbench/annotated_tasks.ts";
import { checkExpertTasks } from "../workbench/expert_tasks.ts";
import { loadTasks } from "../workbench/load_tasks.ts";
import { openTeacher, studentSha256 } from "../workbench/open_teacher.ts";
import { openWorkbench } from "../workbench/open_workbench.ts";
import type { Workbench } from "../workbench/workbench.ts";
import { estimateCost } from "./cost_estimate.ts";
import { fileStepStore } from "./file_step_store.ts";
import { type GenerateRequest, optionsOf, presentRequest } from "./generate_request.ts";
import { openRunFolder } from "./generation_folder.ts";
import type { GenerationOptions } from "./generation_options.ts";
import { type GenerationResult, generationResult } from "./generation_result.ts";
import { runGeneration } from "./run_generation.ts";
import { itemsOfShard } from "./shard.ts";

/** Default folder of stored steps: `data/cache/steps/`, shared by all runs. */
export const defaultStepFolder: string = fileURLToPath(
  new URL("../../data/cache/steps/", import.meta.url),
);

/**
 * Lets a teacher solve the tasks of a benchmark, and keeps its trajectories. Every step is stored as
 * it happens: a run that is interrupted, by whatever, goes on where it was and pays for nothing twice.
 *
 * @source paper, section 3.2 (teacher trajectories, first-thought prefix)
 * @throws {Error} when an option, a folder, a file or the endpoint is at fault
 *
 * @example
 * ```ts
 * import { generate, openProgress } from "@potstill";
 * export async function trajectories(): Promise<string> {
 *   const { path } = await generate({
 *     benchmark: "lab-hotpotqa",
 *     limit: 200,
 *     teacher: { baseUrl: "http://127.0.0.1:8000/v1" },
 *     model: "Qwen/Qwen2.5-32B-Instruct",
 *     firstThoughtPrefix: true,
 *     progress: openProgress(),
 *   });
 *   return path;
 * }
 * ```
 */
export async function generate(asked: GenerateRequest): Promise<GenerationResult> {
  const request = presentRequest(asked);
  const { progress } = request;
  const checkpoint = await studentSha256(request.teacher);
  const options = await optionsOf(request);
  const { tasks: all, notes } = await loadTasks({ ...options, fileSplit: request.split });
  notes.forEach((note) => progress.log(`Note: ${note}`));
  if (request.teacher === "lab-expert") checkExpertTasks(all, options.benchmark, "generate");
  if (request.teacher === "annotations") {
    const { benchmark: source, paradigm } = options;
    const search = paradigm === "cot" ? "lab" : options.search;
    checkAnnotatedTasks(all, { source, search, action: "generate" })
      .forEach((note) => progress.log(`Note: ${note}`));
  }
  const tested = all.filter(({ split }) => split === "test").length;
  const warnings = [...request.warnings ?? []];
  if (request.command === undefined && tested > 0) {
    warnings.push(
      `WARNING: ${tested} of ${all.length} tasks are of a test split: a student that is trained on ` +
        "their trajectories must not be tested on them",
    );
  }
  warnings.forEach((text) => progress.log(text));
  const tasks = request.shard ? itemsOfShard(all, request.shard) : all;
  const prompts = await loadPrompts();
  await using run = await openRunFolder(
    { ...request, warnings },
    options,
    all,
    prompts,
    checkpoint,
  );
  progress.log(`${run.resumed ? "Resuming" : "Run"} ${run.path}: ${tasks.length} tasks`);
  const { model, budget, identity, isOneByOne, close } = await openTeacher({
    ...request,
    model: options.model,
    tasks: all,
    path: run.path,
  });
  // A run of before there was a choice goes on with the list that it began with.
  const imports = (run.manifest.resolved.imports ?? PAPER_IMPORTS) as ImportList;
  const bench = await openBench(request, options, imports, prompts);
  try {
    const systemPrompt = bench.systemPrompt(options.systemPrompt, options.maxSteps);
    logPlan(request, options, tasks, systemPrompt, model, bench);
    const summary = await runGeneration({
      path: run.path,
      tasks,
      concurrency: request.concurrency ?? 16,
      usage: () => (model instanceof OpenAiModel ? model.usage : null),
      acceptRefusals: request.acceptRefusals,
      progress,
      signal: request.signal,
      abortSignal: AbortSignal.any([run.lost, ...given(request.abortSignal)]),
      setup: {
        options,
        model,
        modelIdentity: identity,
        isOneByOne,
        bench,
        interpreterIdentity: await interpreterIdentity(imports, request.packages),
        // Its answers depend on annotations, which are no part of a step's address, and cost nothing.
        store: request.teacher === "annotations"
          ? null
          : fileStepStore(request.store ?? defaultStepFolder),
      },
    });
    return generationResult(run.path, options, summary, budget === null ? null : budget.spentUsd);
  } finally {
    await bench.close();
    await close();
  }
}

function given<T>(value: T | undefined): T[] {
  return value === undefined ? [] : [value];
}

/** Search, Python and tools of the run; by chain of thought alone there is nothing to search. */
async function openBench(
  request: GenerateRequest,
  { paradigm, search: searched, topK }: GenerationOptions,
  imports: ImportList,
  prompts: PromptSet,
): Promise<Workbench> {
  const search = paradigm === "cot" ? "none" : searched;
  const stage = search === "lab" ? request.progress.stage("search index", null) : null;
  const bench = await openWorkbench({
    search,
    topK,
    prompts,
    imports,
    packages: request.packages,
    processes: request.processes,
    python: paradigm === "agent",
    signal: request.signal,
    onProgress: (written, total) => stage?.update(written, `of ${total} passages`),
  });
  stage?.done(`${bench.passages} passages`);
  return bench;
}

/** Identity of the interpreter in the address of stored steps. */
export async function interpreterIdentity(
  imports: ImportList,
  packages: readonly string[] = [],
): Promise<JsonValue> {
  const { pyodide, potstill } = await packageVersions();
  return {
    pyodide,
    potstill,
    allowedImports: typeof imports === "string" ? imports : [...imports],
    packages: [...packages],
  };
}

function logPlan(
  request: GenerateRequest,
  options: GenerationOptions,
  tasks: readonly Task[],
  systemPrompt: string,
  model: ChatModel,
  bench: Workbench,
): void {
  const { progress } = request;
  if (bench.search.retriever === null && options.paradigm === "cot-rag") {
    throw new RangeError(
      "Cannot put passages before questions: there is nothing to search; pass --search INDEX",
    );
  }
  if (options.paradigm !== "cot") progress.log(searchLine(options.search, bench));
  const prices = model instanceof OpenAiModel ? model.capabilities.prices : null;
  const { promptTokens, completionTokens, costUsd } = estimateCost(
    options,
    tasks,
    systemPrompt,
    prices,
  );
  const cost = costUsd === null ? "" : `, $${costUsd.toFixed(2)}`;
  progress.log(
    `Estimate: ${tasks.length * options.attempts} attempts, ${
      (promptTokens / 1e6).toFixed(2)
    } M tokens read, ${(completionTokens / 1e6).toFixed(2)} M written${cost}`,
  );
}

/** A line on the search, so that nobody takes the lab's geography for an encyclopedia. */
function searchLine(search: string, { passages, search: { retriever } }: Workbench): string {
  if (retriever === null) return "Search: none; --search INDEX gives the agent web_search";
  const what = search === "lab" ? "lab, the closed world's geography" : search;
  return passages === null ? `Search: ${what}` : `Search: ${what} (${passages} passages)`;
}
