/** A template that cannot be parsed, refuses its input, or asks for more than it is given. */
export class TemplateError extends Error {
  /** Tells this error from others. */
  override readonly name = "TemplateError";
}

/** Limits of one rendering. */
export interface BudgetLimits {
  /** Nodes of the template that are evaluated, and items that are gone through. @default 5,000,000 */
  readonly maxSteps?: number;
  /** Characters that are written, in intermediate texts too. @default 50,000,000 */
  readonly maxCharacters?: number;
  /** Wall time in milliseconds. @default 5,000 */
  readonly timeoutMs?: number;
}

/** Steps between two looks at the clock. */
const STEPS_BETWEEN = 1 << 14;

/**
 * Counts what a rendering uses, so that a stranger's template ends: steps and characters, the same on
 * every machine, and a deadline behind them. A template of a published model takes some hundred steps a
 * message.
 */
export class Budget {
  readonly #maxSteps: number;
  readonly #maxCharacters: number;
  readonly #timeoutMs: number;
  readonly #startedAt = performance.now();
  #steps = 0;
  #characters = 0;
  #nextLook = STEPS_BETWEEN;

  /** A budget of which nothing is used. */
  constructor(limits: BudgetLimits = {}) {
    this.#maxSteps = limits.maxSteps ?? 5_000_000;
    this.#maxCharacters = limits.maxCharacters ?? 50_000_000;
    this.#timeoutMs = limits.timeoutMs ?? 5_000;
  }

  /**
   * Uses steps.
   * @throws {TemplateError} when there are none left
   */
  step(count = 1): void {
    this.#steps += count;
    if (this.#steps < this.#nextLook) return;
    this.#nextLook = this.#steps + STEPS_BETWEEN;
    if (this.#steps > this.#maxSteps) {
      throw new TemplateError(`the template takes more than ${this.#maxSteps} steps`);
    }
    if (performance.now() - this.#startedAt > this.#timeoutMs) {
      throw new TemplateError(`the template takes more than ${this.#timeoutMs} ms`);
    }
  }

  /**
   * Uses characters, before they are written.
   * @throws {TemplateError} when there are not as many left
   */
  characters(count: number): void {
    this.#characters += count;
    // Written so that a count that is not a number is over the limit too.
    if (!(this.#characters <= this.#maxCharacters)) {
      throw new TemplateError(`the template writes more than ${this.#maxCharacters} characters`);
    }
  }
}
