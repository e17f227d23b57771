let controller: AbortController | null = null;

/**
 * A signal that aborts when the notebook's running cell is interrupted. Pass it to every call that
 * takes long: `train(data, { signal: interruptSignal() })`. Without it an interrupt ends the kernel
 * and all that it holds. After an interrupt the next call gives a new signal.
 *
 * @returns a signal whose reason is an `InterruptedError`
 *
 * @example
 * ```ts
 * import { interruptSignal } from "@potstill";
 * const signal = interruptSignal();
 * if (signal.aborted) throw new Error("nobody interrupted");
 * ```
 */
export function interruptSignal(): AbortSignal {
  if (controller === null) {
    controller = new AbortController();
    Deno.addSignalListener("SIGINT", onInterrupt);
  } else if (controller.signal.aborted) {
    controller = new AbortController();
  }
  return controller.signal;
}

function onInterrupt(): void {
  const error = new Error("The cell was interrupted");
  error.name = "InterruptedError";
  controller?.abort(error);
}
