import type { TokenMask, TokenMasks } from "./token_masks.ts";

/** Tokens left below which it is looked at whether they are enough to close the text. */
const NEAR_THE_END = 64;
/** Tokens that the closing may grow by with one token, as when a half-written mark turns out to be none. */
const RESERVE = 8;

/**
 * A grammar's hold on one sample: the tokens that may come next. Where hardly enough tokens are left, those
 * that end the text come by themselves, so that a sample that is cut off by its length is whole too.
 */
export class SampleConstraint {
  readonly #masks: TokenMasks;
  #state: number | null;
  #forced: number[] = [];

  /**
   * The hold on a sample.
   * @param begun text before the sample that belongs to the grammar's text. Where the grammar refuses it,
   *   the sample is held as if the text began with it.
   */
  constructor(masks: TokenMasks, begun: string) {
    this.#masks = masks;
    this.#state = masks.afterText(begun) ?? masks.grammar.start;
  }

  /** The mask for the next token, of `left` that the sample may have; null when the text is over. */
  next(left: number): TokenMask | null {
    if (this.#state === null) return null;
    if (this.#forced.length === 0 && left <= NEAR_THE_END) {
      const closing = this.#masks.closing(this.#state);
      if (closing.length + RESERVE >= left) this.#forced = closing;
    }
    const [forced] = this.#forced;
    return forced === undefined
      ? this.#masks.maskOf(this.#state)
      : { admitted: Int32Array.of(forced) };
  }

  /** Goes on with the token that was drawn. */
  take(id: number): void {
    this.#forced.shift();
    if (this.#state !== null) this.#state = this.#masks.after(this.#state, id);
  }
}
