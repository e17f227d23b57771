/** Time between two remembered counts, as a share of the time looked back. */
const RESOLUTION = 1 / 32;

/**
 * The rate of something that is counted, over the last part of its time: at least ten seconds, at
 * least a third of all, so that a slow start or a change of pace does not spoil the estimate for
 * long.
 *
 * @example
 * ```ts
 * import { RecentRate } from "@potstill/runs/progress/recent_rate.ts";
 * const rate = new RecentRate(0, 0);
 * rate.add(20, 2000);
 * if (rate.perSecond !== 10) throw new Error(`${rate.perSecond}`);
 * ```
 */
export class RecentRate {
  readonly #startMs: number;
  #samples: { readonly count: number; readonly timeMs: number }[];

  /**
   * A rate that is not known yet.
   *
   * @param count what is already counted at the start, such as work done by an earlier run
   * @param timeMs the time of the start, in milliseconds
   */
  constructor(count: number, timeMs: number) {
    this.#startMs = timeMs;
    this.#samples = [{ count, timeMs }];
  }

  /** Notes that `count` was reached at `timeMs`. */
  add(count: number, timeMs: number): void {
    const windowMs = Math.max(10_000, (timeMs - this.#startMs) / 3);
    const samples = this.#samples;
    const isClose = samples.length > 1 &&
      timeMs - samples[samples.length - 2].timeMs < windowMs * RESOLUTION;
    if (isClose) samples.pop();
    samples.push({ count, timeMs });
    const first = samples.findIndex((sample) => timeMs - sample.timeMs <= windowMs);
    // The last sample before the window is its beginning.
    if (first > 1) samples.splice(0, first - 1);
  }

  /** Units a second, or null when no time has passed. */
  get perSecond(): number | null {
    const first = this.#samples[0];
    const last = this.#samples[this.#samples.length - 1];
    const elapsedMs = last.timeMs - first.timeMs;
    return elapsedMs > 0 ? (last.count - first.count) / elapsedMs * 1000 : null;
  }
}
