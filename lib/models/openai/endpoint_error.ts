import { GenerationError } from "../chat_model.ts";

/**
 * Consequence of a failed request: wait and send it again (`rate-limit`), send it again
 * (`transient`), send it differently or give this one up (`rejected`), or stop altogether
 * (`refused`).
 */
export type FailureKind = "rate-limit" | "transient" | "rejected" | "refused";

/** A request to an endpoint that failed. */
export class EndpointFailure extends Error {
  /** Tells this error from others. */
  override readonly name = "EndpointFailure";
  /** Consequence of the failure. */
  readonly kind: FailureKind;
  /** The HTTP status, or null when there was no answer. */
  readonly status: number | null;
  /** Waiting time that the endpoint asked for, in milliseconds; null when it did not. */
  readonly retryAfterMs: number | null;
  /** The request field that the endpoint named as the culprit. */
  readonly param: string | null;
  /** True if the request was refused for its length. */
  readonly isOverflow: boolean;
  /** True if the endpoint may have generated, and may charge for it, all the same. */
  readonly mayBeBilled: boolean;

  /**
   * A failed request.
   * @param message without the word "Cannot"; it completes another message
   */
  constructor(
    kind: FailureKind,
    message: string,
    details: {
      readonly status?: number;
      readonly retryAfterMs?: number | null;
      readonly param?: string | null;
      readonly code?: string | null;
      readonly mayBeBilled?: boolean;
    } = {},
  ) {
    super(message);
    this.kind = kind;
    this.status = details.status ?? null;
    this.retryAfterMs = details.retryAfterMs ?? null;
    this.param = details.param ?? null;
    this.isOverflow = kind === "rejected" && isContextOverflow(details.code ?? "", message);
    this.mayBeBilled = details.mayBeBilled ?? false;
  }
}

/** The endpoint gave no usable answer within the retries allowed; later it may. */
export class EndpointUnavailableError extends GenerationError {
  /** The same request may succeed later, so its failure says nothing about the task. */
  readonly transient = true;
}

/**
 * This request brings nothing, now or later: the endpoint rejects it, or the model writes nothing that
 * can be used. Of one task it is data; when it happens to every task, the setting is at fault. A
 * conversation that outgrew the model is another matter: see `ContextOverflowError`.
 */
export class RequestFailedError extends GenerationError {}

/**
 * The endpoint refuses to serve at all: wrong key, unknown model, no credit. It is no
 * `GenerationError`: an agent's run ends with it, and so does the generation run.
 */
export class EndpointRefusedError extends Error {
  /** Tells this error from others. */
  override readonly name = "EndpointRefusedError";
}

const OUT_OF_CREDIT = /insufficient[_ ](?:quota|balance|funds|credit)|billing|out of credit/i;

/**
 * Limits of a minute speak of billing too, as a way to raise them: OpenAI ("Limit: 3 / min. Please try
 * again in 20s. [...] add a payment method"), Gemini ("check your plan and billing details. [...]
 * Please retry in 34.07s.").
 */
const COMES_BACK =
  /\b(?:try again|retry) (?:in|after) [\d~]|\bper[- ](?:second|min(?:ute)?)\b|\/ ?min\b/i;

/** Words for one text that an endpoint will not read, whatever else it reads: OpenRouter, Azure. */
const MODERATED = /moderation|flagged|content[ _](?:policy|filter|management)|safety/i;

/**
 * Failure kind of an HTTP status; the error's text tells "slow down" from "no credit left", and a
 * text that is refused from a key that is not accepted.
 */
export function failureKind(status: number, text: string): FailureKind {
  if (status === 402) return "refused";
  if (status === 429) {
    return OUT_OF_CREDIT.test(text) && !COMES_BACK.test(text) ? "refused" : "rate-limit";
  }
  if (status === 403 && MODERATED.test(text)) return "rejected";
  if (status === 401 || status === 403 || status === 404) return "refused";
  if (status === 408 || status === 409 || status === 425 || status >= 500) return "transient";
  return "rejected";
}

/**
 * The words of endpoints whose model cannot read that much: OpenAI and vLLM ("maximum context length"),
 * vLLM ("longer than the maximum model length"), llama.cpp ("available context size"), TGI ("`inputs`
 * tokens + `max_new_tokens` must be <= 2048"), Ollama and others ("prompt is too long").
 */
const OVERFLOW =
  /context[_ -]?(?:length|window|size)|maximum model length|max_model_len|(?:prompt|input|request)s?\b.{0,60}\btoo (?:long|large)\b|inputs` (?:tokens|must have less)/i;

function isContextOverflow(code: string, message: string): boolean {
  return code === "context_length_exceeded" || OVERFLOW.test(message);
}
