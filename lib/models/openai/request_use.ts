import type { TokenPrices } from "./token_prices.ts";
import type { RequestBody, WireAnswer } from "./wire.ts";

/** Usage of one request. */
export interface RequestUse {
  /** Tokens read. */
  readonly promptTokens: number;
  /** Tokens among them that the endpoint had in its cache. */
  readonly cachedPromptTokens: number;
  /** Tokens written, reasoning included. */
  readonly completionTokens: number;
  /** Tokens of hidden reasoning among them. */
  readonly reasoningTokens: number;
  /** US dollars, or null when no price is known. */
  readonly costUsd: number | null;
  /** True if the endpoint reported too little, so that this is partly an estimate. */
  readonly isEstimated: boolean;
}

/** Characters of a token, roughly. */
const CHARACTERS_PER_TOKEN = 4;

/**
 * Usage of an answer as the endpoint reports it. Missing or nonsensical values are estimated:
 * tokens by the length of the texts, the cost as the most that the request may have used, so that
 * a budget is kept whatever an endpoint reports.
 */
export function requestUse(
  body: RequestBody,
  answer: WireAnswer,
  most: SpendEstimate,
  prices: TokenPrices | null,
): RequestUse {
  const { usage } = answer;
  const texts = (answer.choices ?? []).map(({ message }) => textOf(message?.content));
  const wrote = texts.some((text) => text !== "");
  const prompt = positive(usage?.prompt_tokens);
  const completion = wrote
    ? positive(usage?.completion_tokens)
    : usage?.completion_tokens ?? undefined;
  const told = usage?.cost;
  const cost = told !== undefined && (told > 0 || prices === null) ? told : priced(prices, {
    promptTokens: prompt ?? most.promptTokens,
    completionTokens: completion ?? most.completionTokens,
  });
  return {
    promptTokens: prompt ?? estimateTokens(JSON.stringify(body.messages)),
    cachedPromptTokens: usage?.prompt_tokens_details?.cached_tokens ?? 0,
    completionTokens: completion ?? texts.reduce((sum, text) => sum + estimateTokens(text), 0),
    reasoningTokens: usage?.completion_tokens_details?.reasoning_tokens ?? 0,
    costUsd: cost,
    isEstimated: prompt === undefined || completion === undefined,
  };
}

/** The price of tokens, in US dollars; null when no price is known. */
export function priced(prices: TokenPrices | null, tokens: SpendEstimate): number | null {
  if (prices === null) return null;
  return (tokens.promptTokens * prices.input + tokens.completionTokens * prices.output) / 1e6;
}

/** Tokens of a text, roughly. */
export function estimateTokens(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN);
}

/** A request reads something, and a text is of tokens: none is no count. */
function positive(count: number | undefined): number | undefined {
  return count === 0 ? undefined : count;
}

function textOf(content: unknown): string {
  return typeof content === "string" ? content : content ? JSON.stringify(content) : "";
}

/** Tokens that a request may use at most, as far as that is known before it is sent. */
export interface SpendEstimate {
  /** Tokens read. */
  readonly promptTokens: number;
  /** Tokens written. */
  readonly completionTokens: number;
}
