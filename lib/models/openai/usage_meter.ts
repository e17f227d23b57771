import type { RequestUse } from "./request_use.ts";

/** Usage of a model so far. */
export interface UsageTotals {
  /** Requests that were answered. */
  readonly requests: number;
  /** Requests sent again after a failure. */
  readonly retries: number;
  /** Answers "too many requests". */
  readonly rateLimited: number;
  /** Answers that were paid for and could not be used, in part or whole. */
  readonly unusable: number;
  /** Tokens read. */
  readonly promptTokens: number;
  /** Tokens among them that the endpoint had in its cache. */
  readonly cachedPromptTokens: number;
  /** Tokens written, reasoning included. */
  readonly completionTokens: number;
  /** Tokens of hidden reasoning among them. */
  readonly reasoningTokens: number;
  /** Requests whose use is in part a guess, the cost on the safe side: the endpoint did not tell. */
  readonly estimated: number;
  /** US dollars, or null when no price is known. */
  readonly costUsd: number | null;
}

/** Nothing used. @param costUsd null when no price is known */
export function noUsage(costUsd: number | null): UsageTotals {
  return {
    requests: 0,
    retries: 0,
    rateLimited: 0,
    unusable: 0,
    promptTokens: 0,
    cachedPromptTokens: 0,
    completionTokens: 0,
    reasoningTokens: 0,
    estimated: 0,
    costUsd,
  };
}

/** The totals with what one request used. */
export function withUse(totals: UsageTotals, use: RequestUse): UsageTotals {
  return {
    ...totals,
    requests: totals.requests + 1,
    promptTokens: totals.promptTokens + use.promptTokens,
    cachedPromptTokens: totals.cachedPromptTokens + use.cachedPromptTokens,
    completionTokens: totals.completionTokens + use.completionTokens,
    reasoningTokens: totals.reasoningTokens + use.reasoningTokens,
    estimated: totals.estimated + (use.isEstimated ? 1 : 0),
    costUsd: use.costUsd === null ? totals.costUsd : (totals.costUsd ?? 0) + use.costUsd,
  };
}

/** The totals with a request that brought no answer and may have cost `costUsd`. */
export function withUnanswered(totals: UsageTotals, costUsd: number): UsageTotals {
  const { estimated } = totals;
  return { ...totals, estimated: estimated + 1, costUsd: (totals.costUsd ?? 0) + costUsd };
}

/** Sum of two parts' usage. */
export function addUsage(a: UsageTotals, b: UsageTotals): UsageTotals {
  const sum = (key: keyof UsageTotals) => (a[key] ?? 0) + (b[key] ?? 0);
  return {
    requests: sum("requests"),
    retries: sum("retries"),
    rateLimited: sum("rateLimited"),
    unusable: sum("unusable"),
    promptTokens: sum("promptTokens"),
    cachedPromptTokens: sum("cachedPromptTokens"),
    completionTokens: sum("completionTokens"),
    reasoningTokens: sum("reasoningTokens"),
    estimated: sum("estimated"),
    costUsd: a.costUsd === null && b.costUsd === null ? null : sum("costUsd"),
  };
}
