import { importSource, learnedStepOf, supervisionOf } from "./import/imported_trajectory.ts";
import { type AnnotationGap, isHalfTurn, type Step } from "../records/step.ts";
import type { Trajectory } from "../records/trajectory.ts";
import { turnsOf } from "../records/turns.ts";

/** Reason why a trajectory is not used for training. */
export type RejectionReason =
  | "no-answer"
  | "wrong-answer"
  | "could-not-grade"
  | "parse-error"
  | "half-turn"
  | "max-steps"
  | "generation-error"
  | "context-overflow"
  | "nothing-to-train"
  | AnnotationGap;

/** The filter's verdict on one trajectory. */
export interface FilterVerdict {
  /** True if it is used for training. */
  readonly kept: boolean;
  /** Every reason that applies, most basic first; empty when kept. */
  readonly reasons: readonly RejectionReason[];
}

/**
 * Keeps a graded trajectory if its answer is correct and no step failed to parse, was cut off, or ran
 * into the step limit. Execution errors that the agent recovered from are kept: they teach recovery.
 *
 * Imported training data is judged by what it is: of a conversation of which one turn alone is learned,
 * only that turn must be sound; a conversation that comes without a gold answer and a verdict is taken
 * as its maker gave it.
 *
 * @source paper, section 3.2 (filtering)
 * @example
 * ```ts
 * import type { Trajectory } from "@potstill";
 * import { filterTrajectory } from "@potstill/trajectories/filter_trajectory.ts";
 * export const keep = (all: Trajectory[]) => all.filter((t) => filterTrajectory(t).kept);
 * ```
 */
export function filterTrajectory(trajectory: Trajectory): FilterVerdict {
  const reasons = reasonsOf(trajectory);
  return { kept: reasons.length === 0, reasons };
}

function reasonsOf(trajectory: Trajectory): RejectionReason[] {
  const { steps, correct, task } = trajectory;
  const only = learnedStepOf(trajectory);
  const last = only === null ? turnsOf(trajectory).at(-1) : steps[only];
  const answers = answerReasons(trajectory);
  if (last === undefined || last.modelOutput === "") {
    const reasons = [...stepReasons(steps), ...answers];
    return reasons.length > 0 ? reasons : ["nothing-to-train"];
  }
  // A correction is as good as what came of it: the answer counts, and the corrected step itself.
  if (only !== null) return [...stepReasons([last]), ...answers];
  const isLastOnly = supervisionOf(trajectory) === "last-assistant";
  const isData = importSource(trajectory) !== null && correct === null && task.answer === "";
  if (!isData && !isLastOnly) return [...stepReasons(steps), ...answers];
  return [
    ...stepReasons(isLastOnly ? steps.slice(-1) : steps),
    ...answers.filter((reason) => reason === "wrong-answer"),
  ];
}

function stepReasons(steps: readonly Step[]): RejectionReason[] {
  const kinds = new Set(steps.map((step) => step.error?.kind));
  const reasons: RejectionReason[] = [];
  // An imported agent may have been asked again after one.
  const last = steps.at(-1)?.error;
  if (last?.kind === "generation") reasons.push(last.gap ?? "generation-error");
  if (last?.kind === "context-overflow") reasons.push("context-overflow");
  if (kinds.has("max-steps")) reasons.push("max-steps");
  if (kinds.has("parse")) reasons.push("parse-error");
  if (steps.some(isHalfTurn)) reasons.push("half-turn");
  return reasons;
}

function answerReasons({ answer, correct }: Trajectory): RejectionReason[] {
  if (answer === null) return ["no-answer"];
  return correct === null ? ["could-not-grade"] : correct ? [] : ["wrong-answer"];
}
