/** The longest wait that a timer can be set to, in milliseconds (24.8 days); a longer one ends at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * A time limit in milliseconds, if a timer can keep it.
 *
 * @param action what is not done otherwise: `run code`
 * @param name the option's name
 * @throws RangeError for NaN, infinity, 0, a negative number and more than {@link MAX_TIMER_MS}
 *
 * @example
 * ```ts
 * import { checkTimeout } from "@potstill/runs/timer_limit.ts";
 * if (checkTimeout("run code", "timeoutMs", 500) !== 500) throw new Error("changed");
 * ```
 */
export function checkTimeout(action: string, name: string, ms: number): number {
  if (typeof ms === "number" && ms > 0 && ms <= MAX_TIMER_MS) return ms;
  throw new RangeError(
    `Cannot ${action}: ${name} is ${ms}, not a number above 0 and up to ${MAX_TIMER_MS}`,
  );
}
