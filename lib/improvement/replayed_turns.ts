import { conversation } from "../agent/conversation.ts";
import { agentStopSequences } from "../agent/parse_action.ts";
import { ContextOverflowError } from "../models/chat_model.ts";
import { Random } from "../records/random.ts";
import type { Trajectory } from "../records/trajectory.ts";
import { turnsOf } from "../records/turns.ts";
import { forEachConcurrently } from "../runs/for_each_concurrently.ts";
import { OrderedJsonl } from "../generation/ordered_jsonl.ts";
import type { Progress } from "../runs/progress/progress.ts";
import type { StudentModel } from "../student/student_model.ts";
import { type SampledTurn, sampledTurns, type StoredTurn, storedTurns } from "./sampled_turn.ts";

/** Settings of {@link replayedTurns}. */
export interface ReplayOptions {
  /** System prompt of the student, in place of the teacher's. */
  readonly systemPrompt: string;
  /** Turn t of a trajectory, from 0, is drawn with a probability in proportion to this to the power t. */
  readonly decay: number;
  /** Turns sampled at the same place. */
  readonly attempts: number;
  /** Most tokens of a turn. */
  readonly maxNewTokens: number;
  /** Decides turns and tokens. */
  readonly seed: string;
  /** File that turns are stored in as they come, and read from again. @default none */
  readonly path?: string;
  /** Told how far it is. */
  readonly progress?: Progress;
  /** Name of the stage. @default "turns" */
  readonly purpose?: string;
  /** Ends the work. */
  readonly signal?: AbortSignal;
}

/** The turns sampled at one place. */
interface StoredPlace {
  readonly id: string;
  readonly turns: readonly StoredTurn[];
}

/**
 * Lets the student write one turn of each of the teacher's trajectories, after the teacher's own turns
 * and what they brought. No tool is called: no error of the student's is built upon.
 *
 * @returns turns, without those after prefixes that are longer than the student reads
 * @throws the signal's reason when it is aborted
 * @throws {Error} naming the file and line that cannot be read
 * @source arXiv 2607.04763 (ReOPD), decay 0.6
 */
export async function replayedTurns(
  student: StudentModel,
  trajectories: readonly Trajectory[],
  options: ReplayOptions,
): Promise<SampledTurn[]> {
  const { path, progress, purpose = "turns", signal } = options;
  const idOf = (k: number) => `${k} ${trajectories[k].id}`;
  const found = new Map<string, SampledTurn[]>();
  const store = path === undefined ? null : await OrderedJsonl.open<StoredPlace>({
    path,
    rowId: ({ id }) => id,
    check: checkStored,
    onEarlier: ({ id, turns }) => {
      found.set(id, sampledTurns(turns));
    },
  });
  const stage = progress?.stage(purpose, trajectories.length, found.size);
  try {
    const todo = [...trajectories.keys()].filter((k) => !found.has(idOf(k)));
    await forEachConcurrently(todo, { concurrency: 64, signal }, async (k) => {
      const turns = await sampleAt(student, trajectories[k], options);
      await store?.add({ id: idOf(k), turns: storedTurns(turns) });
      found.set(idOf(k), turns);
      stage?.update(found.size);
    });
    await store?.finish([...trajectories.keys()].map(idOf));
  } finally {
    await store?.close();
  }
  stage?.done();
  return [...trajectories.keys()].flatMap((k) => found.get(idOf(k))!);
}

/** Turns at the place of a trajectory that is drawn for it; none where the student cannot read so far. */
async function sampleAt(
  student: StudentModel,
  trajectory: Trajectory,
  { systemPrompt, decay, attempts, maxNewTokens, seed, signal }: ReplayOptions,
): Promise<SampledTurn[]> {
  const random = new Random(seed).fork(trajectory.id);
  const turns = turnsOf(trajectory);
  const place = drawTurn(turns.length, decay, random.next());
  const prompt = trajectory.prompt.map((message) =>
    message.role === "system" ? { ...message, content: systemPrompt } : message
  );
  try {
    const { prompt: read, sampled } = await student.completeTokens({
      messages: conversation(prompt, turns.slice(0, place)),
      samples: attempts,
      temperature: 1,
      topP: 1,
      maxNewTokens,
      stop: agentStopSequences,
      seed: random.integer(0, 2 ** 31),
      logprobs: true,
      signal,
    });
    return sampled.map(({ ids, logprobs }) => ({ prompt: read, ids, logprobs: logprobs! }));
  } catch (error) {
    if (!(error instanceof ContextOverflowError)) throw error;
    return [];
  }
}

function checkStored(value: unknown): StoredPlace {
  const { id, turns } = value as StoredPlace;
  if (typeof id !== "string") throw new Error("id is no text");
  if (!Array.isArray(turns)) throw new Error("turns is no list");
  sampledTurns(turns);
  return { id, turns };
}

/** A turn of `count`, from 0, drawn in proportion to `decay` to its power by a number in [0, 1). */
export function drawTurn(count: number, decay: number, uniform: number): number {
  const weights = Array.from({ length: count }, (_, t) => decay ** t);
  let left = uniform * weights.reduce((a, b) => a + b, 0);
  for (let t = 0; t < count - 1; t++) {
    left -= weights[t];
    if (left < 0) return t;
  }
  return Math.max(0, count - 1);
}
