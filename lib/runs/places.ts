/**
 * A counting semaphore: a limited number of holders at once; others wait in the order in which
 * they came.
 */
export class Places {
  readonly #queue: { readonly go: () => void }[] = [];
  #limit: number;
  #taken = 0;

  /**
   * Creates a semaphore without holders.
   * @param limit the most places held at once; its whole part counts
   * @throws {RangeError} when it is below 1
   */
  constructor(limit: number) {
    if (!(limit >= 1)) throw new RangeError(`Cannot work on anything: concurrency is ${limit}`);
    this.#limit = limit;
  }

  /** The most places held at once. A new limit holds from now on; nobody loses a place by it. */
  get limit(): number {
    return this.#limit;
  }

  /** See the getter. */
  set limit(limit: number) {
    this.#limit = limit;
    this.#fill();
  }

  /** Places held. */
  get taken(): number {
    return this.#taken;
  }

  /** True if the next caller has to wait. */
  get isFull(): boolean {
    return this.#taken >= Math.floor(this.#limit);
  }

  /** Number of waiting callers. */
  get waiting(): number {
    return this.#queue.length;
  }

  /**
   * Waits for a place.
   *
   * @returns gives the place back; a second call does nothing
   * @throws the signal's reason when it aborts first
   */
  async take(signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted();
    if (!this.isFull) this.#taken++;
    else await this.#wait(signal);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#taken--;
      this.#fill();
    };
  }

  #wait(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = () => {
        this.#queue.splice(this.#queue.indexOf(entry), 1);
        reject(signal!.reason);
      };
      const entry = {
        go: () => {
          signal?.removeEventListener("abort", stop);
          resolve();
        },
      };
      this.#queue.push(entry);
      signal?.addEventListener("abort", stop, { once: true });
    });
  }

  #fill(): void {
    while (this.#queue.length > 0 && !this.isFull) {
      this.#taken++;
      this.#queue.shift()!.go();
    }
  }
}
