import type { JsonValue } from "./json.ts";

/** Kind of a step's failure, which is stored as data: the trajectory goes on or ends with it. */
export type StepErrorKind =
  | "parse"
  | "execution"
  | "timeout"
  | "max-steps"
  | "generation"
  | "context-overflow";

/** Every {@link StepErrorKind}, in the order of tables and figures. */
export const STEP_ERROR_KINDS: readonly StepErrorKind[] = [
  "parse",
  "execution",
  "timeout",
  "max-steps",
  "generation",
  "context-overflow",
];

/**
 * Reason why a task's annotation did not lead to an answer: there is none for this kind of attempt,
 * two searches did not bring the passage of a hop, the passage does not say the hop's answer, the
 * annotation names what was not found yet, the comparison is of an unknown kind, or the calculation
 * does not come to the answer.
 */
export const ANNOTATION_GAPS = [
  "no-annotation",
  "search-missed",
  "answer-not-in-passage",
  "tells-ahead",
  "unknown-comparison",
  "calculation-differs",
] as const;

/** One of {@link ANNOTATION_GAPS}. */
export type AnnotationGap = (typeof ANNOTATION_GAPS)[number];

/** An agent's failure within one step. */
export interface StepError {
  /** Kind of failure. */
  readonly kind: StepErrorKind;
  /** The text that the agent was shown, or that explains why it was shown nothing. */
  readonly message: string;
  /** On an error of kind `generation` of the annotated teacher: why its annotation gave out. */
  readonly gap?: AnnotationGap;
}

/** A tool call made by an agent's code. */
export interface ToolCall {
  /** The tool's name in Python. */
  readonly name: string;
  /** Arguments in the order of the tool's parameters. */
  readonly arguments: readonly JsonValue[];
  /** The tool's return value, or null when it failed. */
  readonly result: JsonValue;
  /** The tool's error message, when it failed. */
  readonly error?: string;
}

/**
 * Reason why a model stopped writing: it ended its turn or wrote a stop text (`stop`), it ran out
 * of tokens (`length`), the text was cut off by a filter, a fault or the caller, it called a tool
 * that was not offered (`tool_calls`), or the endpoint does not say (`unknown`).
 *
 * @source OpenAI, chat completions, `finish_reason`; `error` and `abort` as vLLM and SGLang give them
 */
export type FinishReason =
  | "stop"
  | "length"
  | "content_filter"
  | "error"
  | "abort"
  | "tool_calls"
  | "unknown";

/** Every {@link FinishReason}. */
export const FINISH_REASONS: readonly FinishReason[] = [
  "stop",
  "length",
  "content_filter",
  "error",
  "abort",
  "tool_calls",
  "unknown",
];

/** Tokens that a model read and wrote. */
export interface TokenCounts {
  /** Tokens read. */
  readonly prompt: number;
  /** Tokens written. */
  readonly completion: number;
}

/** Wall time spent, in milliseconds. The only fields of a trajectory that differ between equal runs. */
export interface StepDurations {
  /** Time the model took. */
  readonly generateMs: number;
  /** Time the code took. */
  readonly executeMs: number;
}

/** Result of a candidate's code; null in {@link Candidate} when its text did not parse. */
export interface CandidateResult {
  /** Printed output. */
  readonly logs: string;
  /** `str()` of the last expression's value, or null when there is none. */
  readonly output: string | null;
  /** True if the code called `final_answer`. */
  readonly isFinal: boolean;
}

/**
 * A candidate: one of the N actions sampled for a step by self-consistent action generation (sag).
 */
export interface Candidate {
  /** The candidate's whole text. */
  readonly modelOutput: string;
  /** Its code, or null when none could be read. */
  readonly code: string | null;
  /** Failure of the candidate, or null. */
  readonly error: StepError | null;
  /** Result of its code, or null when none was run. */
  readonly result: CandidateResult | null;
  /** Tokens written. */
  readonly completionTokens: number;
  /** Reason why the model stopped writing it. @default "stop" */
  readonly finishReason?: FinishReason;
}

/** Record of sag's choice among the candidates. */
export interface Vote {
  /** Index of the chosen candidate. */
  readonly chosen: number;
  /** Size of each group of candidates that agree, largest first; failed candidates are in none. */
  readonly groups: readonly (readonly number[])[];
  /** Share of all N candidates that are in the chosen group, 0 when every candidate failed. */
  readonly share: number;
}

/**
 * A step of an agent: thought, action, observation. The same record serves replay, logs, training
 * data and display.
 */
export interface Step {
  /** 0 for the first step. */
  readonly index: number;
  /** The assistant's whole text, cut at the stop sequences, with the first-thought prefix if any. */
  readonly modelOutput: string;
  /** The text before the code. */
  readonly thought: string;
  /** The code to run, or null when none could be read from the model's text. */
  readonly code: string | null;
  /** The text that the model sees next; empty after the final answer. */
  readonly observation: string;
  /**
   * Reason why the model stopped writing `modelOutput`; anything but `stop` makes it a half turn.
   * @default "stop"
   */
  readonly finishReason?: FinishReason;
  /** The part of `modelOutput` that was given to the model and not written by it. */
  readonly prefix?: string;
  /** Calls that the code made, in order. */
  readonly toolCalls: readonly ToolCall[];
  /** True if the code gave the final answer. */
  readonly isFinal: boolean;
  /** The agent's failure in this step, or null. */
  readonly error: StepError | null;
  /**
   * On a step whose error is of kind `generation`: the model was asked, and refused or wrote nothing
   * usable. Absent when it could not be asked, which says nothing of the model.
   */
  readonly failedBy?: "model";
  /** All candidates of the step, with sag. */
  readonly candidates?: readonly Candidate[];
  /** Record of the vote among the candidates. */
  readonly vote?: Vote;
  /** Tokens of the step, over all candidates. */
  readonly tokens: TokenCounts;
  /** Wall time of the step. */
  readonly durations: StepDurations;
}

/** True if the model was cut off within the step: such a turn is never trained on. */
export function isHalfTurn(step: Pick<Step, "finishReason">): boolean {
  return (step.finishReason ?? "stop") !== "stop";
}

/** A step in which nothing was written or run, with `fields` of its own, such as the error that ended it. */
export function emptyStep(index: number, fields: Partial<Step> = {}): Step {
  return {
    index,
    modelOutput: "",
    thought: "",
    code: null,
    observation: "",
    toolCalls: [],
    isFinal: false,
    error: null,
    tokens: { prompt: 0, completion: 0 },
    durations: { generateMs: 0, executeMs: 0 },
    ...fields,
  };
}
