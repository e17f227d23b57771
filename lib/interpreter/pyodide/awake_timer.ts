/** The most that is counted at once, in milliseconds. */
const TICK_MS = 100;
/** From so much on, what holds the loop up counts. */
const MOST_HELD_UP_MS = 600_000;

/**
 * Counts down while this process is awake. Where the event loop is held up (a student that reads a
 * long prompt can take it for seconds), neither an answer that is there can be read nor a request be
 * answered: that is no time of who is waited for.
 */
export class AwakeTimer {
  readonly #onEnd: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #planned = 0;
  #since = 0;
  #heldUp = 0;
  #isSpared = false;
  /** Milliseconds that are left. */
  left: number;

  /** A timer that stands still. @param onEnd is called once nothing is left */
  constructor(ms: number, onEnd: () => void) {
    this.left = ms;
    this.#onEnd = onEnd;
  }

  /** Goes on counting. */
  start(): void {
    this.#planned = Math.max(0, Math.min(this.left, TICK_MS));
    this.#since = performance.now();
    this.#timer = setTimeout(() => this.#tick(), this.#planned);
  }

  /** Stands still until the next start. */
  stop(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.left -= Math.min(performance.now() - this.#since, this.#planned);
  }

  #tick(): void {
    const lateness = performance.now() - this.#since - this.#planned;
    this.#heldUp += lateness;
    this.left -= this.#planned + (this.#heldUp > MOST_HELD_UP_MS ? lateness : 0);
    this.#timer = undefined;
    // What came in meanwhile is read before the last tick; one is spared, as the loop may always be late.
    if (this.left <= 0 && lateness > TICK_MS && !this.#isSpared) {
      this.#isSpared = true;
      this.left = TICK_MS;
    }
    if (this.left > 0) this.start();
    else this.#onEnd();
  }
}
