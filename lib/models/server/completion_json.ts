import type { ChatResponse, Completion, TokenLogprob } from "../chat_model.ts";
import type { JsonValue } from "../../records/json.ts";

/** Fields that all parts of an answer share. */
export interface AnswerHead {
  /** Unique, beginning with `chatcmpl-`. */
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  /** The model's name, as listed. */
  readonly model: string;
}

/** The body of an answer that is no stream. */
export function completionJson(head: AnswerHead, response: ChatResponse): JsonValue {
  return {
    id: head.id,
    object: "chat.completion",
    created: head.created,
    model: head.model,
    choices: response.completions.map((completion, index) => ({
      index,
      message: { role: "assistant", content: completion.text, refusal: null },
      logprobs: logprobsJson(completion.logprobs),
      finish_reason: completion.finishReason,
    })),
    usage: usageJson(response),
  };
}

/** A stream event: a part of choice `index`, or its end. */
export function chunkJson(
  head: AnswerHead,
  index: number,
  delta: { readonly role?: "assistant"; readonly content?: string },
  end: Completion | null = null,
): JsonValue {
  return {
    ...chunkHead(head),
    choices: [{
      index,
      delta: { ...delta },
      logprobs: end === null ? null : logprobsJson(end.logprobs),
      finish_reason: end?.finishReason ?? null,
    }],
  };
}

/** The last event of a stream, with the token counts. */
export function usageChunkJson(head: AnswerHead, response: ChatResponse): JsonValue {
  return { ...chunkHead(head), choices: [], usage: usageJson(response) };
}

function chunkHead({ id, created, model }: AnswerHead) {
  return { id, object: "chat.completion.chunk", created, model };
}

function usageJson(response: ChatResponse) {
  const written = response.completions.reduce((sum, c) => sum + c.completionTokens, 0);
  return {
    prompt_tokens: response.promptTokens,
    completion_tokens: written,
    total_tokens: response.promptTokens + written,
  };
}

function logprobsJson(logprobs: readonly TokenLogprob[] | undefined): JsonValue {
  if (logprobs === undefined) return null;
  const utf8 = new TextEncoder();
  return {
    content: logprobs.map(({ token, logprob }) => ({
      token,
      logprob,
      bytes: [...utf8.encode(token)],
      top_logprobs: [],
    })),
    refusal: null,
  };
}
