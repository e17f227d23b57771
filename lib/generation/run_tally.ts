import { filterTrajectory, type RejectionReason } from "../trajectories/filter_trajectory.ts";
import {
  countFirstThought,
  type FirstThoughtCounts,
  noFirstThoughts,
  readFirstThought,
} from "../agent/read_first_thought.ts";
import type { StepErrorKind } from "../records/step.ts";
import type { Trajectory } from "../records/trajectory.ts";
import { isTurn } from "../records/turns.ts";

/** Counts over a run's trajectories. */
export interface RunTally {
  /** Trajectories. */
  readonly done: number;
  /** Trajectories with an answer. */
  readonly answered: number;
  /** Trajectories with a correct answer. */
  readonly correct: number;
  /** Answers that could not be graded. */
  readonly ungraded: number;
  /** Trajectories that the filter keeps. */
  readonly kept: number;
  /** Number of rejections by reason; a trajectory can have several. */
  readonly reasons: Readonly<Partial<Record<RejectionReason, number>>>;
  /** Turns of the model. */
  readonly steps: number;
  /** Calls of tools in all steps. */
  readonly toolCalls: number;
  /** Steps that went wrong, by kind. */
  readonly errors: Readonly<Partial<Record<StepErrorKind, number>>>;
  /** Last failures of attempts without an answer, with their number; the commonest are kept. */
  readonly failures: Readonly<Record<string, number>>;
  /** Tokens read and written for these trajectories, in this run or an earlier one. */
  readonly promptTokens: number;
  /** Tokens written for these trajectories, in this run or an earlier one. */
  readonly completionTokens: number;
  /** Of the CoT answers that first thoughts were taken from. */
  readonly firstThoughts: FirstThoughtCounts;
  /** Agents whose first turn was begun for them, by how the model continued it. */
  readonly prefixed: Readonly<Record<"native" | "emulated", number>>;
}

/** A tally of nothing. */
export const emptyTally: RunTally = {
  done: 0,
  answered: 0,
  correct: 0,
  ungraded: 0,
  kept: 0,
  reasons: {},
  steps: 0,
  toolCalls: 0,
  errors: {},
  failures: {},
  promptTokens: 0,
  completionTokens: 0,
  firstThoughts: noFirstThoughts,
  prefixed: { native: 0, emulated: 0 },
};

/** The tally with one more graded trajectory. */
export function addToTally(tally: RunTally, trajectory: Trajectory): RunTally {
  const { kept, reasons } = filterTrajectory(trajectory);
  const continuation = trajectory.firstThought?.continuation;
  let { steps, toolCalls } = tally;
  let errors: Partial<Record<StepErrorKind, number>> = tally.errors;
  for (const step of trajectory.steps) {
    if (isTurn(step)) steps++;
    toolCalls += step.toolCalls.length;
    if (step.error !== null) errors = increased(errors, step.error.kind);
  }
  const tokens = tokensOf(trajectory);
  return {
    done: tally.done + 1,
    answered: tally.answered + (trajectory.answer === null ? 0 : 1),
    correct: tally.correct + (trajectory.correct === true ? 1 : 0),
    ungraded: tally.ungraded + (trajectory.answer !== null && trajectory.correct === null ? 1 : 0),
    kept: tally.kept + (kept ? 1 : 0),
    reasons: reasons.reduce(increased, tally.reasons),
    steps,
    toolCalls,
    errors,
    failures: withFailure(tally.failures, trajectory),
    promptTokens: tally.promptTokens + tokens.prompt,
    completionTokens: tally.completionTokens + tokens.completion,
    firstThoughts: tally.firstThoughts,
    prefixed: continuation === undefined
      ? tally.prefixed
      : increasedAll(tally.prefixed, continuation),
  };
}

/** The tally with the CoT answer from which one first thought was taken. */
export function addCotToTally(tally: RunTally, cot: Trajectory): RunTally {
  const tokens = tokensOf(cot);
  return {
    ...tally,
    promptTokens: tally.promptTokens + tokens.prompt,
    completionTokens: tally.completionTokens + tokens.completion,
    firstThoughts: countFirstThought(
      tally.firstThoughts,
      readFirstThought(cot.steps[0]?.modelOutput ?? ""),
    ),
  };
}

/** Most different failures that are told apart. */
const MOST_FAILURES = 20;

function withFailure(
  failures: RunTally["failures"],
  { answer, steps }: Trajectory,
): RunTally["failures"] {
  if (answer !== null) return failures;
  const message = steps.findLast(({ error }) => error !== null)?.error?.message ?? "no answer";
  const line = message.trim().split("\n").at(-1)!.slice(0, 300);
  const isKnown = Object.hasOwn(failures, line) || Object.keys(failures).length < MOST_FAILURES;
  return increased(failures, isKnown ? line : "other failures");
}

/** The commonest failure, in words with its count; null when there was none. */
export function commonestFailure({ failures }: Pick<RunTally, "failures">): string | null {
  const [first] = Object.entries(failures).sort((a, b) => b[1] - a[1]);
  return first === undefined ? null : `${first[0]} (${first[1]} attempts)`;
}

function tokensOf(trajectory: Trajectory): { prompt: number; completion: number } {
  return trajectory.steps.reduce(
    (sum, { tokens }) => ({
      prompt: sum.prompt + tokens.prompt,
      completion: sum.completion + tokens.completion,
    }),
    { prompt: 0, completion: 0 },
  );
}

function increased<R extends Readonly<Partial<Record<string, number>>>>(
  counts: R,
  key: keyof R & string,
): R {
  const before = Object.hasOwn(counts, key) ? counts[key] ?? 0 : 0;
  return { ...counts, [key]: before + 1 };
}

function increasedAll<K extends string>(
  counts: Readonly<Record<K, number>>,
  key: K,
): Record<K, number> {
  return { ...counts, [key]: counts[key] + 1 };
}
