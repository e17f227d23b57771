import type { RequestUse } from "./request_use.ts";

/** Tokens that a request may use at most, as far as that is known before it is sent. */
export interface SpendEstimate {
  /** Tokens read. */
  readonly promptTokens: number;
  /** Tokens written. */
  readonly completionTokens: number;
}

/** A place in the budget, held while a request is under way. */
export interface SpendTicket {
  /**
   * Gives the place back.
   * @param costUsd what the request cost; null when that is not known and may have been the most
   * @param use what it used; missing when no answer came
   */
  settle(costUsd: number | null, use?: RequestUse): void | Promise<void>;
}

/** Decides before each request whether it may be paid for. */
export interface SpendGuard {
  /**
   * Resolves when the request may be sent.
   * @throws when the budget does not allow it
   */
  admit(estimate: SpendEstimate, signal?: AbortSignal): Promise<SpendTicket>;
}
