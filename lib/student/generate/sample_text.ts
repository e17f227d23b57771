import type { StreamDecoder } from "../../tokenizer/stream_decoder.ts";

/** A sample's text as its tokens arrive, cut at the first stop text. */
export class SampleText {
  readonly #decoder: StreamDecoder;
  readonly #stops: readonly string[];
  readonly #longest: number;
  #text = "";
  #final = 0;

  /**
   * An empty text.
   * @param stops texts that end it; they may begin and end anywhere in a token
   */
  constructor(decoder: StreamDecoder, stops: readonly string[]) {
    this.#decoder = decoder;
    this.#stops = stops.filter((stop) => stop !== "");
    this.#longest = Math.max(0, ...this.#stops.map((stop) => stop.length));
  }

  /** Text so far, without the stop text. */
  get text(): string {
    return this.#text;
  }

  /** Adds a token; true when a stop text is now complete. */
  push(id: number): boolean {
    const seen = this.#text.length;
    this.#text += this.#decoder.push(id);
    if (this.#longest === 0 || this.#text.length === seen) return false;
    const from = Math.max(0, seen - this.#longest + 1);
    let cut = -1;
    for (const stop of this.#stops) {
      const at = this.#text.indexOf(stop, from);
      if (at >= 0 && (cut < 0 || at < cut)) cut = at;
    }
    if (cut < 0) return false;
    this.#text = this.#text.slice(0, cut);
    return true;
  }

  /** What was added since the last call and no stop text can take back. */
  finalPart(): string {
    const from = this.#final;
    let end = this.#text.length - Math.max(0, this.#longest - 1);
    // Both halves of a character above U+FFFF go together.
    if ((this.#text.charCodeAt(end - 1) & 0xfc00) === 0xd800) end--;
    this.#final = Math.max(from, end);
    return this.#text.slice(from, this.#final);
  }

  /** Ends the text; an unfinished character becomes U+FFFD. */
  end(): string {
    this.#text += this.#decoder.end();
    return this.#text;
  }
}
