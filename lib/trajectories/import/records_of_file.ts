import { open } from "node:fs/promises";
import { streamJsonl } from "../../runs/stream_jsonl.ts";
import { isReactTrace } from "./react_trace.ts";
import { checkInput, readInputJson, readInputText } from "../../runs/read_input.ts";

/** A record of a file. */
export interface FileRecord {
  /** The parsed record. */
  readonly value: unknown;
  /** Its line in JSON lines, its place in a list; from 1. */
  readonly number: number;
}

/** Characters of a file that tell what it is. */
const PEEKED = 1 << 16;

/**
 * The records of a file: JSON lines, or one JSON text that is a list of records or a record; with or
 * without a byte-order mark. What it is, its beginning tells and not its name.
 *
 * @throws {Error} naming the file, and the line where there are lines, when it cannot be read
 */
export async function* recordsOfFile(path: string): AsyncGenerator<FileRecord> {
  const start = await beginning(path);
  const text = start.replace(/^\ufeff/, "").trimStart();
  const isList = text.startsWith("[");
  // The first line of a record that is written over several lines is no JSON.
  const isLaidOut = /^\{[ \t]*\r?\n/.test(text);
  if (!text.startsWith("{") && !isList && isReactTrace(text)) {
    yield* tracesOfText(await readInputText(path));
    return;
  }
  if (!isList && !isLaidOut) {
    for await (const { value, number } of streamJsonl(path, (line) => line)) {
      yield { value, number };
    }
    return;
  }
  const whole = await readInputJson(path);
  const records = Array.isArray(whole) ? whole : [whole];
  for (const [i, value] of records.entries()) yield { value, number: i + 1 };
}

/** ReAct traces in a text, each beginning with its question. */
function* tracesOfText(text: string): Generator<FileRecord> {
  const traces = text.split(/(?=^[ \t]*\*{0,2}Question(?:[ \t]+\d{1,6})?[ \t]*:)/m)
    .filter((trace) => trace.trim() !== "");
  for (const [i, trace] of traces.entries()) yield { value: { text: trace }, number: i + 1 };
}

async function beginning(path: string): Promise<string> {
  let bytes: Uint8Array;
  await checkInput(path);
  try {
    const file = await open(path, "r");
    try {
      const { buffer, bytesRead } = await file.read(new Uint8Array(PEEKED), 0, PEEKED, 0);
      bytes = buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw new Error(`Cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
  const mark = bytes[0] * 256 + bytes[1];
  if (mark === 0xfffe || mark === 0xfeff) {
    throw new Error(`Cannot read ${path}: it is in UTF-16, and must be in UTF-8`);
  }
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}
