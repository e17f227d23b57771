import { isHalfTurn } from "../records/step.ts";
import type { Trajectory } from "../records/trajectory.ts";

/** Why a trajectory is not used for training. */
export type RejectionReason =
  | "no-answer"
  | "wrong-answer"
  | "could-not-grade"
  | "parse-error"
  | "max-steps"
  | "half-turn"
  | "generation-error";

/** The filter's verdict on one trajectory. */
export interface FilterVerdict {
  /** Whether it is used. */
  readonly kept: boolean;
  /** Every reason that applies, most basic first; empty when kept. */
  readonly reasons: readonly RejectionReason[];
}

/**
 * Keeps a graded trajectory if its answer is correct and no step failed to parse, was broken
 * off within its turn or ran into the step limit. Execution errors that the agent recovered from are kept: they teach recovery.
 *
 * @source paper, section 3.2 (filtering)
 * @example
 * ```ts
 * import { filterTrajectory } from "@potstill/filter/filter_trajectory.ts";
 * import type { Trajectory } from "@potstill/records/trajectory.ts";
 * export const keep = (all: Trajectory[]) => all.filter((t) => filterTrajectory(t).kept);
 * ```
 */
export function filterTrajectory(trajectory: Trajectory): FilterVerdict {
  const kinds = new Set(trajectory.steps.map((step) => step.error?.kind));
  const reasons: RejectionReason[] = [];
  if (kinds.has("generation")) reasons.push("generation-error");
  if (kinds.has("max-steps")) reasons.push("max-steps");
  if (trajectory.steps.some(isHalfTurn)) reasons.push("half-turn");
  if (kinds.has("parse")) reasons.push("parse-error");
  if (trajectory.answer === null) reasons.push("no-answer");
  else if (trajectory.correct === null) reasons.push("could-not-grade");
  else if (!trajectory.correct) reasons.push("wrong-answer");
  return { kept: reasons.length === 0, reasons };
}

/** A filtered set of trajectories. */
export interface FilterResult {
  /** In their order. */
  readonly kept: readonly Trajectory[];
  /** In their order, each with every reason that applies. */
  readonly rejected: readonly {
    readonly trajectory: Trajectory;
    readonly reasons: readonly RejectionReason[];
  }[];
  /** How often each reason occurred; a trajectory can have several. */
  readonly counts: Readonly<Partial<Record<RejectionReason, number>>>;
}

/** Filters many trajectories, keeping their order. */
export function filterTrajectories(trajectories: readonly Trajectory[]): FilterResult {
  const kept: Trajectory[] = [];
  const rejected: { trajectory: Trajectory; reasons: readonly RejectionReason[] }[] = [];
  const counts: Partial<Record<RejectionReason, number>> = {};
  for (const trajectory of trajectories) {
    const verdict = filterTrajectory(trajectory);
    if (verdict.kept) kept.push(trajectory);
    else rejected.push({ trajectory, reasons: verdict.reasons });
    for (const reason of verdict.reasons) counts[reason] = (counts[reason] ?? 0) + 1;
  }
  return { kept, rejected, counts };
}
