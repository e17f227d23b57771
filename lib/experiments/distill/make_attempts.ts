import {
  type GenerationStatus,
  haltingModel,
  type Making,
  runAttempts,
  type Solved,
} from "../../generation/run_attempts.ts";
import type { AttemptSetup } from "../../generation/solve_attempt.ts";
import type { RunTally } from "../../generation/run_tally.ts";
import { interpreterIdentity } from "../../generation/generate.ts";
import type { ChatModel } from "../../models/chat_model.ts";
import type { Task } from "../../records/task.ts";
import type { Trajectory } from "../../records/trajectory.ts";
import type { ActingContext } from "./distill_context.ts";
import { taskKey } from "../../records/task.ts";
import type { OpenTeacher } from "./teacher.ts";

/** The attempts of one stage: one at each task. */
export interface StageAttempts {
  /** Shown in the progress. */
  readonly stage: string;
  /** The file of the trajectories. */
  readonly path: string;
  /** What is attempted. */
  readonly tasks: readonly Task[];
  /** Attempts under way at once. */
  readonly concurrency: number;
  /** Text of the progress line. @default shares of correct and kept attempts, and steps */
  readonly note?: (tally: RunTally) => string;
  /** Take refused requests as failed attempts, however many there are. @default false */
  readonly acceptRefusals?: boolean;
  /** Makes and grades one attempt. */
  readonly attempt: (task: Task, making: Making) => Promise<Omit<Solved, "cot">>;
}

/** The attempts of a stage ended before all were made; the run can be resumed. */
export class UnfinishedStageError extends Error {
  /** Tells this error from others. */
  override readonly name = "UnfinishedStageError";
  /** How they ended. */
  readonly status: GenerationStatus;

  /** An error of a stage of the run in `path`. */
  constructor(status: GenerationStatus, stage: string, path: string, problem: string | null) {
    super(`Cannot finish ${stage}: ${problem ?? status}. The run ${path} goes on with --resume`);
    this.status = status;
  }
}

/**
 * Makes the attempts of a stage that are not stored yet.
 *
 * @returns the trajectories in the order of the tasks
 * @throws the signal's reason when it is aborted
 * @throws {UnfinishedStageError} when the endpoint or the budget ended them
 */
export async function makeAttempts(
  context: ActingContext,
  { stage, path, tasks, attempt, ...how }: StageAttempts,
): Promise<Trajectory[]> {
  if (tasks.length === 0) return [];
  const { progress, signal, abortSignal = signal } = context;
  const found = new Map<string, Trajectory>();
  const rowId = ({ task }: Trajectory) => taskKey(task);
  const onRow = (trajectory: Trajectory) => void found.set(rowId(trajectory), trajectory);
  const { status, problem } = await runAttempts({
    ...how,
    stage,
    path,
    items: tasks,
    itemId: taskKey,
    rowId,
    attempt: async (task, making) => ({ ...await attempt(task, making), cot: null }),
    onEarlier: onRow,
    onRow,
    progress,
    signal,
    abortSignal,
  });
  if (status === "interrupted") throw signal.reason;
  if (status !== "complete") {
    throw new UnfinishedStageError(status, stage, context.run.path, problem);
  }
  return tasks.map((task) => found.get(taskKey(task))!);
}

/** A teacher's attempts: stored step by step where they cost something. */
export async function teacherSetup(
  { bench }: ActingContext,
  { model, identity, isOneByOne, store }: OpenTeacher,
): Promise<(making: Making) => AttemptSetup> {
  const setup = {
    bench,
    modelIdentity: identity,
    isOneByOne,
    interpreterIdentity: store === null ? null : await interpreterIdentity(bench.imports),
    store,
  };
  return ({ checkGoing }) => ({ ...setup, model: haltingModel(model, checkGoing) });
}

/** A model of this machine: asking it again costs nothing, so its steps are not stored. */
export function localSetup(
  { bench }: ActingContext,
  model: ChatModel,
): (making: Making) => AttemptSetup {
  const setup = {
    bench,
    modelIdentity: { prefixMode: "native", extraBody: {} },
    isOneByOne: false,
    interpreterIdentity: null,
    store: null,
  };
  return ({ checkGoing }) => ({ ...setup, model: haltingModel(model, checkGoing) });
}
