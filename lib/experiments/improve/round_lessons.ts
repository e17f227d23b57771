import { join } from "node:path";
import { type Episode, episodesOf } from "../../improvement/episode.ts";
import { exampleLessons, type Lesson } from "../../improvement/lesson.ts";
import { distillationLessons, type StepWeights } from "../../improvement/on_policy_distillation.ts";
import { policyGradientLessons } from "../../improvement/policy_gradient.ts";
import { rejectionLessons } from "../../improvement/rejection_sampling.ts";
import { replayedTurns } from "../../improvement/replayed_turns.ts";
import { rewardOf } from "../../improvement/reward.ts";
import { makeRollouts, type Rollout } from "../../improvement/rollout.ts";
import { type AttemptFigures, attemptFigures } from "../../improvement/round_figures.ts";
import { tokenScores } from "../../improvement/token_scores.ts";
import { Random } from "../../records/random.ts";
import type { Task } from "../../records/task.ts";
import type { Trajectory } from "../../records/trajectory.ts";
import { writeJsonl } from "../../runs/jsonl.ts";
import type { Progress } from "../../runs/progress/progress.ts";
import type { StudentModel } from "../../student/student_model.ts";
import type { Workbench } from "../../workbench/workbench.ts";
import { tokenizeConversations } from "../../training_data/tokenize_conversations.ts";
import { trainingConversation } from "../../training_data/training_conversation.ts";
import { weightSpans } from "../../training_data/span_weights.ts";
import { type ImproveMethod, type ImproveOptions, isOfTeacher } from "./improve_options.ts";

/** What every round has. */
export interface RoundContext {
  /** The settings. */
  readonly options: ImproveOptions;
  /** The run's folder. */
  readonly path: string;
  /** Search, Python and prompts. */
  readonly bench: Workbench;
  /** Tasks to draw from. */
  readonly tasks: readonly Task[];
  /** The teacher, for opd, sod and reopd. */
  readonly teacher: StudentModel | null;
  /** The teacher's trajectories, for sft, spans and reopd. */
  readonly replayed: readonly Trajectory[];
  /** Shows how it goes on. */
  readonly progress: Progress;
  /** Ends the round when attempts under way are stored. */
  readonly signal: AbortSignal;
  /** Ends it at once. */
  readonly abortSignal?: AbortSignal;
}

/** What a student wrote in a round, and what it is to learn of it. */
export interface RoundLessons {
  /** All that it wrote. */
  readonly episodes: readonly Episode[];
  /** What is learned. */
  readonly lessons: readonly Lesson[];
  /** Figures of its attempts; null for methods that make none. */
  readonly attempts: AttemptFigures | null;
}

/** Lets the student write, and makes lessons of it by the settings' method. @param round from 1 */
export async function roundLessons(
  context: RoundContext,
  student: StudentModel,
  round: number,
): Promise<RoundLessons> {
  const { options, path, bench, teacher, replayed, progress, signal } = context;
  const { method, seed } = options;
  if (isOfTeacher(method)) {
    return { episodes: [], lessons: taught(context, student, round), attempts: null };
  }
  if (method === "reopd") {
    const turns = await replayedTurns(student, drawn(replayed, options, round), {
      systemPrompt: bench.systemPrompt("short"),
      decay: options.decay,
      attempts: options.attempts,
      maxNewTokens: options.maxNewTokens,
      seed: `${seed}/${round}`,
      path: join(path, "rollouts", `${roundName(round)}.jsonl`),
      progress,
      purpose: `turns ${round}`,
      signal,
    });
    const episodes = turns.flatMap((turn) => episodesOf([turn]));
    const lessons = distillationLessons(episodes, await tokenScores(teacher!, episodes, signal));
    return { episodes, lessons, attempts: null };
  }
  const rollouts = await attempts(context, student, round);
  const rewards = rollouts.map(({ trajectory }) => rewardOf(trajectory, options));
  const episodes = rollouts.flatMap(({ turns }) => episodesOf(turns));
  const scored = async (stepWeights: StepWeights) =>
    distillationLessons(episodes, await tokenScores(teacher!, episodes, signal), stepWeights);
  const ways: Readonly<Record<OwnMethod, () => Lesson[] | Promise<Lesson[]>>> = {
    rft: () => rejectionLessons(rollouts, options.keep),
    grpo: () => policyGradientLessons(rollouts, rewards, "group"),
    rloo: () => policyGradientLessons(rollouts, rewards, "leave-one-out"),
    opd: () => scored("none"),
    sod: () => scored("divergence"),
  };
  const lessons = await ways[method as OwnMethod]();
  return { episodes, lessons, attempts: attemptFigures(rollouts, rewards) };
}

/** Methods that learn of whole attempts. */
type OwnMethod = Exclude<ImproveMethod, "sft" | "spans" | "reopd">;

/** The teacher's trajectories as a student learns them; longer ones than it reads are left out. */
function taught(
  { options, bench, replayed }: RoundContext,
  { engine: { tokenizer }, contextTokens }: StudentModel,
  round: number,
): Lesson[] {
  const { method, roundTokens, thoughtWeight, codeWeight, namesWeight } = options;
  const prompt = options.paradigm === "agent" ? bench.systemPrompt("short") : null;
  const own = roundTokens === null ? drawn(replayed, options, round) : replayed;
  const { examples } = tokenizeConversations(
    tokenizer,
    tokenizer.chatTemplate(),
    own.map((trajectory) => trainingConversation(trajectory, prompt)),
    { maxTokens: contextTokens },
  );
  if (examples.length === 0) {
    throw new Error(
      `Cannot improve: none of ${own.length} trajectories fits the ${contextTokens} tokens that the student reads`,
    );
  }
  if (method === "sft") return exampleLessons(examples);
  const spans = { thought: thoughtWeight, code: codeWeight, names: namesWeight };
  return exampleLessons(examples.map((example) => weightSpans(tokenizer, example, spans)));
}

async function attempts(
  { options, path, bench, tasks, progress, signal, abortSignal }: RoundContext,
  student: StudentModel,
  round: number,
): Promise<Rollout[]> {
  const { paradigm, maxSteps, maxNewTokens, seed } = options;
  const name = roundName(round);
  const rollouts = await makeRollouts({
    student,
    bench,
    tasks: drawn(tasks, options, round),
    attempts: options.attempts,
    paradigm,
    options: { maxSteps, maxNewTokens },
    seed,
    purpose: `attempts ${round}`,
    path: join(path, "rollouts", `${name}.jsonl`),
    progress,
    signal,
    abortSignal,
  });
  const trajectories = rollouts.map(({ trajectory }) => trajectory);
  await writeJsonl(join(path, "trajectories", `${name}.jsonl`), trajectories);
  return rollouts;
}

/** Name of a round's files. */
export function roundName(round: number): string {
  return `round-${String(round).padStart(3, "0")}`;
}

/** A round's share of items, which are used up in a random order before any comes again. @param round from 1 */
export function drawn<T>(
  items: readonly T[],
  { tasksPerRound, seed }: Pick<ImproveOptions, "tasksPerRound" | "seed">,
  round: number,
): T[] {
  const count = Math.min(tasksPerRound, items.length);
  const random = new Random(`${seed}/tasks`);
  let [left, epoch]: [T[], number] = [[], 0];
  let own = new Set<T>();
  for (let r = 1; r <= round; r++) {
    own = new Set();
    while (own.size < count) {
      if (left.length === 0) {
        // What this round has already comes last in the new order.
        const order = random.fork(epoch++).shuffle(items);
        left = [
          ...order.filter((item) => !own.has(item)),
          ...order.filter((item) => own.has(item)),
        ];
      }
      own.add(left.shift()!);
    }
  }
  return [...own];
}
