import type { ImportList } from "../interpreter/pyodide/import_list.ts";
import {
  checkOptions,
  pickOptions,
  presentNames,
  refuseUnknown,
} from "../records/resolve_options.ts";
import type { FolderLock } from "../runs/folder_lock.ts";
import type { Progress } from "../runs/progress/progress.ts";
import { storedManifest } from "../runs/read_manifest.ts";
import { isStudentFolder, type Teacher, teacherName } from "../workbench/open_teacher.ts";
import { fitToStudent, studentContext } from "./fit_to_student.ts";
import {
  GENERATION_OPTIONS,
  type GenerationOptions,
  type GivenGenerationOptions,
  resolveGenerationOptions,
} from "./generation_options.ts";
import { RUN_OPTIONS, type RunOptions } from "./run_options.ts";
import { runPath, type Shard } from "./shard.ts";

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
export function presentRequest(given: GenerateRequest): GenerateRequest {
  const request = presentNames(REQUEST_OPTIONS, given, "generate");
  refuseUnknown(request, [...Object.keys(REQUEST_OPTIONS), ...REQUEST_PARTS], "generate");
  checkOptions(RUN_OPTIONS, request, "generate");
  return request as unknown as GenerateRequest;
}

/** The settings of a run, all filled in. @throws {RangeError} naming what is missing or out of range */
export async function optionsOf(request: GenerateRequest): Promise<GenerationOptions> {
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

/** A run of the last version goes on with what it searched, whose default was another. */
async function earlierSearch(
  { out, resume, shard }: GenerateRequest,
): Promise<Pick<GivenGenerationOptions, "search">> {
  const manifest = resume && out !== undefined ? await storedManifest(runPath(out, shard)) : null;
  const { retriever } = manifest?.resolved ?? {};
  return typeof retriever === "string" ? { search: retriever } : {};
}
