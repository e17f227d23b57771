import { Buffer } from "node:buffer";

/** A line of a file. */
export interface Line {
  /** Its bytes without the line break; empty when it is longer than allowed. */
  readonly bytes: Buffer;
  /** From 1. */
  readonly number: number;
  /** True if it was longer than allowed; its bytes are then dropped. */
  readonly isTooLong: boolean;
}

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/**
 * Cuts a stream of bytes at its line breaks, `\n` or `\r\n`. No more than one line is kept in
 * memory, and of a line no more than `maxBytes`.
 *
 * @param maxBytes longest line kept
 */
export async function* splitLines(
  chunks: AsyncIterable<Buffer>,
  maxBytes: number,
): AsyncGenerator<Line> {
  let parts: Buffer[] = [];
  let length = 0;
  let number = 0;
  const take = (last: Buffer): Line => {
    const isTooLong = length + last.length > maxBytes;
    const bytes = isTooLong
      ? Buffer.alloc(0)
      : withoutReturn(parts.length === 0 ? last : Buffer.concat([...parts, last]));
    parts = [];
    length = 0;
    return { bytes, number: ++number, isTooLong };
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      yield take(chunk.subarray(start, end));
      start = end + 1;
    }
    const rest = chunk.subarray(start);
    length += rest.length;
    if (length > maxBytes) parts = [];
    else if (rest.length > 0) parts.push(Buffer.from(rest));
  }
  if (length > 0) yield take(Buffer.alloc(0));
}

function withoutReturn(bytes: Buffer): Buffer {
  return bytes.at(-1) === CARRIAGE_RETURN ? bytes.subarray(0, -1) : bytes;
}
