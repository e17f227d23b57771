import type { Message } from "../records/message.ts";
import type { FinishReason } from "../records/step.ts";

/** Settings of sampling. */
export interface SamplingOptions {
  /** 0 is greedy. @default 0 */
  readonly temperature?: number;
  /** Nucleus sampling's probability mass. @default 1 */
  readonly topP?: number;
  /** Sampling is restricted to this number of the likeliest tokens (top-k). @default all */
  readonly topK?: number;
  /** Only tokens at least so likely, as a share of the likeliest one's probability. @default 0 */
  readonly minP?: number;
}

/** Forms that a text can be held to. */
export const TEXT_FORMS = ["agent-turn"] as const;

/** A form that a text can be held to while it is written. */
export type TextForm = (typeof TEXT_FORMS)[number];

/** A request to a chat model. */
export interface ChatRequest extends SamplingOptions {
  /** The conversation. When the last message is the assistant's, the model continues that message. */
  readonly messages: readonly Message[];
  /** Number of completions wanted. @default 1 */
  readonly samples?: number;
  /** Most tokens that a completion may have. @default 1024 */
  readonly maxNewTokens?: number;
  /** Texts that end a completion; they are not part of its text. */
  readonly stop?: readonly string[];
  /**
   * Admit only texts of this form: `agent-turn` is a thought and one block of code. A model that cannot
   * promise it refuses the request.
   * @default any text
   */
  readonly grammar?: TextForm;
  /** Same seed, same request, same completions, where the model can promise it. @default 0 */
  readonly seed?: number;
  /** Ask for the log-probability of each token written. @default false */
  readonly logprobs?: boolean;
  /**
   * Called with the text of a completion as it is written, where the model can; every part is final,
   * and the parts joined are the beginning of the completion's text.
   */
  readonly onText?: (sample: number, part: string) => void;
  /** Gives the request up when it aborts. */
  readonly signal?: AbortSignal;
}

/** A token of a completion. */
export interface TokenLogprob {
  /** The token's text. */
  readonly token: string;
  /** Natural logarithm of the token's probability before any sampling option applies. */
  readonly logprob: number;
}

/** A text written by a model. */
export interface Completion {
  /** The model's text after the last message, without the stop text. */
  readonly text: string;
  /** Reason why the text ended. */
  readonly finishReason: FinishReason;
  /** Tokens written and paid for, reasoning included. */
  readonly completionTokens: number;
  /** Tokens of hidden reasoning among them, where the model tells. */
  readonly reasoningTokens?: number;
  /** Log-probabilities per token, when asked for and the model can give them. */
  readonly logprobs?: readonly TokenLogprob[];
}

/** A chat model's answer. */
export interface ChatResponse {
  /** Completions, `samples` of them. */
  readonly completions: readonly Completion[];
  /** Tokens read. */
  readonly promptTokens: number;
}

/**
 * A language model that answers conversations: an endpoint, a local student, or the lab's expert.
 * Agents, prompts and evaluation see nothing else of a model.
 */
export interface ChatModel {
  /** The model's name. */
  readonly name: string;
  /** Kind of teacher, where it is no language model: kept with every trajectory. */
  readonly teacher?: string;
  /**
   * `native` if the model itself continues a trailing assistant message, `emulated` if it is told
   * to in the prompt.
   */
  readonly prefixContinuation: "native" | "emulated";
  /** Answers a conversation. @throws {GenerationError} when no completion can be had */
  complete(request: ChatRequest): Promise<ChatResponse>;
}

/** The model could not answer. An agent records it in its step. */
export class GenerationError extends Error {
  /** Tells it from other errors. */
  override readonly name = "GenerationError";
}

/** The conversation is longer than the model reads: the attempt outgrew its context. */
export class ContextOverflowError extends GenerationError {}
