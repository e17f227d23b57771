import type { PastStep } from "../agent/scripted/read_conversation.ts";
import type { ScriptedAction } from "../agent/scripted/scripted_text.ts";
import type { Random } from "../records/random.ts";

/** Context in which a step is written. */
export interface AnnotatedContext {
  /** Chooses the words. */
  readonly random: Random;
  /** Every earlier step, with what came back. */
  readonly steps: readonly PastStep[];
}

/** A task that can be answered from its annotation. */
export interface AnnotatedProblem {
  /**
   * The next step of an agent that knows what was observed so far.
   *
   * @throws {AnnotationGapError} when the annotation leads no further
   */
  act(context: AnnotatedContext): ScriptedAction;
  /** A chain-of-thought answer; its first paragraph is a plan that names no answer. */
  cot(random: Random): string;
}
