import type { Tokenizer } from "../../tokenizer/tokenizer.ts";

/** Tokens of a text and where each is in it. */
export interface PlacedTokens {
  /** Ids of the tokens, in order. */
  readonly ids: Int32Array;
  /** First place of each token, in UTF-16 units of the text; one more than there are tokens. */
  readonly starts: Int32Array;
}

/**
 * Tokenizes a text at once, as trainers do, and finds each token's place in it. A token that begins
 * within a character (of several bytes) is placed at that character.
 *
 * @returns null when the tokens do not spell the text, as when the tokenizer normalises it
 */
export function placeTokens(tokenizer: Tokenizer, text: string): PlacedTokens | null {
  const ids = tokenizer.encode(text);
  return placesOf(tokenizer, ids, text);
}

/** The places of given tokens in the text that they spell; null when they do not spell it. */
export function placesOf(
  tokenizer: Tokenizer,
  ids: Int32Array,
  text: string,
): PlacedTokens | null {
  const bytes = new TextEncoder().encode(text);
  const starts = new Int32Array(ids.length + 1);
  const unitAt = unitsOfBytes(text, bytes.length);
  let at = 0;
  for (const [i, id] of ids.entries()) {
    starts[i] = unitAt[at];
    for (const byte of tokenizer.bytesOf(id)) {
      if (bytes[at++] !== byte) return null;
    }
  }
  starts[ids.length] = text.length;
  return at === bytes.length ? { ids, starts } : null;
}

/** For each byte of the text in UTF-8 the UTF-16 unit at which its character begins. */
function unitsOfBytes(text: string, length: number): Int32Array {
  const units = new Int32Array(length + 1);
  let byte = 0;
  let unit = 0;
  for (const char of text) {
    const code = char.codePointAt(0)!;
    const size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    units.fill(unit, byte, byte + size);
    byte += size;
    unit += char.length;
  }
  units[length] = unit;
  return units;
}
