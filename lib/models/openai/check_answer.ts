import { EndpointFailure, failureKind } from "./endpoint_error.ts";
import { waitInText } from "./retry_after.ts";
import type { WireAnswer, WireChoice, WireError, WireModel, WireUsage } from "./wire.ts";

/** More than this in one request is no count of tokens. */
const MOST_TOKENS = 1e8;
/** More than this for one request is no price, in US dollars. */
const MOST_USD = 1e4;

/**
 * An endpoint's answer with every field of its proper type: fields of another type are dropped, as
 * if the endpoint had not sent them.
 *
 * @throws {EndpointFailure} when it is no answer, or an error in place of one
 */
export function checkAnswer(received: unknown): WireAnswer {
  const answer = typeof received === "string" ? parsed(received) : received;
  if (!isObject(answer)) {
    const what = typeof answer === "string" ? `begins "${beginning(answer)}"` : "is another value";
    throw new EndpointFailure("transient", `the answer is not a JSON object: it ${what}`, {
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
      { ...(isStatus ? { status } : {}), retryAfterMs: waitInText(error.message) },
    );
  }
  return { choices, usage: usage(answer.usage) };
}

/** JSON that was sent as another type, as some gateways do; any other text as it is. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function beginning(text: string): string {
  return text.slice(0, 1000).replace(/\s+/g, " ").trim().slice(0, 80);
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
        ? {
          capabilities: {
            logprobs: capabilities.logprobs === true,
            ...(Array.isArray(capabilities.grammars)
              ? { grammars: capabilities.grammars.map(String) }
              : {}),
          },
        }
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
  const completion = count(value.completion_tokens) ?? rest;
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    completion_tokens_details: {
      reasoning_tokens: isObject(written)
        ? partOf(completion, written.reasoning_tokens)
        : undefined,
    },
    prompt_tokens_details: {
      cached_tokens: isObject(read) ? partOf(prompt, read.cached_tokens) : undefined,
    },
    cost: typeof value.cost === "number" && value.cost >= 0 && value.cost <= MOST_USD
      ? value.cost
      : undefined,
  };
}

/** A count of tokens among others; more than there are is nonsense. */
function partOf(total: number | undefined, value: unknown): number | undefined {
  const part = count(value);
  return part !== undefined && part > (total ?? Infinity) ? undefined : part;
}

function count(value: unknown): number | undefined {
  const isCount = Number.isSafeInteger(value) && (value as number) >= 0 &&
    (value as number) <= MOST_TOKENS;
  return isCount ? value as number : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
