import type { Random } from "../../records/random.ts";
import type { ScriptedAction } from "../../agent/scripted/scripted_text.ts";
import type { PastStep } from "../../agent/scripted/read_conversation.ts";
import type { AnswerKind } from "../../records/task.ts";

/** Rates of the lab expert's mistakes, each a probability in [0, 1]. */
export interface Imperfections {
  /** A search that does not name its target. Drawn once per step. @default 0.06 */
  readonly wrongQueryRate: number;
  /** Code that raises; it is repaired in the next step. Drawn once per step. @default 0.06 */
  readonly buggyCodeRate: number;
  /** A wrong conclusion or formula. Drawn once per step. @default 0.04 */
  readonly wrongReasoningRate: number;
  /** A step whose code block cannot be parsed. Drawn once per step. @default 0.02 */
  readonly malformedRate: number;
}

/** Context in which an action is chosen. */
export interface ActContext {
  /** A stream of this step's own; temperature 0 gives the same stream each time. */
  readonly random: Random;
  /** Every earlier step, failed ones included. */
  readonly steps: readonly PastStep[];
  /**
   * The thought that this step must go on from (a first-thought prefix), or empty. The expert keeps
   * it and takes only the code of the action.
   */
  readonly prefix: string;
  /** True if the last step failed: the same action is then written again, repaired. */
  readonly repairing: boolean;
  /**
   * The flaw drawn for this step. A problem writes it into its action where it has such a flaw, and
   * ignores it elsewhere. Buggy code and malformed steps are written by the expert itself.
   */
  readonly flaw: "wrong-query" | "wrong-reasoning" | null;
}

/** Context in which a chain-of-thought answer is written. */
export interface CotContext {
  /** A stream of this answer's own. */
  readonly random: Random;
  /** The flaw drawn for this answer. */
  readonly flaw: "wrong-reasoning" | null;
}

/** An agent step of the lab's expert. */
export type Action = ScriptedAction;

/** A recognised question. */
export interface Problem {
  /** Grading of the answer. */
  readonly kind: AnswerKind;
  /**
   * A whole chain-of-thought answer. Its first paragraph (up to the first blank line) is a plan that
   * can serve as a first thought; it ends with `<answer>...</answer>` (qa) or `\boxed{...}` (math).
   */
  cot(context: CotContext): string;
  /** The next step, given the earlier ones; the last step's code calls `final_answer`. */
  act(context: ActContext): Action;
}

/** Something that the lab's expert can do: it knows a kind of question by its wording. */
export interface Skill {
  /** Unique in the lab, such as `country-chain`. */
  readonly name: string;
  /** The problem that the question states, or null when it is not of this kind. */
  recognise(question: string): Problem | null;
}
