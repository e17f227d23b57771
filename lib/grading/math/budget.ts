/** Reason why a formula has no usable value. */
export type FaultReason =
  /** A real function outside of its domain: the root or logarithm of a negative number. */
  | "domain"
  /** A pole, or a factorial, sum or binomial of a number that is not whole. */
  | "undefined"
  /** Numbers, sums or work beyond the limits. */
  | "too-big";

/** Thrown within the grader when a formula cannot be evaluated; caught where formulas are compared. */
export class EvaluationFault extends Error {
  /** Its name. */
  override name = "EvaluationFault";
  /**
   * A fault.
   *
   * @param reason why there is no value
   */
  constructor(readonly reason: FaultReason) {
    super(reason);
  }
}

/**
 * Limits of one grade's cost: units of work, and wall time as a second bound. One budget serves
 * all comparisons of a grade, so that long lists have no more time than short ones.
 */
export class Budget {
  readonly #end: number;
  #work: number;
  #sinceCheck = 0;

  /**
   * A budget whose time begins now.
   *
   * @param deadlineMs wall time from now on
   * @param work units left; one is about a multiplication of small numbers
   */
  constructor(deadlineMs: number, work = 3_000_000) {
    this.#work = work;
    this.#end = performance.now() + deadlineMs;
  }

  /** Takes units of work. @throws {EvaluationFault} when they or the time are used up */
  spend(units = 1): void {
    this.#work -= units;
    this.#sinceCheck += units;
    if (this.#work < 0) throw new EvaluationFault("too-big");
    if (this.#sinceCheck < 500) return;
    this.#sinceCheck = 0;
    if (performance.now() > this.#end) throw new EvaluationFault("too-big");
  }

  /** True if nothing is left. */
  get isSpent(): boolean {
    return this.#work < 0 || performance.now() > this.#end;
  }
}
