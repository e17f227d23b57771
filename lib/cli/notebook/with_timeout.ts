import { timerMs } from "../../runs/sleep.ts";

/**
 * Value of `promise`, or undefined when that takes too long.
 *
 * @param timeoutMs in milliseconds
 *
 * @example
 * ```ts
 * import { withTimeout } from "@potstill/cli/notebook/with_timeout.ts";
 * const never = new Promise<number>(() => {});
 * if (await withTimeout(never, 5) !== undefined) throw new Error("it resolved");
 * ```
 */
export async function withTimeout<T>(
  promise: Promise<T>,
  timeoutMs: number,
): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), timerMs(timeoutMs));
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
