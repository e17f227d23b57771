/** US dollars a million tokens. */
export interface TokenPrices {
  /** Tokens read. */
  readonly input: number;
  /** Tokens written. */
  readonly output: number;
}
