/** Methods that a worker answers: one cloneable object in, one cloneable value out. */
export type WorkerCalls = Record<string, (args: never) => Promise<unknown>>;

interface Call {
  readonly id: number;
  readonly method: string;
  /** Arguments of the method, typed by the sender. */
  readonly args: never;
}

interface Reply {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: { readonly name: string; readonly message: string };
}

/** Answers calls in the worker that this runs in, one after the other. */
export function serveCalls(calls: WorkerCalls): void {
  const scope = globalThis as unknown as {
    onmessage: (event: { readonly data: Call }) => void;
    postMessage(reply: Reply): void;
  };
  let last: Promise<unknown> = Promise.resolve();
  scope.onmessage = ({ data: { id, method, args } }) => {
    last = last.then(async () => {
      try {
        scope.postMessage({ id, value: await calls[method](args) });
      } catch (error) {
        const { name, message } = error instanceof Error ? error : new Error(String(error));
        scope.postMessage({ id, error: { name, message } });
      }
    });
  };
}

/** Calls the methods that a worker serves. */
export class WorkerClient<
  Calls extends { [Name in keyof Calls]: (args: never) => Promise<unknown> },
> {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #next = 0;
  #ended: Error | null = null;

  /** Starts a worker from its module. */
  constructor(url: URL) {
    this.#worker = new Worker(url, { type: "module" });
    this.#worker.onmessage = ({ data }: MessageEvent<Reply>) => {
      const waiting = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if (data.error) {
        const { name, message } = data.error;
        waiting?.reject(name === "RangeError" ? new RangeError(message) : new Error(message));
      } else {
        waiting?.resolve(data.value);
      }
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.end(`the worker failed: ${event.message}`);
    };
  }

  /**
   * Sends a call; the worker answers calls in their order.
   *
   * @param transfer buffers within `args` that move into the worker instead of being copied
   */
  call<Name extends keyof Calls & string>(
    method: Name,
    args: Parameters<Calls[Name]>[0],
    transfer: readonly ArrayBuffer[] = [],
  ): ReturnType<Calls[Name]> {
    const waiting = Promise.withResolvers<unknown>();
    if (this.#ended !== null) {
      waiting.reject(this.#ended);
    } else {
      const id = this.#next++;
      this.#waiting.set(id, waiting);
      this.#worker.postMessage({ id, method, args } satisfies Call, [...transfer]);
    }
    return waiting.promise as ReturnType<Calls[Name]>;
  }

  /** Ends the worker at once; calls under way and later ones fail with `reason`. */
  end(reason: string): void {
    this.#ended ??= new Error(`Cannot train on: ${reason}`);
    this.#worker.terminate();
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
  }
}
