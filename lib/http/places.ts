import { ApiError } from "./api_error.ts";

/** Lets so many in at once; others wait in order, up to a number. */
export class Places {
  readonly #maxWaiting: number;
  readonly #waiting: (() => void)[] = [];
  #free: number;

  /** Creates a semaphore for `places` holders, with a queue of at most `maxWaiting`. */
  constructor(places: number, maxWaiting: number) {
    if (!Number.isSafeInteger(places) || places < 1) {
      throw new RangeError(`Cannot serve: concurrency is ${places}`);
    }
    this.#free = places;
    this.#maxWaiting = maxWaiting;
  }

  /**
   * Waits for a place.
   *
   * @returns gives the place back
   * @throws {ApiError} 429 when too many wait, or the signal's reason
   */
  async take(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#free > 0) this.#free--;
    else await this.#wait(signal);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    };
  }

  #wait(signal: AbortSignal): Promise<void> {
    if (this.#waiting.length >= this.#maxWaiting) {
      throw new ApiError(429, `Too many requests: ${this.#waiting.length} are waiting`, {
        type: "rate_limit_error",
        code: "rate_limit_exceeded",
      });
    }
    return new Promise((resolve, reject) => {
      const stop = () => {
        this.#waiting.splice(this.#waiting.indexOf(go), 1);
        reject(signal.reason);
      };
      const go = () => {
        signal.removeEventListener("abort", stop);
        resolve();
      };
      this.#waiting.push(go);
      signal.addEventListener("abort", stop, { once: true });
    });
  }
}
