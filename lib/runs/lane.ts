/**
 * Runs pieces of work one after the other, in the order in which they were given: what shares a
 * resource that two would only slow down. Several lanes run beside each other.
 *
 * @example
 * ```ts
 * import { Lane } from "@potstill/runs/lane.ts";
 * const lane = new Lane();
 * const order: number[] = [];
 * const slow = lane.run(async () => {
 *   await new Promise((resolve) => setTimeout(resolve, 10));
 *   order.push(1);
 * });
 * await lane.run(() => Promise.resolve(order.push(2)));
 * await slow;
 * if (order.join() !== "1,2") throw new Error(order.join());
 * ```
 */
export class Lane {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `work` when all that was given before has ended, also by an error. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }
}
