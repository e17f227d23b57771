/** Reason of the signal given to work under way once no further item is begun. */
export class StoppedError extends Error {
  /** Tells this error from others. */
  override readonly name = "StoppedError";
}

/** Options of {@link forEachConcurrently}. */
export interface ConcurrentOptions<Item> {
  /** The most items worked on at once. */
  readonly concurrency: number;
  /** Stops: no further item is begun. */
  readonly signal?: AbortSignal;
  /** True if an error concerns its item alone, so that the others continue. @default never */
  readonly isItemFailure?: (error: unknown, item: Item) => boolean;
}

/**
 * Works on every item, in order, at most `concurrency` at once. The first error that is not its item's
 * alone stops the pool, and so does the signal; what is under way is told by its own signal, and ends.
 *
 * @param work also takes a signal that aborts with a {@link StoppedError} once the pool stops: work
 * passes it on to be ended at once, or asks it before it begins something that costs
 * @throws the error that stopped the pool, or the reason of the signal, when all work has ended;
 * {RangeError} when `concurrency` is below 1
 *
 * @example
 * ```ts
 * import { forEachConcurrently } from "@potstill/runs/for_each_concurrently.ts";
 * const squares: number[] = [];
 * await forEachConcurrently([1, 2, 3], { concurrency: 2 }, async (n) => {
 *   squares[n - 1] = await Promise.resolve(n * n);
 * });
 * if (squares.join() !== "1,4,9") throw new Error(squares.join());
 * ```
 */
export async function forEachConcurrently<Item>(
  items: Iterable<Item>,
  options: ConcurrentOptions<Item>,
  work: (item: Item, stopping: AbortSignal) => Promise<void>,
): Promise<void> {
  const { concurrency, signal, isItemFailure } = options;
  if (!(concurrency >= 1)) {
    throw new RangeError(`Cannot work on anything: concurrency is ${concurrency}`);
  }
  const controller = new AbortController();
  const stopping = controller.signal;
  let stop: { readonly reason: unknown } | null = null;
  const end = (reason: unknown) => {
    if (stop !== null) return;
    stop = { reason };
    controller.abort(new StoppedError("no further work is begun"));
  };
  const onAbort = () => end(signal!.reason);
  if (signal?.aborted) onAbort();
  else signal?.addEventListener("abort", onAbort, { once: true });
  // One iterator: each worker takes what no other took.
  const remaining = items[Symbol.iterator]();
  let isExhausted = false;
  const worker = async () => {
    while (stop === null) {
      const next = remaining.next();
      if (next.done) {
        isExhausted = true;
        return;
      }
      try {
        await work(next.value, stopping);
      } catch (error) {
        if (error === stopping.reason) continue;
        if (!isItemFailure?.(error, next.value)) end(error);
      }
    }
  };
  try {
    const workers: Promise<void>[] = [];
    while (workers.length < Math.floor(concurrency) && !isExhausted) workers.push(worker());
    await Promise.all(workers);
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
  // Assigned in a closure, which the compiler does not follow.
  const stopped = stop as { readonly reason: unknown } | null;
  if (stopped !== null) throw stopped.reason;
}
