import type { PromptSet } from "../agent/prompts/prompt_set.ts";
import { PAPER_IMPORTS } from "../interpreter/pyodide/import_list.ts";
import type { JsonValue } from "../records/json.ts";
import { pickOptions } from "../records/resolve_options.ts";
import { type Task, withoutAnnotation } from "../records/task.ts";
import { sha256OfJson } from "../runs/hash.ts";
import { storedManifest } from "../runs/read_manifest.ts";
import { openRun, type RunFolder } from "../runs/run_folder.ts";
import { isLabBenchmark } from "../workbench/load_tasks.ts";
import { extraBodyOf, isStudentFolder } from "../workbench/open_teacher.ts";
import type { GenerateRequest } from "./generate_request.ts";
import {
  GENERATION_OPTIONS,
  type GenerationOptions,
  presentSettings,
} from "./generation_options.ts";
import { runPath } from "./shard.ts";

/** Opens the folder of a generation run, with a manifest that says all that decides its results. */
export async function openRunFolder(
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
