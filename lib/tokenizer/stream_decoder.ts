/** The parts of a tokenizer that a {@link StreamDecoder} uses. */
interface TokenBytes {
  /** The bytes of one token. */
  bytesOf(id: number): Uint8Array;
}

/**
 * Turns tokens into text as they arrive. A character whose bytes are spread over several tokens is
 * given out with the last of them.
 */
export class StreamDecoder {
  readonly #tokens: TokenBytes;
  readonly #utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

  /**
   * A decoder that has seen nothing yet.
   * @param tokens the tokenizer, or anything that knows the bytes of a token
   */
  constructor(tokens: TokenBytes) {
    this.#tokens = tokens;
  }

  /** The text that is complete with token `id`; may be empty. */
  push(id: number): string {
    return this.#utf8.decode(this.#tokens.bytesOf(id), { stream: true });
  }

  /** Rest of the text: U+FFFD for an unfinished character, else empty. */
  end(): string {
    return this.#utf8.decode();
  }
}
