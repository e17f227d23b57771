import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ImportList, PAPER_IMPORTS } from "../interpreter/pyodide/import_list.ts";
import type { ChatModel } from "../models/chat_model.ts";
import { OpenAiModel } from "../models/openai/openai_model.ts";
import type { Progress } from "../runs/progress/progress.ts";
import { loadPrompts, type PromptSet } from "../agent/prompts/prompt_set.ts";
import type { JsonValue } from "../records/json.ts";
import {
  checkOptions,
  pickOptions,
  presentNames,
  refuseUnknown,
} from "../records/resolve_options.ts";
import { type Task, withoutAnnotation } from "../records/task.ts";
import { openWorkbench } from "../workbench/open_workbench.ts";
import type { Workbench } from "../workbench/workbench.ts";
import { type Manifest, packageVersions } from "../runs/manifest.ts";
import type { FolderLock } from "../runs/folder_lock.ts";
import { readManifest } from "../runs/read_manifest.ts";
import { openRun, type RunFolder } from "../runs/run_folder.ts";
import { sha256OfJson } from "../runs/hash.ts";
import { estimateCost } from "./cost_estimate.ts";
import { fitToStudent, studentContext } from "./fit_to_student.ts";
import { fileStepStore } from "./file_step_store.ts";
import {
  GENERATION_OPTIONS,
  type GenerationOptions,
  type GivenGenerationOptions,
  presentSettings,
  resolveGenerationOptions,
} from "./generation_options.ts";
import { RUN_OPTIONS, type RunOptions } from "./run_options.ts";
import { type GenerationResult, generationResult } from "./generation_result.ts";
import { checkAnnotatedTasks } from "../workbench/annotated_tasks.ts";
import { checkExpertTasks } from "../workbench/expert_tasks.ts";
import { isLabBenchmark, loadTasks } from "../workbench/load_tasks.ts";
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

/** Default folder of stored steps: `data/cache/steps/`, shared by all runs. */
export const defaultStepFolder: string = fileURLToPath(
  new URL("../../data/cache/steps/", import.meta.url),
);

export type { StudentFolder, Teacher } from "../workbench/open_teacher.ts";

/** Options of a generation run. */
export interface GenerateRequest extends Omit<GivenGenerationOptions, "model">, RunOptions {
  /** Teacher that solves the tasks. */
  readonly teacher: Teacher;
  /** As the endpoint calls it. @default "lab-expert" for the lab's expert, a student's folder */
  readonly model?: string;
  /** The command in the run's manifest. @default "generate" */
  readonly command?: string;
  /** Told, and kept in the manifest: what the results must not be read without. @default none */
  readonly warnings?: readonly string[];
  /** The lock of the run's folder, when the caller holds it. */
  readonly lock?: FolderLock;
  /** Make only this part of the run; `out` is then the folder that all parts share. */
  readonly shard?: Shard;
  /**
   * Modules that the agent's code may import.
   * @default the paper's list in the lab, else `"standard"`
   */
  readonly imports?: ImportList;
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

async function optionsOf(request: GenerateRequest): Promise<GenerationOptions> {
  const model = request.model ?? teacherName(request.teacher);
  if (model === undefined) throw new RangeError("Cannot generate: no model is named");
  const given = pickOptions(GENERATION_OPTIONS, request);
  const options = resolveGenerationOptions({
    ...await earlierSearch(request),
    ...given,
    benchmark: request.benchmark,
    model,
  });
  if (!isStudentFolder(request.teacher)) return options;
  const context = await studentContext(request.teacher.student);
  const fitted = fitToStudent(options, given, context);
  fitted.notes.forEach((note) => request.progress.log(`Note: ${note}`));
  return fitted.options;
}

const REQUEST_OPTIONS = { ...GENERATION_OPTIONS, ...RUN_OPTIONS };

/** Fields of a request that are no options. */
const REQUEST_PARTS = [
  "teacher",
  "command",
  "warnings",
  "lock",
  "shard",
  "imports",
  "progress",
  "signal",
  "abortSignal",
];

/** The request under the present names. @throws {RangeError} naming a field that is not understood */
function presentRequest(given: GenerateRequest): GenerateRequest {
  const request = presentNames(REQUEST_OPTIONS, given, "generate");
  refuseUnknown(request, [...Object.keys(REQUEST_OPTIONS), ...REQUEST_PARTS], "generate");
  checkOptions(RUN_OPTIONS, request, "generate");
  return request as unknown as GenerateRequest;
}

/** A run of the last version goes on with what it searched, whose default was another. */
async function earlierSearch(
  { out, resume, shard }: GenerateRequest,
): Promise<Pick<GivenGenerationOptions, "search">> {
  const manifest = resume && out !== undefined ? await storedManifest(runPath(out, shard)) : null;
  const { retriever } = manifest?.resolved ?? {};
  return typeof retriever === "string" ? { search: retriever } : {};
}

async function storedManifest(folder: string): Promise<Manifest | null> {
  const path = join(folder, "manifest.json");
  return existsSync(path) ? await readManifest(path) : null;
}

function runPath(out: string, shard: Shard | undefined): string {
  return shard === undefined ? out : join(out, shardFolder(shard));
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
    (isLabBenchmark(options.benchmark) ? PAPER_IMPORTS : "standard");
  const out = request.out === undefined ? undefined : runPath(request.out, shard);
  const resolved: Record<string, JsonValue> = {
    ...options,
    split: await splitOf(tasks, request.resume === true ? out : undefined) ?? options.split,
    extraBody: extraBodyOf(request.teacher),
    tasks: tasks.length,
    tasksSha256: sha256OfJson(tasks.map(withoutAnnotation)),
    ...(request.teacher === "annotations"
      ? { annotationsSha256: sha256OfJson(tasks.map(({ annotation }) => annotation ?? null)) }
      : {}),
    packages: [...request.packages ?? []],
    imports: imports as JsonValue,
    ...(checkpoint === null ? {} : { checkpoint }),
    ...(shard ? { shard: `${shard.index}/${shard.count}` } : {}),
  };
  const given = pickOptions(GENERATION_OPTIONS, request) as Record<string, JsonValue>;
  if (request.imports !== undefined) given.imports = request.imports as JsonValue;
  if (shard) given.shard = `${shard.index}/${shard.count}`;
  if (request.teacher === "lab-expert") given.labExpert = true;
  else if (request.teacher === "annotations") given.teacher = "annotations";
  else if (isStudentFolder(request.teacher)) {
    given.student = request.teacher.student;
    if (request.teacher.device !== undefined) given.device = request.teacher.device;
  } else given.baseUrl = request.teacher.baseUrl;
  if (shard && request.out === undefined) {
    throw new RangeError("Cannot make a shard: no folder is named that its shards share");
  }
  return await openRun({
    command: request.command ?? "generate",
    given,
    resolved,
    present: presentSettings,
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
  const manifest = resumed === undefined ? null : await storedManifest(resumed);
  if (manifest !== null) {
    const { split } = manifest.resolved;
    return typeof split === "string" ? split : null;
  }
  return [...new Set(tasks.map(({ split }) => split))].sort().join(" and ") || null;
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
