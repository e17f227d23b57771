/**
 * A training example as token ids, with a mask of the tokens that the model is trained to write.
 */
export interface TokenizedExample {
  /** The tokens. */
  readonly ids: Int32Array;
  /**
   * As long as `ids`: 1 where the token is to be predicted from those before it, else 0. The first
   * token has nothing before it and is never trained.
   */
  readonly trained: Uint8Array;
}
