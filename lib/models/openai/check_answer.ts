import { EndpointFailure, failureKind } from "./endpoint_error.ts";
import type { WireAnswer, WireChoice, WireError, WireModel, WireUsage } from "./wire.ts";

/** More than this in one request is no count of tokens. */
const MOST_TOKENS = 1e8;
/** More than this for one request is no price, in US dollars. */
const MOST_USD = 1e4;

/**
 * An endpoint's answer, every field of the type that it should have: what is of another type is left
 * out, as if the endpoint had not said it.
 *
 * @throws {EndpointFailure} when the answer is none, or an error in place of one
 */
export function checkAnswer(answer: unknown): WireAnswer {
  if (!isObject(answer)) {
    throw new EndpointFailure("transient", "the answer is not a JSON object", {
      mayBeBilled: true,
    });
  }
  const choices = Array.isArray(answer.choices) ? answer.choices.filter(isObject).map(choice) : [];
  const error = errorOf(answer.error);
  if (error !== null && choices.length === 0) {
    const status = Number(error.code);
    const isStatus = status >= 400 && status < 600;
    throw new EndpointFailure(
      isStatus ? failureKind(status, error.message) : "transient",
      error.message,
      isStatus ? { status } : {},
    );
  }
  return { choices, usage: usage(answer.usage) };
}

/** The models of an endpoint's list; those without a name are left out. */
export function checkModels(list: unknown): WireModel[] | null {
  if (!Array.isArray(list)) return null;
  return list.filter(isObject).flatMap((model): WireModel[] => {
    if (typeof model.id !== "string") return [];
    const { pricing, capabilities, owned_by: owner } = model;
    return [{
      id: model.id,
      ...(typeof owner === "string" ? { owned_by: owner } : {}),
      ...(isObject(pricing)
        ? { pricing: { prompt: price(pricing.prompt), completion: price(pricing.completion) } }
        : {}),
      ...(isObject(capabilities)
        ? { capabilities: { logprobs: capabilities.logprobs === true } }
        : {}),
    }];
  });
}

function price(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

function choice(value: Readonly<Record<string, unknown>>): WireChoice {
  const { message, finish_reason: reason, logprobs } = value;
  const tokens = isObject(logprobs) && Array.isArray(logprobs.content) ? logprobs.content : null;
  const areTokens = tokens?.every((one) =>
    isObject(one) && typeof one.token === "string" && typeof one.logprob === "number"
  );
  return {
    message: isObject(message) ? message : {},
    finish_reason: typeof reason === "string" ? reason : null,
    ...(areTokens ? { logprobs: { content: tokens } } : {}),
    error: errorOf(value.error),
  };
}

function errorOf(value: unknown): WireError | null {
  if (value === null || value === undefined || value === false) return null;
  if (!isObject(value)) return { message: String(value).slice(0, 300), code: null };
  const { message, code } = value;
  const text = typeof message === "string" ? message : JSON.stringify(value);
  return {
    message: text.slice(0, 300),
    code: typeof code === "number" || typeof code === "string" ? code : null,
  };
}

function usage(value: unknown): WireUsage | null {
  if (!isObject(value)) return null;
  const { completion_tokens_details: written, prompt_tokens_details: read } = value;
  const prompt = count(value.prompt_tokens);
  const total = count(value.total_tokens);
  const rest = prompt !== undefined && total !== undefined && total >= prompt
    ? total - prompt
    : undefined;
  return {
    prompt_tokens: prompt,
    completion_tokens: count(value.completion_tokens) ?? rest,
    completion_tokens_details: {
      reasoning_tokens: isObject(written) ? count(written.reasoning_tokens) : undefined,
    },
    prompt_tokens_details: {
      cached_tokens: isObject(read) ? count(read.cached_tokens) : undefined,
    },
    cost: typeof value.cost === "number" && value.cost >= 0 && value.cost <= MOST_USD
      ? value.cost
      : undefined,
  };
}

function count(value: unknown): number | undefined {
  const isCount = Number.isSafeInteger(value) && (value as number) >= 0 &&
    (value as number) <= MOST_TOKENS;
  return isCount ? value as number : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
