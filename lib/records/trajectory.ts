import type { Message } from "./message.ts";
import type { Step } from "./step.ts";
import type { Task } from "./task.ts";
import type { AnswerGrade } from "./verdict.ts";

/** The paradigm that produced a trajectory. */
export type Paradigm = "agent" | "cot" | "cot-rag";

/** Origin of a first thought and the way it was continued. */
export interface FirstThoughtProvenance {
  /** The prefix, with `Thought: ` before it. */
  readonly text: string;
  /**
   * `native` if the model continued the text itself, `emulated` if it was asked to in the prompt.
   */
  readonly continuation: "native" | "emulated";
}

/**
 * A whole attempt at one task. A chain-of-thought (CoT) answer is a trajectory of one step with no
 * code.
 */
export interface Trajectory {
  /** Unique within its run: task id and sample number. */
  readonly id: string;
  /** Task that was attempted. */
  readonly task: Task;
  /** Paradigm of the attempt. */
  readonly paradigm: Paradigm;
  /** Name of the model that wrote it. */
  readonly model: string;
  /** Kind of teacher where no language model wrote it: `annotations` for one made of people's. */
  readonly teacher?: string;
  /** The messages before the first step: system prompt and question. */
  readonly prompt: readonly Message[];
  /** The turns, in order. */
  readonly steps: readonly Step[];
  /** The answer given, or null when none was. */
  readonly answer: string | null;
  /** True if the answer was graded correct; null when it could not be graded. */
  readonly correct: boolean | null;
  /** The grade behind `correct`; absent where this project's graders did not give it. */
  readonly grade?: AnswerGrade;
  /** The attempt's seed. */
  readonly seed: number;
  /** The prefix that began the first turn, if there was one. */
  readonly firstThought?: FirstThoughtProvenance;
}
