import type { Step } from "./step.ts";
import type { Trajectory } from "./trajectory.ts";

/**
 * True if the model wrote something in the step. The step limit and a model that gave no text are
 * noted as steps of their own, which are no turns.
 */
export function isTurn({ error }: Pick<Step, "error">): boolean {
  const kind = error?.kind;
  return kind !== "max-steps" && kind !== "generation" && kind !== "context-overflow";
}

/** The steps of a trajectory in which the model wrote something, in order. */
export function turnsOf({ steps }: Pick<Trajectory, "steps">): Step[] {
  return steps.filter(isTurn);
}
