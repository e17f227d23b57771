import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { createAnnotatedTeacher } from "../annotations/annotated_teacher.ts";
import { createLabExpert } from "../lab/expert/lab_expert.ts";
import { type Device, providerOf } from "../onnx/device.ts";
import type { ChatModel } from "../models/chat_model.ts";
import type { EndpointCapabilities } from "../models/openai/capabilities.ts";
import {
  createOpenAiModel,
  type OpenAiModelOptions,
} from "../models/openai/create_openai_model.ts";
import type { EndpointWait } from "../models/openai/openai_model.ts";
import { createStudentModel } from "../student/student_model.ts";
import type { Progress } from "../runs/progress/progress.ts";
import type { Task } from "../records/task.ts";
import type { JsonValue } from "../records/json.ts";
import { writeJsonAtomic } from "../runs/atomic_write.ts";
import { weightsSha256 } from "../student/checkpoint/weights_hash.ts";
import { Budget } from "../models/budget.ts";
import { UsageLog } from "../models/usage_log.ts";
import { readInputObject } from "../runs/read_input.ts";

/** A trained student, by its Hugging Face folder. */
export interface StudentFolder {
  /** Holds `config.json`, `model.safetensors` and `tokenizer.json`. */
  readonly student: string;
  /** Hardware that runs it. @default "auto" */
  readonly device?: Device;
}

/** An endpoint, the lab's expert, the annotations of the tasks, or a trained student. */
export type Teacher =
  | Omit<OpenAiModelOptions, "model">
  | "lab-expert"
  | "annotations"
  | StudentFolder;

/** A teacher, ready to be asked. */
export interface OpenedTeacher {
  /** Answers. */
  readonly model: ChatModel;
  /** Its budget; null without a limit. */
  readonly budget: Budget | null;
  /** Endpoint settings that change answers, and a student's weights: part of the steps' address. */
  readonly identity: TeacherIdentity;
  /** Whether it takes one completion a request. */
  readonly isOneByOne: boolean;
  /** Frees its memory. */
  close(): Promise<void>;
}

/** What tells a teacher's answers from those of another one of its name. */
export interface TeacherIdentity {
  /** How a started message is continued. */
  readonly prefixMode: string;
  /** Fields added to every request. */
  readonly extraBody: JsonValue;
  /** SHA-256 of the weights, where they are on this machine. */
  readonly checkpoint?: string;
}

/** Options of {@link openTeacher}. */
export interface OpenTeacherRequest {
  /** The teacher to open. */
  readonly teacher: Teacher;
  /** The tasks with their annotations, for the teacher that is made of them. @default none */
  readonly tasks?: readonly Task[];
  /** As the endpoint calls it; a student's name. */
  readonly model: string;
  /** The run's folder: what an endpoint can do is found out once per run. */
  readonly path: string;
  /** The run stops before it spends more than this, earlier parts included. */
  readonly budgetUsd?: number;
  /** Is told of the endpoint. */
  readonly progress: Progress;
  /** Ends the probe. */
  readonly signal?: AbortSignal;
}

/** True if the teacher is a script of the kit's: no model, which costs nothing to ask. */
function isScripted(teacher: Teacher): teacher is "lab-expert" | "annotations" {
  return teacher === "lab-expert" || teacher === "annotations";
}

/** True if the teacher is a trained student. */
export function isStudentFolder(teacher: Teacher): teacher is StudentFolder {
  return typeof teacher === "object" && "student" in teacher;
}

/**
 * The model's name where none is given: `lab-expert`, `annotations`, or the student's folder.
 *
 * @returns undefined for an endpoint, which has to be told
 */
export function teacherName(teacher: Teacher): string | undefined {
  if (isScripted(teacher)) return teacher;
  return isStudentFolder(teacher)
    ? basename(resolve(teacher.student)).replace(/\.gguf$/i, "")
    : undefined;
}

/** Fields that an endpoint's requests have besides; none for a model of this machine. */
export function extraBodyOf(teacher: Teacher): JsonValue {
  return isScripted(teacher) || isStudentFolder(teacher) ? {} : { ...teacher.extraBody };
}

/**
 * SHA-256 of a student's weights, so that the stored steps of one are never taken for another's; null
 * for other teachers.
 *
 * @throws {Error} naming the file that cannot be read
 */
export async function studentSha256(teacher: Teacher): Promise<string | null> {
  if (!isStudentFolder(teacher)) return null;
  return await weightsSha256(teacher.student);
}

/**
 * Opens the teacher. An endpoint is probed once per run, so that a resumed run sees the same endpoint.
 *
 * @throws {RangeError} when a budget is to be kept and there are no prices
 * @throws {Error} when a student's folder is not whole, or the endpoint refuses
 */
export async function openTeacher(request: OpenTeacherRequest): Promise<OpenedTeacher> {
  const { teacher, model: name } = request;
  const checkpoint = await studentSha256(teacher);
  const identity: TeacherIdentity = {
    prefixMode: "native",
    extraBody: extraBodyOf(teacher),
    ...(checkpoint === null ? {} : { checkpoint }),
  };
  const local = { budget: null, identity, isOneByOne: false };
  if (teacher === "lab-expert") {
    const model = createLabExpert({ seed: 0 });
    return { ...local, model, close: () => Promise.resolve() };
  }
  if (teacher === "annotations") {
    const model = createAnnotatedTeacher(request.tasks ?? []);
    return { ...local, model, close: () => Promise.resolve() };
  }
  if (isStudentFolder(teacher)) {
    const model = await createStudentModel(teacher.student, {
      name,
      executionProvider: providerOf(teacher.device ?? "auto"),
    });
    return { ...local, model, close: () => model.dispose() };
  }
  return await openEndpoint(teacher, request);
}

async function openEndpoint(
  teacher: Exclude<Teacher, string | StudentFolder>,
  request: OpenTeacherRequest,
): Promise<OpenedTeacher> {
  const { budgetUsd, progress } = request;
  const path = join(request.path, "endpoint.json");
  const known: EndpointCapabilities | undefined = existsSync(path)
    ? await readInputObject(path) as unknown as EndpointCapabilities
    : undefined;
  const usage = await UsageLog.open(request.path);
  const model = await createOpenAiModel({ ...teacher, model: request.model }, {
    capabilities: known,
    signal: request.signal,
    guard: usage,
    onWait: waitLog(progress),
  }).catch(async (error) => {
    await usage.close();
    throw error;
  });
  if (known === undefined) await writeJsonAtomic(path, model.capabilities);
  const { prices, prefix, samples, stop, notes } = model.capabilities;
  progress.log(`Endpoint: started messages ${prefix}, n ${samples}, stop ${stop}`);
  if (known === undefined) notes.forEach((note) => progress.log(`  ${note}`));
  if (budgetUsd !== undefined && prices === null) {
    throw new RangeError(
      "Cannot keep a budget: the endpoint lists no prices; pass --input-price and --output-price (US dollars a million tokens)",
    );
  }
  const budget = budgetUsd === undefined || prices === null
    ? null
    : new Budget(budgetUsd, prices, usage.earlier.costUsd ?? 0);
  usage.keep(prices, budget);
  if (usage.lost > 0) {
    progress.log(
      `Note: ${usage.lost} requests were under way when the run was killed: they count as the most ` +
        "that they may have cost",
    );
  }
  const identity = { prefixMode: prefix, extraBody: extraBodyOf(teacher) };
  return {
    model,
    budget,
    identity,
    isOneByOne: samples === "emulated",
    close: () => usage.close(),
  };
}

/** Waits shorter than this are not worth a line, in milliseconds. */
const LONG_WAIT_MS = 2000;

/** Tells of long waits, of those that happen together once. */
function waitLog(progress: Progress): (wait: EndpointWait) => void {
  let toldUntil = -Infinity;
  return ({ reason, waitMs, askedMs }) => {
    const now = performance.now();
    if (waitMs < LONG_WAIT_MS || now < toldUntil) return;
    toldUntil = now + 0.9 * waitMs;
    const seconds = (ms: number) => `${Math.round(ms / 1000)} s`;
    const asked = askedMs !== null && askedMs > 1.2 * waitMs
      ? ` and asks to wait ${seconds(askedMs)}`
      : "";
    progress.log(`The endpoint says "${reason}"${asked}: asking again in ${seconds(waitMs)}`);
  };
}
