import { Buffer } from "node:buffer";
import { createReadStream } from "node:fs";
import type { LineCheck } from "./jsonl.ts";
import { checkInput } from "./read_input.ts";

/** A line of a JSON-lines file. */
export interface JsonlLine<T> {
  /** Checked value of the line. */
  readonly value: T;
  /** From 1. */
  readonly number: number;
  /** Place of its first byte in the file. */
  readonly offset: number;
  /** Bytes, with the line break. */
  readonly length: number;
}

/** Options of {@link streamJsonl}. */
export interface StreamJsonlOptions {
  /** Leave out a last line without a line break, which a crash may have left. @default false */
  readonly skipUnfinished?: boolean;
}

/**
 * Reads a JSON-lines file line by line, whatever its size.
 *
 * @throws {Error} naming file, line number and the start of the line when a line is not JSON or does
 * not pass `check`
 *
 * @example
 * ```ts
 * import { streamJsonl } from "@potstill/runs/stream_jsonl.ts";
 * export async function countLines(path: string): Promise<number> {
 *   let lines = 0;
 *   for await (const _line of streamJsonl(path, (value) => value)) lines++;
 *   return lines;
 * }
 * ```
 */
export async function* streamJsonl<T>(
  path: string,
  check: LineCheck<T>,
  options: StreamJsonlOptions = {},
): AsyncGenerator<JsonlLine<T>> {
  let number = 0;
  let offset = 0;
  for await (const { bytes, isFinished } of lines(path)) {
    number++;
    const text = withoutMark(bytes.toString("utf8"), number);
    const at = offset;
    offset += bytes.length + (isFinished ? 1 : 0);
    if (text.trim() === "" || (!isFinished && options.skipUnfinished)) continue;
    yield { value: parse(path, number, text, check), number, offset: at, length: offset - at };
  }
}

async function* lines(path: string): AsyncGenerator<{ bytes: Buffer; isFinished: boolean }> {
  let parts: Buffer[] = [];
  await checkInput(path);
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 })) {
      let start = 0;
      for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
        yield { bytes: join(parts, chunk.subarray(start, end)), isFinished: true };
        parts = [];
        start = end + 1;
      }
      if (start < chunk.length) parts.push(Buffer.from(chunk.subarray(start)));
    }
  } catch (cause) {
    if ((cause as { code?: string }).code === undefined) throw cause;
    throw new Error(`Cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
  if (parts.length > 0) yield { bytes: Buffer.concat(parts), isFinished: false };
}

function join(parts: readonly Buffer[], last: Buffer): Buffer {
  return parts.length === 0 ? last : Buffer.concat([...parts, last]);
}

/** A byte-order mark before the first line is no part of it. */
function withoutMark(text: string, number: number): string {
  return number === 1 && text.startsWith("\ufeff") ? text.slice(1) : text;
}

function parse<T>(path: string, number: number, text: string, check: LineCheck<T>): T {
  try {
    return check(JSON.parse(text));
  } catch (cause) {
    const shown = text.length > 120 ? text.slice(0, 120) + "..." : text;
    throw new Error(
      `Cannot read ${path} line ${number}: ${(cause as Error).message}; the line is: ${shown}`,
      { cause },
    );
  }
}
