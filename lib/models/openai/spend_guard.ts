import type { SpendEstimate } from "./request_use.ts";
import type { RequestUse } from "./request_use.ts";

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
