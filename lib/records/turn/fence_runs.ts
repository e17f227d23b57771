/** A run of three and more backticks or tildes that begins a line. */
export interface FenceRun {
  /** Place of its first character. */
  readonly at: number;
  /** The backtick or the tilde. */
  readonly char: string;
  /** Number of characters. */
  readonly length: number;
}

const LINE_RUN = /^([ \t]*)(`{3,}|~{3,})/gm;
const LINE_TAG = /^[ \t]*(?:<\/(?:code|python|execute|tool_code)>|<\/?end_?code>)/gim;

/**
 * The fences of a text wherever they stand, strings included: what a reader looks ahead to when it has
 * to choose between two readings. Every question is answered without reading the text again.
 */
export class FenceRuns {
  readonly #lines: readonly FenceRun[];
  /** By character: the longest run from each place in `#lines` on. */
  readonly #longest: Readonly<Record<string, readonly number[]>>;
  readonly #lastClose: number;
  /** Runs of backticks by length, 3 standing for all that are longer, and how far each was read. */
  readonly #ticks: readonly { readonly places: number[]; next: number }[];

  /** The fences of a text. */
  constructor(text: string) {
    this.#lines = [...text.matchAll(LINE_RUN)].map((match) => ({
      at: match.index + match[1].length,
      char: match[2][0],
      length: match[2].length,
    }));
    const longest = (char: string) => {
      const out = new Array<number>(this.#lines.length + 1).fill(0);
      for (let i = this.#lines.length - 1; i >= 0; i--) {
        out[i] = Math.max(out[i + 1], this.#lines[i].char === char ? this.#lines[i].length : 0);
      }
      return out;
    };
    this.#longest = { "`": longest("`"), "~": longest("~") };
    const tags = [...text.matchAll(LINE_TAG)];
    this.#lastClose = Math.max(this.#lines.at(-1)?.at ?? -1, tags.at(-1)?.index ?? -1);
    this.#ticks = [1, 2, 3].map(() => ({ places: [], next: 0 }));
    for (const { index, 0: run } of text.matchAll(/`+/g)) {
      this.#ticks[Math.min(3, run.length) - 1].places.push(index);
    }
  }

  /** The length of the longest run of a character after a place; 0 when there is none. */
  longestAfter(char: string, from: number): number {
    return this.#longest[char][this.#firstAfter(from)];
  }

  /** The runs that begin lines after a place. */
  *after(from: number): Generator<FenceRun> {
    for (let i = this.#firstAfter(from); i < this.#lines.length; i++) yield this.#lines[i];
  }

  /** True if a later line begins with something that closes code. */
  closesAfter(from: number): boolean {
    return this.#lastClose > from;
  }

  /** The next run of 1, 2 or at least 3 backticks, anywhere; -1 when there is none. */
  nextTicks(from: number, length: number): number {
    const ticks = this.#ticks[Math.min(3, length) - 1];
    let low = 0;
    let high = ticks.places.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ticks.places[middle] < from) low = middle + 1;
      else high = middle;
    }
    return ticks.places[low] ?? -1;
  }

  #firstAfter(from: number): number {
    let low = 0;
    let high = this.#lines.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#lines[middle].at < from) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
