import type { Verdict } from "../records/verdict.ts";
import type { Capability } from "./capability.ts";
import { STEP_ERROR_KINDS, type StepErrorKind } from "../records/step.ts";
import type { AnswerKind } from "../records/task.ts";
import type { Paradigm } from "../records/trajectory.ts";

/** Errors of each kind in one attempt. Overflows are left out where there is none. */
export type ErrorCounts =
  & Readonly<Record<Exclude<StepErrorKind, "context-overflow">, number>>
  & { readonly "context-overflow"?: number };

/**
 * The result of one system on one task of one benchmark: the unit that every table, interval and figure
 * is made from. One line of `rows.jsonl`.
 */
export interface EvaluationRow {
  /** The run that it belongs to. */
  readonly runId: string;
  /** The name shown in tables, such as `agent student, sag 8`. */
  readonly system: string;
  /** Id of the system, such as `agent-student-sag`; absent in older rows. */
  readonly systemId?: string;
  /** The paradigm of the system. */
  readonly paradigm: Paradigm;
  /** The distilled model, or null for a system that is not one. */
  readonly student: string | null;
  /** The model that wrote the training data, or null where there was none. */
  readonly teacher: string | null;
  /** Name of the model that answered; absent where it is not known. */
  readonly model?: string;
  /** Size of that model, such as `1.5B`; absent where it is not known. */
  readonly tier?: string;
  /** True if the first-thought prefix was used: in a student's training data, in the prompt of others. */
  readonly firstThoughtPrefix?: boolean;
  /** The judge of the verdict in place of this project's grader, such as `judge gpt-4o-mini`. */
  readonly grader?: string;
  /** The benchmark's name. */
  readonly benchmark: string;
  /** True if the student was trained on this benchmark's training split. */
  readonly inDomain: boolean;
  /** True if the student was trained on this very question; absent where that is not known. */
  readonly trainedOn?: boolean;
  /** The kind of grading. */
  readonly kind: AnswerKind;
  /** The task's id within its benchmark. */
  readonly taskId: string;
  /** Tasks that share a source and so are not independent. Absent: each task stands alone. */
  readonly cluster?: string;
  /** The gold answer. */
  readonly gold: string;
  /** The answer read out of what the system wrote; null when there was none. */
  readonly prediction: string | null;
  /** Verdict on the answer. */
  readonly verdict: Verdict;
  /** The policy that mathematics was graded by; absent for questions and in older rows. */
  readonly policy?: string;
  /** Another policy, whose verdict is kept beside; absent where there is none. */
  readonly otherPolicy?: string;
  /** The verdict by {@link otherPolicy}. */
  readonly otherVerdict?: Verdict;
  /** Exact match, 0 or 1; null where it does not apply (math, unscored). */
  readonly em: number | null;
  /** Token F1, 0 to 1; null where it does not apply. */
  readonly f1: number | null;
  /** The capabilities behind the answer; absent where they are not known. */
  readonly capability?: Capability;
  /** Steps taken, summed over the samples. */
  readonly steps: number;
  /** Steps whose code was run. */
  readonly codeSteps: number;
  /** Calls of tools. */
  readonly toolCalls: number;
  /** Calls of the search tool among them. */
  readonly searchCalls: number;
  /** Tokens read, summed over the steps. */
  readonly promptTokens: number;
  /** Tokens written, summed over the steps and the candidates. */
  readonly completionTokens: number;
  /** Wall time of generation and execution, in milliseconds. */
  readonly durationMs: number;
  /** Steps that failed, by kind. */
  readonly errorKinds: ErrorCounts;
  /** Mean share of the winning group over the votes taken; null when there was no vote. */
  readonly voteShare: number | null;
  /** Candidates a step (sag) or answers a task (majority vote); 1 without a vote. */
  readonly samples: number;
  /** Seed of the attempt. */
  readonly seed: number;
}

/** Identity of a row's question, which rows of several systems or seeds share. */
export function questionKey(
  { benchmark, taskId }: Pick<EvaluationRow, "benchmark" | "taskId">,
): string {
  return `${benchmark}\n${taskId}`;
}

/** An {@link ErrorCounts} of zeros. */
export const NO_ERRORS: ErrorCounts = {
  parse: 0,
  execution: 0,
  timeout: 0,
  "max-steps": 0,
  generation: 0,
};

/** The kinds of error in the order of tables and figures. */
export const ERROR_KINDS: readonly StepErrorKind[] = STEP_ERROR_KINDS;
