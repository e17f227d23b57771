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
  /**
   * As long as `ids`: the weight of each trained token in the loss. A negative weight makes the token
   * less likely; a token of weight 0 is not trained.
   * @default 1 for each
   */
  readonly weights?: Float32Array;
}
