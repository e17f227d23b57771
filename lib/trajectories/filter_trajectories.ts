import { codeWithoutText } from "../records/turn/code_without_text.ts";
import { importSource } from "./import/imported_trajectory.ts";
import type { Step } from "../records/step.ts";
import type { Trajectory } from "../records/trajectory.ts";
import { turnsOf } from "../records/turns.ts";
import { filterTrajectory, type RejectionReason } from "./filter_trajectory.ts";
import { isGrounded } from "./is_grounded.ts";
import { QuestionIndex } from "./question_index.ts";

/** Reason why a trajectory is not used, including those of the optional filters. */
export type SelectionReason =
  | RejectionReason
  | "no-search"
  | "ungrounded-answer"
  | "too-few-steps"
  | "too-many-steps"
  | "near-duplicate-of-test";

/** Filters beyond the paper's, each off unless set. Flat and, but for the questions, JSON-serialisable. */
export interface SelectionOptions {
  /**
   * Reject factual tasks that were answered without a search.
   * @source arXiv 2604.04651: distilled agents search too little
   */
  readonly mustRetrieve?: boolean;
  /** Reject answers to factual tasks that stand in no observation. */
  readonly mustBeGrounded?: boolean;
  /** Least turns of the model. */
  readonly minSteps?: number;
  /** Most turns of the model. */
  readonly maxSteps?: number;
  /** Reject tasks whose question is one of these, or nearly. */
  readonly testQuestions?: readonly string[];
  /** From how much overlap on two questions are nearly the same. @default 0.75 */
  readonly duplicateThreshold?: number;
}

/** A trajectory that is not used. */
export interface Rejected {
  /** The trajectory, unchanged. */
  readonly trajectory: Trajectory;
  /** Every reason that applies; at least one. */
  readonly reasons: readonly SelectionReason[];
}

/** Trajectories to train on, and the others with their reasons. */
export interface Selection {
  /** In their order. */
  readonly kept: readonly Trajectory[];
  /** In their order. */
  readonly rejected: readonly Rejected[];
  /** Number of trajectories by reason; a trajectory can have several. */
  readonly counts: Readonly<Partial<Record<SelectionReason, number>>>;
  /** Kept trajectories by turns of the model, for curricula. */
  readonly stepBuckets: Readonly<Record<string, number>>;
}

/**
 * Chooses trajectories to train on: the paper's filter, then the optional ones.
 *
 * @source paper, section 3.2 (filtering)
 *
 * @example
 * ```ts
 * import { filterTrajectories, type Trajectory } from "@potstill";
 * export const searched = (all: Trajectory[]) => filterTrajectories(all, { mustRetrieve: true }).kept;
 * ```
 */
export function filterTrajectories(
  trajectories: readonly Trajectory[],
  options: SelectionOptions = {},
): Selection {
  const index = options.testQuestions === undefined
    ? null
    : new QuestionIndex(options.testQuestions, options.duplicateThreshold);
  const kept: Trajectory[] = [];
  const rejected: Rejected[] = [];
  const counts: Partial<Record<SelectionReason, number>> = {};
  const stepBuckets: Record<string, number> = {};
  for (const trajectory of trajectories) {
    const reasons = [
      ...filterTrajectory(trajectory).reasons,
      ...optionalReasons(trajectory, options, index),
    ];
    if (reasons.length === 0) {
      kept.push(trajectory);
      const bucket = stepBucket(trajectory);
      stepBuckets[bucket] = (stepBuckets[bucket] ?? 0) + 1;
    } else rejected.push({ trajectory, reasons });
    for (const reason of reasons) counts[reason] = (counts[reason] ?? 0) + 1;
  }
  return { kept, rejected, counts, stepBuckets };
}

function optionalReasons(
  trajectory: Trajectory,
  options: SelectionOptions,
  index: QuestionIndex | null,
): SelectionReason[] {
  const reasons: SelectionReason[] = [];
  const { task, paradigm, answer } = trajectory;
  const isFactualAgent = task.kind === "qa" && paradigm === "agent";
  if (options.mustRetrieve && isFactualAgent && !hasSearched(trajectory)) reasons.push("no-search");
  if (options.mustBeGrounded && isFactualAgent && answer !== null && !isGrounded(trajectory)) {
    reasons.push("ungrounded-answer");
  }
  const turns = modelTurns(trajectory).length;
  if (turns < (options.minSteps ?? 0)) reasons.push("too-few-steps");
  if (turns > (options.maxSteps ?? Infinity)) reasons.push("too-many-steps");
  if (index?.nearest(task.question) != null) reasons.push("near-duplicate-of-test");
  return reasons;
}

/**
 * True if the agent searched and got an answer; for imported trajectories, judged by their code.
 */
function hasSearched(trajectory: Trajectory): boolean {
  const isImported = importSource(trajectory) !== null;
  return trajectory.steps.some(({ toolCalls, code, error }) =>
    toolCalls.some((call) => call.name === "web_search" && call.error === undefined) ||
    (isImported && toolCalls.length === 0 && error === null &&
      /\bweb_search\s*\(/.test(codeWithoutText(code ?? "")))
  );
}

/** The steps in which the model wrote something. */
export function modelTurns(trajectory: Trajectory): Step[] {
  return turnsOf(trajectory);
}

/**
 * The bucket of a trajectory by its turns: `1`, `2`, `3`, `4`, `5+`.
 *
 * @source arXiv 2604.24005: a curriculum from short to long trajectories
 */
export function stepBucket(trajectory: Trajectory): string {
  const turns = modelTurns(trajectory).length;
  return turns >= 5 ? "5+" : String(turns);
}
