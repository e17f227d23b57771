import { priced } from "./openai/request_use.ts";
import type { SpendEstimate } from "./openai/request_use.ts";
import type { SpendGuard, SpendTicket } from "./openai/spend_guard.ts";
import type { TokenPrices } from "./openai/token_prices.ts";

/** The budget is used up: the run stops, what it has is kept. */
export class BudgetReachedError extends Error {
  /** Tells this error from others. */
  override readonly name = "BudgetReachedError";
}

/**
 * A limit on what a run may spend. Before each request its greatest possible cost is set aside; a
 * request that might go over the limit waits until others have shown what they really cost, and when
 * none is left to wait for, the budget is reached. So the limit is never crossed.
 */
export class Budget implements SpendGuard {
  readonly #limitUsd: number;
  readonly #prices: TokenPrices;
  #spentUsd: number;
  #reservedUsd = 0;
  #waiting: (() => void)[] = [];

  /**
   * A budget of `limitUsd`, of which an earlier part of the run spent `spentUsd`.
   * @throws {RangeError} when the limit is not above 0
   */
  constructor(limitUsd: number, prices: TokenPrices, spentUsd: number = 0) {
    if (!(limitUsd > 0)) throw new RangeError(`Cannot set a budget of ${limitUsd} US dollars`);
    this.#limitUsd = limitUsd;
    this.#prices = prices;
    this.#spentUsd = spentUsd;
  }

  /** US dollars spent. */
  get spentUsd(): number {
    return this.#spentUsd;
  }

  /**
   * Sets a request's greatest cost aside.
   * @throws {BudgetReachedError} when it does not fit
   */
  async admit(estimate: SpendEstimate, signal?: AbortSignal): Promise<SpendTicket> {
    const mostUsd = priced(this.#prices, estimate) ?? 0;
    while (this.#spentUsd + this.#reservedUsd + mostUsd > this.#limitUsd) {
      if (this.#reservedUsd <= 1e-12) {
        throw new BudgetReachedError(
          `The budget of ${this.#limitUsd} US dollars is reached: ${
            this.#spentUsd.toFixed(4)
          } are spent, and the next request may cost ${mostUsd.toFixed(4)}`,
        );
      }
      await this.#settled(signal);
    }
    this.#reservedUsd += mostUsd;
    let isOpen = true;
    return {
      // A request of which nothing is known may have cost what was set aside.
      settle: (costUsd) => {
        if (!isOpen) return;
        isOpen = false;
        this.#reservedUsd -= mostUsd;
        this.#spentUsd += costUsd ?? mostUsd;
        for (const wake of this.#waiting.splice(0)) wake();
      },
    };
  }

  #settled(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = () => reject(signal!.reason);
      signal?.addEventListener("abort", stop, { once: true });
      this.#waiting.push(() => {
        signal?.removeEventListener("abort", stop);
        resolve();
      });
    });
  }
}
