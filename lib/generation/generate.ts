import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ImportList, PAPER_IMPORTS } from "../interpreter/pyodide/import_list.ts";
import { isLabQuestion } from "../lab/expert/lab_expert.ts";
import type { ChatModel } from "../models/chat_model.ts";
import { OpenAiModel } from "../models/openai/openai_model.ts";
import type { Progress } from "../runs/progress/progress.ts";
import { loadPrompts, type PromptSet } from "../agent/prompts/prompt_set.ts";
import type { JsonValue } from "../records/json.ts";
import type { Task } from "../records/task.ts";
import { openWorkbench } from "../workbench/open_workbench.ts";
import type { Workbench } from "../workbench/workbench.ts";
import { packageVersions } from "../runs/manifest.ts";
import type { FolderLock } from "../runs/folder_lock.ts";
import { readManifest } from "../runs/read_manifest.ts";
import { openRun, type RunFolder } from "../runs/run_folder.ts";
import { sha256OfJson } from "../runs/hash.ts";
import { estimateCost } from "./cost_estimate.ts";
import { fitToStudent, studentContext } from "./fit_to_student.ts";
import { fileStepStore } from "./file_step_store.ts";
import {
  type GenerationOptions,
  type GivenGenerationOptions,
  resolveGenerationOptions,
} from "./generation_options.ts";
import { type GenerationResult, generationResult } from "./generation_result.ts";
import { loadTasks } from "../workbench/load_tasks.ts";
import {
  extraBodyOf,
  isStudentFolder,
  openTeacher,
  studentSha256,
  type Teacher,
  teacherName,
} from "../workbench/open_teacher.ts";
import { runGeneration } from "./run_generation.ts";
import { itemsOfShard, type Shard, shardFolder } from "./shard.ts";

/** Where steps are kept unless a folder is given: `data/cache/steps/`, shared by all runs. */
export const defaultStepFolder: string = fileURLToPath(
  new URL("../../data/cache/steps/", import.meta.url),
);

export type { StudentFolder, Teacher } from "../workbench/open_teacher.ts";

/** What a generation run needs to know. */
export interface GenerateRequest extends Omit<GivenGenerationOptions, "model"> {
  /** Who solves the tasks. */
  readonly teacher: Teacher;
  /** As the endpoint calls it. @default "lab-expert" for the lab's expert, a student's folder */
  readonly model?: string;
  /** The command in the run's manifest. @default "generate" */
  readonly command?: string;
  /** The run's folder; with a shard, the folder that its shards share. @default a new one in `data/runs/` */
  readonly out?: string;
  /** Go on with the run in the folder. @default false */
  readonly resume?: boolean;
  /** Told, and kept in the manifest: what the results must not be read without. @default none */
  readonly warnings?: readonly string[];
  /** The lock of the run's folder, when the caller holds it. */
  readonly lock?: FolderLock;
  /** Make only this part of the run. */
  readonly shard?: Shard;
  /** Where steps are kept by content. @default `data/cache/steps/` */
  readonly store?: string;
  /** Attempts under way at once. @default 16 */
  readonly concurrency?: number;
  /** Python processes. @default 2 */
  readonly processes?: number;
  /** Python packages, such as `sympy`, that the agent's code may use; see `potstill wheels`. @default none */
  readonly packages?: readonly string[];
  /** Take refused requests as failed attempts, however many there are. @default false */
  readonly acceptRefusals?: boolean;
  /** What the agent's code may import. @default the paper's list in the lab, else `"standard"` */
  readonly imports?: ImportList;
  /** The run stops before it spends more than this, earlier parts included. */
  readonly budgetUsd?: number;
  /** Is told how the run goes on. */
  readonly progress: Progress;
  /** Ends the run when the requests under way are answered and stored. */
  readonly signal?: AbortSignal;
  /** Ends it at once. */
  readonly abortSignal?: AbortSignal;
}

/**
 * Lets a teacher solve the tasks of a benchmark, and keeps its trajectories. Every step is stored as
 * it happens: a run that is interrupted, by whatever, goes on where it was and pays for nothing twice.
 *
 * @source paper, section 3.2 (teacher trajectories, first-thought prefix)
 * @throws {Error} when an option, a folder, a file or the endpoint is at fault
 *
 * @example
 * ```ts
 * import { generate } from "@potstill/generation/generate.ts";
 * import { openProgress } from "@potstill/runs/progress/open_progress.ts";
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
export async function generate(request: GenerateRequest): Promise<GenerationResult> {
  const { progress } = request;
  const checkpoint = await studentSha256(request.teacher);
  const options = await optionsOf(request);
  const { tasks: all, notes } = await loadTasks(options);
  notes.forEach((note) => progress.log(`Note: ${note}`));
  if (request.teacher === "lab-expert") checkExpertTasks(all, options.benchmark);
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
  const { model, budget, close } = await openTeacher({
    ...request,
    model: options.model,
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
        modelIdentity: {
          prefixMode: model instanceof OpenAiModel ? model.capabilities.prefix : "native",
          extraBody: extraBodyOf(request.teacher),
          ...(checkpoint === null ? {} : { checkpoint }),
        },
        isOneByOne: model instanceof OpenAiModel && model.capabilities.samples === "emulated",
        bench,
        interpreterIdentity: await interpreterIdentity(request, imports),
        store: fileStepStore(request.store ?? defaultStepFolder),
      },
    });
    return generationResult(run.path, options, summary, budget === null ? null : budget.spentUsd);
  } finally {
    await bench.close();
    await close();
  }
}

async function optionsOf(request: GenerateRequest): Promise<GenerationOptions> {
  const model = request.model ?? teacherName(request.teacher);
  if (model === undefined) throw new RangeError("Cannot generate: no model is named");
  const { benchmark, split, limit, paradigm, samples, temperature, topP, maxNewTokens, maxSteps } =
    request;
  const { candidates, stepTimeoutMs, firstThoughtPrefix, cotMaxNewTokens, topK, retriever } =
    request;
  const { systemPrompt, seed, benchmarkName } = request;
  const options = resolveGenerationOptions({
    ...{ model, benchmark, split, limit, paradigm, samples, temperature, topP, maxNewTokens },
    ...{ maxSteps, candidates, stepTimeoutMs, firstThoughtPrefix, cotMaxNewTokens, topK },
    ...{ retriever, systemPrompt, seed, benchmarkName },
  });
  if (!isStudentFolder(request.teacher)) return options;
  const context = await studentContext(request.teacher.student);
  const fitted = fitToStudent(options, { maxNewTokens, cotMaxNewTokens }, context);
  fitted.notes.forEach((note) => request.progress.log(`Note: ${note}`));
  return fitted.options;
}

function checkExpertTasks(tasks: readonly Task[], benchmark: string): void {
  const unknown = tasks.filter(({ question }) => !isLabQuestion(question));
  if (unknown.length === 0) return;
  throw new RangeError(
    `Cannot generate with the lab's expert: it answers the lab's questions only, and ${unknown.length} ` +
      `of the ${tasks.length} tasks of ${benchmark} are others, such as ${unknown[0].id}: ` +
      `"${unknown[0].question.slice(0, 100)}"; other questions need an endpoint (--base-url)`,
  );
}

async function openRunFolder(
  request: GenerateRequest,
  options: GenerationOptions,
  tasks: readonly Task[],
  prompts: PromptSet,
  checkpoint: string | null,
): Promise<RunFolder> {
  const { shard } = request;
  const imports = request.imports ??
    (options.benchmark.startsWith("lab-") ? PAPER_IMPORTS : "standard");
  const out = shard && request.out !== undefined
    ? join(request.out, shardFolder(shard))
    : request.out;
  const resolved: Record<string, JsonValue> = {
    ...options,
    split: await splitOf(tasks, request.resume === true ? out : undefined) ?? options.split,
    extraBody: extraBodyOf(request.teacher),
    tasks: tasks.length,
    tasksSha256: sha256OfJson(tasks),
    packages: [...request.packages ?? []],
    imports: imports as JsonValue,
    ...(checkpoint === null ? {} : { checkpoint }),
    ...(shard ? { shard: `${shard.index}/${shard.count}` } : {}),
  };
  const given: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(request)) {
    const isOption = name in options && value !== undefined;
    if (isOption) given[name] = value as JsonValue;
  }
  if (request.imports !== undefined) given.imports = request.imports as JsonValue;
  if (shard) given.shard = `${shard.index}/${shard.count}`;
  if (request.teacher === "lab-expert") given.labExpert = true;
  else if (isStudentFolder(request.teacher)) given.student = request.teacher.student;
  else given.baseUrl = request.teacher.baseUrl;
  if (shard && request.out === undefined) {
    throw new RangeError("Cannot make a shard: no folder is named that its shards share");
  }
  return await openRun({
    command: request.command ?? "generate",
    given,
    resolved,
    lacking: { imports: (request.imports === undefined ? imports : PAPER_IMPORTS) as JsonValue },
    prompts: prompts.hashes,
    out,
    resume: request.resume,
    warnings: request.warnings,
    lock: request.lock,
  });
}

function given<T>(value: T | undefined): T[] {
  return value === undefined ? [] : [value];
}

/** The split that the tasks are of; a run of before goes on with what its manifest says. */
async function splitOf(
  tasks: readonly Task[],
  resumed: string | undefined,
): Promise<string | null> {
  const path = resumed === undefined ? null : join(resumed, "manifest.json");
  if (path !== null && existsSync(path)) {
    const { resolved } = await readManifest(path);
    return typeof resolved.split === "string" ? resolved.split : null;
  }
  return [...new Set(tasks.map(({ split }) => split))].sort().join(" and ") || null;
}

/** Search, Python and tools of the run; by chain of thought alone there is nothing to search. */
async function openBench(
  request: GenerateRequest,
  { paradigm, retriever, topK }: GenerationOptions,
  imports: ImportList,
  prompts: PromptSet,
): Promise<Workbench> {
  const search = paradigm === "cot" ? "none" : retriever;
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

/** What runs the code, in the address of stored steps. */
async function interpreterIdentity(
  request: GenerateRequest,
  imports: ImportList,
): Promise<JsonValue> {
  const { pyodide, potstill } = await packageVersions();
  return {
    pyodide,
    potstill,
    allowedImports: typeof imports === "string" ? imports : [...imports],
    packages: [...request.packages ?? []],
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
  const isFile = !options.benchmark.startsWith("lab-");
  if (isFile && options.retriever === "lab" && options.paradigm !== "cot") {
    progress.log(
      "Note: web_search searches the lab's geography; --retriever FOLDER searches another index",
    );
  }
  if (bench.search.retriever === null && options.paradigm === "cot-rag") {
    throw new RangeError("Cannot put passages before questions: there is nothing to search");
  }
  const prices = model instanceof OpenAiModel ? model.capabilities.prices : null;
  const { promptTokens, completionTokens, costUsd } = estimateCost(
    options,
    tasks,
    systemPrompt,
    prices,
  );
  const cost = costUsd === null ? "" : `, $${costUsd.toFixed(2)}`;
  progress.log(
    `Estimate: ${tasks.length * options.samples} attempts, ${
      (promptTokens / 1e6).toFixed(2)
    } M tokens read, ${(completionTokens / 1e6).toFixed(2)} M written${cost}`,
  );
}
