import { MAX_TIMER_MS } from "./timer_limit.ts";

/**
 * A time as timers take it: what is longer than the longest is the longest, which is 24 days.
 *
 * @throws {RangeError} when it is no number from 0
 */
export function timerMs(ms: number): number {
  if (!(ms >= 0)) throw new RangeError(`Cannot wait ${ms} ms`);
  return Math.min(ms, MAX_TIMER_MS);
}

/**
 * Waits, however long; rejects with the signal's reason when it aborts.
 *
 * @throws {RangeError} when the time is no number from 0
 *
 * @example
 * ```ts
 * import { sleep } from "@potstill/runs/sleep.ts";
 * await sleep(1);
 * ```
 */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  let left = ms;
  do {
    const part = timerMs(left);
    await sleepOnce(part, signal);
    left -= part;
  } while (left > 0);
}

function sleepOnce(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      reject(signal!.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
