import { existsSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { fileStepStore } from "../../generation/file_step_store.ts";
import { defaultStepFolder } from "../../generation/generate.ts";
import type { StepStore } from "../../generation/step_store.ts";
import type { ChatModel } from "../../models/chat_model.ts";
import type { OpenAiModelOptions } from "../../models/openai/create_openai_model.ts";
import { OpenAiModel } from "../../models/openai/openai_model.ts";
import type { UsageTotals } from "../../models/openai/usage_meter.ts";
import type { Task } from "../../records/task.ts";
import type { Progress } from "../../runs/progress/progress.ts";
import { sha256OfJson } from "../../runs/hash.ts";
import { weightsSha256 } from "../../student/checkpoint/weights_hash.ts";
import {
  type OpenedTeacher,
  openTeacher as openAnyTeacher,
  type Teacher,
  teacherName,
} from "../../workbench/open_teacher.ts";
import { checkedStoredTeacher } from "./stored_teacher.ts";
import type { DistillOptions } from "./distill_options.ts";
import { findTeacherRun, type TeacherRun } from "./teacher_run.ts";

/** Settings of the teacher. */
export type TeacherOptions = Pick<
  DistillOptions,
  "teacher" | "teacherModel" | "teacherTemperature" | "maxNewTokens" | "cotMaxNewTokens"
>;

/** How an endpoint is reached and what it may cost. None of it changes what a run gives. */
export interface EndpointRequest extends Omit<OpenAiModelOptions, "model" | "baseUrl"> {
  /** The run stops before it spends more than this, earlier parts included. */
  readonly budgetUsd?: number;
  /** Where the steps of an endpoint are kept by content. @default `data/cache/steps/` */
  readonly store?: string;
  /** Take refused requests as failed attempts, however many there are. @default false */
  readonly acceptRefusals?: boolean;
}

/** Who the `teacher` of the settings is: a model to be asked, or trajectories that exist already. */
export type TeacherSource =
  | { readonly kind: "model"; readonly teacher: Teacher; readonly name: string }
  | { readonly kind: "run"; readonly run: TeacherRun };

/** The teacher, ready to be asked. */
export interface OpenTeacher extends Omit<OpenedTeacher, "budget"> {
  /** Noun phrase for the report. */
  readonly description: string;
  /** The system prompt that it acts under; a trained model's is that of its training. */
  readonly systemPrompt: "long" | "short";
  /** Its sampling, as options of an attempt. */
  readonly sampling: { readonly temperature?: number };
  /** Most new tokens of an agent's turn; absent for scripts, which always end their turns. */
  readonly maxNewTokens?: number;
  /** Most new tokens of a CoT answer. */
  readonly cotMaxNewTokens: number;
  /** Attempts under way at once. */
  readonly concurrency: number;
  /** Where its steps are stored; null for a model of this machine, which costs nothing to ask again. */
  readonly store: StepStore | null;
  /** Take refused requests as failed attempts, however many there are. */
  readonly acceptRefusals: boolean;
  /** Tokens and cost of this process's requests; null for a model that counts nothing. */
  usage(): UsageTotals | null;
}

/** The expert answers at once: more agents than Python processes would only change places. */
const EXPERT_CONCURRENCY = 2;
/** A student reads and writes for many agents together. */
const STUDENT_CONCURRENCY = 64;
const ENDPOINT_CONCURRENCY = 16;
/** Least new tokens that an endpoint is given. @source paper, section 4 */
const ENDPOINT_TOKENS = 1024;

/** Whether the teacher of the settings is the URL of an endpoint. */
export function isEndpoint(teacher: string): boolean {
  return /^https?:\/\//i.test(teacher);
}

/**
 * Who the teacher of the settings is.
 *
 * @throws {Error} when the text names none, or naming what is missing of it
 */
export function findTeacher(
  { teacher, teacherModel }: Pick<DistillOptions, "teacher" | "teacherModel">,
  endpoint: EndpointRequest = {},
): TeacherSource {
  const isUrl = isEndpoint(teacher);
  if (isUrl !== (teacherModel !== null)) {
    throw new RangeError(
      isUrl
        ? `Cannot distil: the endpoint ${teacher} has to be told which model; pass --teacher-model NAME`
        : `Cannot distil: teacherModel is for an endpoint, and the teacher is ${teacher}`,
    );
  }
  const model = (teacher: Teacher, name: string): TeacherSource => ({
    kind: "model",
    teacher,
    name,
  });
  if (isUrl) return model({ ...endpoint, baseUrl: teacher }, teacherModel!);
  if (teacher === "expert") return model("lab-expert", "lab-expert");
  if (teacher === "annotations") return model("annotations", "annotations");
  const folder = teacher === "stored" ? checkedStoredTeacher() : teacher;
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw new Error(
      `Cannot find the teacher "${teacher}": it must be expert, annotations, stored, a trained ` +
        "model's folder, the URL of an endpoint, or the folder of a run with trajectories",
    );
  }
  const run = findTeacherRun(folder);
  if (run !== null) return { kind: "run", run };
  if (!existsSync(join(folder, "config.json"))) {
    throw new Error(
      `Cannot use ${folder} as teacher: it is neither a trained model's folder (it has no ` +
        "config.json) nor a run's (it has no trajectories)",
    );
  }
  const student: Teacher = { student: folder };
  return model(student, teacherName(student) ?? basename(resolve(folder)));
}

/**
 * Opens a teacher that is a model.
 *
 * @param request the run's folder, in which an endpoint's usage is kept, and how it is reached
 * @throws {Error} naming the folder's file that is missing or does not fit, or when the endpoint refuses
 */
export async function openTeacher(
  source: TeacherSource,
  options: TeacherOptions,
  request: {
    readonly path: string;
    readonly progress: Progress;
    readonly signal?: AbortSignal;
    readonly endpoint?: EndpointRequest;
    /** The tasks that it is asked, for the teacher that is made of their annotations. */
    readonly tasks?: readonly Task[];
  },
): Promise<OpenTeacher> {
  if (source.kind === "run") {
    throw new TypeError(`Cannot ask the run ${source.run.path}: it holds trajectories alone`);
  }
  const { teacher, name } = source;
  const { teacherTemperature, maxNewTokens, cotMaxNewTokens } = options;
  const { endpoint = {} } = request;
  const opened = await openAnyTeacher({
    ...request,
    teacher,
    model: name,
    ...(endpoint.budgetUsd === undefined ? {} : { budgetUsd: endpoint.budgetUsd }),
  });
  const { model } = opened;
  const shared = {
    ...opened,
    sampling: teacherTemperature > 0 ? { temperature: teacherTemperature } : {},
    cotMaxNewTokens,
    store: null,
    acceptRefusals: false,
    usage: () => usageOf(model),
  };
  if (teacher === "lab-expert") {
    return {
      ...shared,
      description: "a scripted expert that goes wrong at set rates, not a language model",
      systemPrompt: "long",
      concurrency: EXPERT_CONCURRENCY,
    };
  }
  if (teacher === "annotations") {
    return {
      ...shared,
      description:
        "made of what people wrote down about the training tasks (hops, supporting facts, " +
        "solutions), not a language model",
      systemPrompt: "long",
      concurrency: EXPERT_CONCURRENCY,
    };
  }
  const sampled = `sampled at temperature ${teacherTemperature}`;
  if ("student" in teacher) {
    return {
      ...shared,
      description: `the trained model ${name}, ${sampled}`,
      systemPrompt: "short",
      maxNewTokens,
      concurrency: STUDENT_CONCURRENCY,
    };
  }
  return {
    ...shared,
    description: `the model ${name}, ${sampled}`,
    systemPrompt: "long",
    maxNewTokens: Math.max(ENDPOINT_TOKENS, maxNewTokens),
    cotMaxNewTokens: Math.max(ENDPOINT_TOKENS, cotMaxNewTokens),
    concurrency: endpoint.concurrency ?? ENDPOINT_CONCURRENCY,
    store: fileStepStore(endpoint.store ?? defaultStepFolder),
    acceptRefusals: endpoint.acceptRefusals ?? false,
  };
}

function usageOf(model: ChatModel): UsageTotals | null {
  return model instanceof OpenAiModel ? model.usage : null;
}

/**
 * SHA-256 of the teacher's weights, trajectories or annotations, for a run's manifest; null for others.
 *
 * @param tasks those whose annotations a teacher is made of
 *
 * @throws {Error} when the folder has none
 */
export async function teacherHash(
  source: TeacherSource,
  tasks: readonly Task[] = [],
): Promise<string | null> {
  if (source.kind === "run") return source.run.sha256();
  const { teacher } = source;
  if (teacher === "annotations") {
    return sha256OfJson(tasks.map(({ annotation }) => annotation ?? null));
  }
  return typeof teacher === "object" && "student" in teacher
    ? await weightsSha256(teacher.student)
    : null;
}
