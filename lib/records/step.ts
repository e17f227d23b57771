import type { JsonValue } from "./json.ts";

/** What went wrong in a step. The trajectory goes on, or ends, with this as data. */
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

/** An agent's failure within one step. */
export interface StepError {
  /** What sort of failure it is. */
  readonly kind: StepErrorKind;
  /** The text that the agent was shown, or that explains why it was shown nothing. */
  readonly message: string;
}

/** One call of a tool by an agent's code. */
export interface ToolCall {
  /** The tool's name in Python. */
  readonly name: string;
  /** One value for each of its parameters. */
  readonly arguments: readonly JsonValue[];
  /** What the tool returned, or null when it failed. */
  readonly result: JsonValue;
  /** Why the tool failed, when it did. */
  readonly error?: string;
}

/**
 * Why a model stopped writing: it ended its turn itself or wrote a stop text, it ran out of tokens, or
 * the text was broken off by a filter, a fault or whoever asked, for a tool that nobody offered
 * (`tool_calls`), or for a reason that the endpoint does not tell (`unknown`).
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

/** What running a candidate's code gave; null in {@link Candidate} when its text did not parse. */
export interface CandidateResult {
  /** What was printed. */
  readonly logs: string;
  /** `str()` of the last expression's value, or null when there is none. */
  readonly output: string | null;
  /** Whether the code called `final_answer`. */
  readonly isFinal: boolean;
}

/** One of the N actions sampled in a step of self-consistent action generation (sag). */
export interface Candidate {
  /** The candidate's whole text. */
  readonly modelOutput: string;
  /** Its code, or null when none could be read. */
  readonly code: string | null;
  /** Why it failed, or null. */
  readonly error: StepError | null;
  /** What its code gave, or null when none was run. */
  readonly result: CandidateResult | null;
  /** Tokens written. */
  readonly completionTokens: number;
  /** Why the model stopped writing it. @default "stop" */
  readonly finishReason?: FinishReason;
}

/** How sag chose among the candidates. */
export interface Vote {
  /** Index of the chosen candidate. */
  readonly chosen: number;
  /** Size of each group of candidates that agree, largest first; failed candidates are in none. */
  readonly groups: readonly (readonly number[])[];
  /** Share of all N candidates that are in the chosen group, 0 when every candidate failed. */
  readonly share: number;
}

/**
 * One Thought, Action, Observation turn of an agent. The same record serves replay, logs, training
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
  /** Why the model stopped writing `modelOutput`; anything but `stop` makes a half turn. @default "stop" */
  readonly finishReason?: FinishReason;
  /** The part of `modelOutput` that was given to the model and not written by it. */
  readonly prefix?: string;
  /** Calls that the code made, in order. */
  readonly toolCalls: readonly ToolCall[];
  /** Whether the code gave the final answer. */
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
  /** How the action was chosen among them. */
  readonly vote?: Vote;
  /** Tokens of the step, over all candidates. */
  readonly tokens: TokenCounts;
  /** Wall time of the step. */
  readonly durations: StepDurations;
}

/** Whether the model was broken off in a step: such a turn is never learned. */
export function isHalfTurn(step: Pick<Step, "finishReason">): boolean {
  return (step.finishReason ?? "stop") !== "stop";
}
