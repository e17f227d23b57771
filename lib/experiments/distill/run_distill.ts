import { fitToStudent } from "../../generation/fit_to_student.ts";
import { extraBodyOf } from "../../workbench/open_teacher.ts";
import { indexIdentity } from "../../workbench/open_search.ts";
import type { Progress } from "../../runs/progress/progress.ts";
import { loadPrompts } from "../../agent/prompts/prompt_set.ts";
import type { JsonValue } from "../../records/json.ts";
import { presentNames } from "../../records/resolve_options.ts";
import { openRun } from "../../runs/run_folder.ts";
import { storedBaseHash } from "../../student/stored_base.ts";
import type { StudentParts } from "../../student/generate/engine_options.ts";
import { checkEngine } from "../../student/generate/check_engine.ts";
import { openStartingStudent } from "../../student/starting_student.ts";
import { findStudent } from "../../student/find_student.ts";
import { weightsSha256 } from "../../student/checkpoint/weights_hash.ts";
import { isScored } from "../improve/improve_options.ts";
import { checkedStoredTeacher } from "./stored_teacher.ts";
import { parseThen } from "./then_options.ts";
import {
  baseSettings,
  checkDistillOptions,
  DISTILL_OPTIONS,
  type DistillOptions,
  folderDefaults,
  presentResolved,
  type ProfileName,
  profiles,
  studentSize,
} from "./distill_options.ts";
import { type DistillPlan, planDistill } from "./plan.ts";
import type { FinishedStages } from "./finish_run.ts";
import { runStages } from "./run_stages.ts";
import {
  type EndpointRequest,
  findTeacher,
  isEndpoint,
  teacherHash,
  type TeacherSource,
} from "./teacher.ts";

/** Settings of a distillation. */
export interface DistillRequest {
  /** The settings to begin with. @default "default" */
  readonly profile?: ProfileName;
  /** Settings that differ from the profile's. */
  readonly settings?: Partial<DistillOptions> | Readonly<Record<string, JsonValue>>;
  /** How a teacher that is an endpoint is reached, and what it may cost. */
  readonly endpoint?: EndpointRequest;
  /** Folder that the run is stored in. @default a new folder in `data/runs/` */
  readonly out?: string;
  /** Go on with an earlier run of the same settings. @default false */
  readonly resume?: boolean;
  /** Told of each stage as it goes. */
  readonly progress: Progress;
  /** Stops the run, which can then be resumed, when the requests under way are answered and stored. */
  readonly signal?: AbortSignal;
  /** Stops it at once. @default `signal` */
  readonly abortSignal?: AbortSignal;
}

/** The result of a distillation. */
export interface DistillResult extends FinishedStages {
  /** The run's folder. */
  readonly path: string;
}

/**
 * Distils an agent, end to end: the teacher's trajectories, filter, training data, students,
 * evaluation, report; in the lab unless the settings name other tasks. Every stage stores what it does,
 * and a resumed run gives what an undisturbed one gives.
 *
 * @throws {Error} when a setting, the folder or stored data is at fault, or the signal's reason
 * @throws {UnfinishedStageError} when the endpoint or the budget ended a stage
 */
export async function distill(request: DistillRequest): Promise<DistillResult> {
  const { progress } = request;
  const profile = request.profile ?? "default";
  const { plan, source, resolved } = await resolveDistill(request);
  const { options, notes, warnings } = plan;
  const prompts = await loadPrompts();
  await using run = await openRun({
    command: "distill",
    given: { profile, ...request.settings } as Record<string, JsonValue>,
    resolved,
    present: presentResolved,
    prompts: prompts.hashes,
    out: request.out,
    resume: request.resume,
    warnings,
  });
  progress.log(`${run.resumed ? "Resuming" : "Run"} ${run.path}`);
  notes.forEach((note) => progress.log(`Note: ${note}`));
  warnings.forEach((text) => progress.log(text));
  const stop = new AbortController();
  const ending = AbortSignal.any([stop.signal, run.lost]);
  const signal = AbortSignal.any([ending, ...request.signal ? [request.signal] : []]);
  const abortSignal = request.abortSignal && AbortSignal.any([ending, request.abortSignal]);
  try {
    const context = { options, run, prompts, progress, signal, abortSignal };
    return { path: run.path, ...await runStages(context, plan, source, request.endpoint) };
  } finally {
    stop.abort(new Error("the run has ended"));
  }
}

/** A distillation's settings, and all that follows from them before anything is run. */
export interface ResolvedDistill {
  /** The settings in full. */
  readonly options: DistillOptions;
  /** Tasks, students and systems. */
  readonly plan: DistillPlan;
  /** Who the teacher is. */
  readonly source: TeacherSource;
  /** What the run's manifest says. */
  readonly resolved: Record<string, JsonValue>;
}

/**
 * The settings of a request with the profile's filled in, and what the run's manifest says of them.
 *
 * @throws {RangeError} naming the setting that is at fault
 * @throws {Error} when there is no such base model, teacher, set or index
 */
export async function resolveDistill(
  request: Pick<DistillRequest, "profile" | "settings" | "endpoint">,
): Promise<ResolvedDistill> {
  const profile = request.profile ?? "default";
  const given: Partial<DistillOptions> = presentNames(
    DISTILL_OPTIONS,
    request.settings ?? {},
    "distil",
  );
  const isGiven = (name: keyof DistillOptions) => Object.hasOwn(given, name);
  const checked = checkDistillOptions({ ...profiles[profile], ...given });
  const student = await studentFacts(checked, given);
  const source = findTeacher(checked, request.endpoint);
  const fitted = { ...checked, ...student.settings, ...given };
  const made = await planDistill(fitted, source, isGiven);
  const plan = { ...made, notes: [...student.notes, ...made.notes] };
  const { options, hashes, search } = plan;
  const extraBody = source.kind === "model" ? extraBodyOf(source.teacher) : {};
  const resolved: Record<string, JsonValue> = {
    profile,
    ...options,
    // An endpoint may move while a run is interrupted: its model's name is what it is known by.
    teacher: isEndpoint(options.teacher) ? "endpoint" : options.teacher,
    baseSha256: student.sha256,
    teacherSha256: await teacherHash(source, [...plan.train, ...plan.rollouts]),
    ...await thenHash(options),
    searched: search,
    searchIdentity: isIndex(search) ? await indexIdentity(search) : null,
    ...hashes,
    ...(Object.keys(extraBody as object).length === 0 ? {} : { extraBody }),
  };
  return { options, plan, source, resolved };
}

/** What the student decides: defaults of its own, the hash of its weights, and what a user should know. */
async function studentFacts(
  options: DistillOptions,
  given: Partial<DistillOptions>,
): Promise<{
  readonly settings: Partial<DistillOptions>;
  readonly sha256: string | null;
  readonly notes: readonly string[];
}> {
  const size = studentSize(options.student);
  const unused = baseSettings.find((name) => Object.hasOwn(given, name));
  if (options.base === "stored" && unused !== undefined) {
    throw new RangeError(
      `Cannot distil: ${unused} is for a base model that is trained in the run (base: trained)`,
    );
  }
  if (size !== null) {
    const sha256 = options.base === "stored" ? await storedBaseHash(size) : null;
    return { settings: {}, sha256, notes: [] };
  }
  if (options.base === "trained") {
    throw new RangeError(
      `Cannot distil: base trained is for a size of the lab, and the student is ${options.student}`,
    );
  }
  const student = await openStartingStudent(options.student);
  checkStudent(options.student, student);
  const context = student.config.max_position_embeddings;
  const defaults = { ...folderDefaults(options.adaptation), ...given };
  const { maxNewTokens, cotMaxNewTokens } = given;
  const { options: fitted, notes } = fitToStudent(
    { ...options, ...defaults, paradigm: "agent", firstThoughtPrefix: true },
    { maxNewTokens, cotMaxNewTokens },
    context,
  );
  return {
    settings: {
      ...defaults,
      maxTokens: given.maxTokens ?? Math.min(defaults.maxTokens!, context),
      maxNewTokens: fitted.maxNewTokens,
      cotMaxNewTokens: fitted.cotMaxNewTokens,
    },
    sha256: student.base?.sha256 ?? null,
    notes,
  };
}

/** The hash of the model that the student's going on learns from, where it learns from one. */
async function thenHash(
  { then, thenTeacher }: DistillOptions,
): Promise<Record<string, JsonValue>> {
  if (then === null || !isScored(parseThen(then).method)) return {};
  const { path } = await findStudent(thenTeacher ?? checkedStoredTeacher());
  return { thenTeacherSha256: await weightsSha256(path) };
}

/** Tells what a student cannot be trained or run without before the teacher is asked, not hours later. */
function checkStudent(name: string, student: StudentParts): void {
  try {
    student.tokenizer.chatTemplate();
    checkEngine(student, {});
  } catch (cause) {
    throw new Error(`Cannot train the student of ${name}: ${(cause as Error).message}`, { cause });
  }
}

/** Whether what is searched is an index, whose description can be hashed. */
function isIndex(search: string): boolean {
  return search !== "lab" && search !== "none" && !/^https?:\/\//.test(search);
}
