/** An element of a JSON array, as bytes. */
export interface JsonElement {
  /** The element's own bytes. */
  readonly bytes: Uint8Array;
  /** Line on which it begins, from 1. */
  readonly line: number;
}

const QUOTE = 34;
const BACKSLASH = 92;
const COMMA = 44;
const LINE_FEED = 10;

/**
 * The elements of a JSON array, one after another, so that an array of any size can be read: HotpotQA's
 * training file is longer than a text may be. The elements themselves are not checked.
 *
 * @param bytes begin with `[`, apart from white space
 * @throws {SyntaxError} naming the line where the array is malformed
 *
 * @example
 * ```ts
 * import { jsonElements } from "@potstill/tasks/json_elements.ts";
 * const bytes = new TextEncoder().encode('[{"a": "]"},\n2]');
 * const lines = [...jsonElements(bytes)].map(({ line }) => line);
 * if (lines.join() !== "1,2") throw new Error(lines.join());
 * ```
 */
export function* jsonElements(bytes: Uint8Array): Generator<JsonElement> {
  let at = 0;
  let line = 1;
  const fail = (problem: string): never => {
    throw new SyntaxError(`line ${line}: ${problem}`);
  };
  const skipSpace = () => {
    for (; at < bytes.length && isSpace(bytes[at]); at++) if (bytes[at] === LINE_FEED) line++;
  };
  skipSpace();
  if (bytes[at] !== 91) fail("it does not begin with [");
  at++;
  skipSpace();
  for (let isFirst = true; bytes[at] !== 93; isFirst = false) {
    if (!isFirst) {
      if (bytes[at] !== COMMA) fail("a comma is missing");
      at++;
      skipSpace();
    }
    const start = at;
    const startLine = line;
    let depth = 0;
    for (; at < bytes.length; at++) {
      const byte = bytes[at];
      if (byte === QUOTE) {
        for (at++; at < bytes.length && bytes[at] !== QUOTE; at++) {
          if (bytes[at] === BACKSLASH) at++;
        }
      } else if (byte === LINE_FEED) line++;
      else if (byte === 91 || byte === 123) depth++;
      else if (byte === 93 || byte === 125) {
        if (depth === 0) break;
        depth--;
      } else if (byte === COMMA && depth === 0) break;
    }
    if (at >= bytes.length) {
      line = startLine;
      fail("the array ends within this element");
    }
    if (at === start) fail("an element is missing");
    yield { bytes: bytes.subarray(start, at), line: startLine };
  }
  at++;
  skipSpace();
  if (at < bytes.length) fail("something follows the array");
}

function isSpace(byte: number): boolean {
  return byte === 32 || byte === LINE_FEED || byte === 9 || byte === 13;
}
