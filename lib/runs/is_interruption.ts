/**
 * True if an error is that of an interruption: the reason of an aborted signal, or one that was caused by it.
 *
 * @param signals those that were asked to stop
 *
 * @example
 * ```ts
 * import { isInterruption } from "@potstill/runs/is_interruption.ts";
 * const stop = new AbortController();
 * stop.abort(new Error("interrupted"));
 * const late = new Error("Cannot finish", { cause: stop.signal.reason });
 * if (!isInterruption(late, stop.signal)) throw new Error("it was caused by it");
 * if (isInterruption(new Error("No space left"), stop.signal)) throw new Error("it has its own cause");
 * ```
 */
export function isInterruption(
  error: unknown,
  ...signals: readonly (AbortSignal | undefined)[]
): boolean {
  const reasons = signals.filter((signal) => signal?.aborted).map((signal) => signal!.reason);
  const seen = new Set<unknown>();
  for (let one = error; one !== undefined && !seen.has(one); one = causeOf(one)) {
    if (reasons.includes(one)) return true;
    seen.add(one);
  }
  return false;
}

/** What an error follows from: also that during whose closing another came. */
function causeOf(error: unknown): unknown {
  if (error instanceof SuppressedError) return error.suppressed;
  return error instanceof Error ? error.cause : undefined;
}
