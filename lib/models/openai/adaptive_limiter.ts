import { Places } from "../../runs/places.ts";
import { sleep } from "../../runs/sleep.ts";

/** Options of {@link AdaptiveLimiter}. */
interface AdaptiveLimiterOptions {
  /** Most requests under way at once. */
  readonly max: number;
  /** A clock in milliseconds. @default performance.now */
  readonly now?: () => number;
}

/** Least time between two cuts, in milliseconds: requests that failed together count once. */
const CUT_INTERVAL_MS = 1000;
const CUT = 0.7;

/**
 * Limits how many requests are under way. The limit is cut by 30% when the endpoint says "too many",
 * and grows by one for every full round of successes (additive increase, multiplicative decrease, as
 * in TCP). A wait that the endpoint asks for holds back everything.
 *
 * @example
 * ```ts
 * import { AdaptiveLimiter } from "@potstill/models/openai/adaptive_limiter.ts";
 * const limiter = new AdaptiveLimiter({ max: 8 });
 * const release = await limiter.take();
 * release();
 * limiter.throttled(0);
 * if (Math.floor(limiter.limit) !== 5) throw new Error("not cut");
 * ```
 */
export class AdaptiveLimiter {
  readonly #max: number;
  readonly #now: () => number;
  readonly #places: Places;
  #pausedUntil = -Infinity;
  #lastCut = -Infinity;

  /**
   * A limiter at its greatest limit.
   * @throws {RangeError} when `max` is not a whole number from 1
   */
  constructor(options: AdaptiveLimiterOptions) {
    if (!Number.isSafeInteger(options.max) || options.max < 1) {
      throw new RangeError(`Cannot limit requests: concurrency is ${options.max}`);
    }
    this.#max = options.max;
    this.#places = new Places(options.max);
    this.#now = options.now ?? (() => performance.now());
  }

  /** The present limit; its whole part counts. */
  get limit(): number {
    return this.#places.limit;
  }

  /** Requests under way. */
  get active(): number {
    return this.#places.taken;
  }

  /**
   * Waits for a place, first come first served, and for the end of a pause.
   *
   * @returns gives the place back
   * @throws the signal's reason when it aborts
   */
  async take(signal?: AbortSignal): Promise<() => void> {
    const release = await this.#places.take(signal);
    try {
      for (let ms = this.#pauseMs(); ms > 0; ms = this.#pauseMs()) await sleep(ms, signal);
    } catch (error) {
      release();
      throw error;
    }
    return release;
  }

  /** A request was answered. */
  succeeded(): void {
    this.#places.limit = Math.min(this.#max, this.limit + 1 / this.limit);
  }

  /** The endpoint said "too many". @param waitMs how long it asks to wait */
  throttled(waitMs: number): void {
    const now = this.#now();
    this.#pausedUntil = Math.max(this.#pausedUntil, now + waitMs);
    if (now - this.#lastCut < CUT_INTERVAL_MS) return;
    this.#lastCut = now;
    this.#places.limit = Math.max(1, this.limit * CUT);
  }

  #pauseMs(): number {
    return this.#pausedUntil - this.#now();
  }
}
