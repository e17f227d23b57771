import { OrderedJsonl } from "../generation/ordered_jsonl.ts";
import { checkTrajectory } from "../records/check.ts";
import { attemptId, type Task } from "../records/task.ts";
import type { Trajectory } from "../records/trajectory.ts";
import { attemptSeed } from "../runs/attempt_seed.ts";
import { forEachConcurrently } from "../runs/for_each_concurrently.ts";
import type { Progress } from "../runs/progress/progress.ts";
import type { StudentModel } from "../student/student_model.ts";
import type { Workbench } from "../workbench/workbench.ts";
import { RecordingModel } from "./recording_model.ts";
import { type SampledTurn, sampledTurns, type StoredTurn, storedTurns } from "./sampled_turn.ts";

/** An attempt of a student, with the tokens that it sampled. */
export interface Rollout {
  /** The graded attempt. */
  readonly trajectory: Trajectory;
  /** Its turns, in order; a step in which the student could not be asked has none. */
  readonly turns: readonly SampledTurn[];
}

/** Limits and sampling of attempts. Policy gradients need temperature 1 and all of the probability. */
export interface RolloutOptions {
  /** Most turns of an agent. @default 5 */
  readonly maxSteps?: number;
  /** Most new tokens of a turn or an answer. @default 1024 */
  readonly maxNewTokens?: number;
  /** Sampling temperature. @default 1 */
  readonly temperature?: number;
  /** Probability mass that is sampled from. @default 1 */
  readonly topP?: number;
  /** System prompt of agents. @default "short" */
  readonly systemPrompt?: "long" | "short";
}

/** Attempts to make. */
export interface RolloutRequest {
  /** Makes the attempts. */
  readonly student: StudentModel;
  /** Search, Python, tools and prompts. */
  readonly bench: Workbench;
  /** Tasks to attempt. */
  readonly tasks: readonly Task[];
  /** Attempts at each task. */
  readonly attempts: number;
  /** Kind of the attempts. @default "agent" */
  readonly paradigm?: "agent" | "cot";
  /** Limits and sampling. */
  readonly options?: RolloutOptions;
  /** Every attempt's seed follows from it and from `purpose`. @default 0 */
  readonly seed?: number;
  /** Tells attempts at the same task apart, such as those of two rounds. @default "rollout" */
  readonly purpose?: string;
  /** File that stores attempts as they come, from which the work is resumed. @default none */
  readonly path?: string;
  /** Attempts under way at once, whose decoding steps are shared. @default 64 */
  readonly concurrency?: number;
  /** Shows how the attempts go on. @default nobody */
  readonly progress?: Progress;
  /** Ends the attempts when those under way are stored. */
  readonly signal?: AbortSignal;
  /** Ends them at once. */
  readonly abortSignal?: AbortSignal;
}

interface StoredRollout {
  readonly trajectory: Trajectory;
  readonly turns: readonly StoredTurn[];
}

/**
 * Lets a student attempt tasks, several times each, and keeps the tokens. An attempt depends on the
 * student, its task and the seed alone; attempts that are stored are not made again.
 *
 * @returns attempts in the order of the tasks, those at one task beside each other
 * @throws the signal's reason when it is aborted
 * @throws {Error} naming the file and line that cannot be read
 */
export async function makeRollouts(request: RolloutRequest): Promise<Rollout[]> {
  const { tasks, attempts, path, progress, signal, concurrency = 64, purpose = "rollout" } =
    request;
  const items = tasks.flatMap((task) =>
    Array.from({ length: attempts }, (_, sample) => ({ task, sample }))
  );
  const idOf = ({ task, sample }: typeof items[number]) => attemptId(task, sample);
  const found = new Map<string, Rollout>();
  const store = path === undefined ? null : await OrderedJsonl.open<StoredRollout>({
    path,
    rowId: ({ trajectory }) => trajectory.id,
    check: checkStored,
    onEarlier: ({ trajectory, turns }) => {
      found.set(trajectory.id, { trajectory, turns: sampledTurns(turns) });
    },
  });
  const stage = progress?.stage(purpose, items.length, found.size);
  let correct = 0;
  for (const { trajectory } of found.values()) if (trajectory.correct) correct++;
  const show = () =>
    stage?.update(found.size, `${Math.round(100 * correct / Math.max(1, found.size))}% correct`);
  show();
  try {
    const todo = items.filter((item) => !found.has(idOf(item)));
    await forEachConcurrently(todo, { concurrency, signal }, async ({ task, sample }) => {
      const rollout = await attempt(request, task, sample, purpose);
      const { trajectory, turns } = rollout;
      await store?.add({ trajectory, turns: storedTurns(turns) });
      found.set(trajectory.id, rollout);
      if (trajectory.correct) correct++;
      show();
    });
    await store?.finish(items.map(idOf));
  } finally {
    await store?.close();
  }
  stage?.done();
  return items.map((item) => found.get(idOf(item))!);
}

async function attempt(
  { student, bench, paradigm = "agent", options = {}, seed = 0, abortSignal }: RolloutRequest,
  task: Task,
  sample: number,
  purpose: string,
): Promise<Rollout> {
  const model = new RecordingModel(student);
  const { maxSteps, systemPrompt = "short", ...sampling } = options;
  const how = {
    temperature: 1,
    topP: 1,
    ...sampling,
    seed: attemptSeed(seed, purpose, task, sample),
    sample,
    signal: abortSignal,
  };
  const trajectory = paradigm === "agent"
    ? await bench.solve(model, task, {
      ...how,
      systemPrompt,
      ...(maxSteps === undefined ? {} : { maxSteps }),
    })
    : await bench.answer(model, task, how);
  return { trajectory, turns: model.turns };
}

function checkStored(value: unknown): StoredRollout {
  const { trajectory, turns } = value as StoredRollout;
  if (!Array.isArray(turns)) throw new Error("turns is no list");
  sampledTurns(turns);
  return { trajectory: checkTrajectory(trajectory), turns };
}
