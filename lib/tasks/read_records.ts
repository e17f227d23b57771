import { Buffer } from "node:buffer";
import { gunzipSync } from "node:zlib";
import pl from "nodejs-polars";
import { DelimitedReader, type DelimitedRecord } from "../runs/delimited_reader.ts";
import { jsonElements } from "./json_elements.ts";

/** The forms in which benchmark files come. */
export type FileForm = "reference" | "json" | "jsonl" | "parquet" | "csv";

/** An example as it stands in its file. */
export type Fields = Readonly<Record<string, unknown>>;

/** The examples of a file before they are understood. */
export interface RawBenchmark {
  /** The form of the file. */
  readonly form: FileForm;
  /** The examples, in order. */
  readonly records: readonly Fields[];
  /** Place of each example, such as `line 7`. */
  readonly places: readonly string[];
  /** The reference's `metadata`, where the file has it. */
  readonly metadata: Fields;
}

/**
 * Reads the examples of a benchmark file: the reference's `{"metadata","examples"}`, a JSON array
 * (HotpotQA, 2WikiMultiHopQA), JSON lines (MuSiQue, GSM8K, MATH-500), Parquet or CSV, each also packed
 * with gzip. All but CSV is told by the content.
 *
 * @param path for errors and for the ending that tells CSV and TSV
 * @param packed the file's content
 * @throws {Error} naming the file, and the line where there is one
 */
export function readRecords(path: string, packed: Uint8Array): RawBenchmark {
  if (packed.length === 0) throw new Error(`Cannot read ${path}: the file is empty`);
  const bytes = unpacked(path, packed);
  if (startsWith(bytes, [0x50, 0x41, 0x52, 0x31])) {
    const records = fromFrame(path, () => pl.readParquet(toBuffer(bytes)));
    return { form: "parquet", records, places: places(records, "row"), metadata: {} };
  }
  if (/\.[ct]sv(?:\.gz)?$/i.test(path)) {
    const rows = fromDelimited(path, /\.tsv(?:\.gz)?$/i.test(path) ? "\t" : ",", bytes);
    return {
      form: "csv",
      records: rows.map(({ value }) => value),
      places: rows.map(({ number }) => `line ${number}`),
      metadata: {},
    };
  }
  const content = withoutMark(bytes);
  const start = content.findIndex((byte) => !isSpace(byte));
  if (start === -1) throw new Error(`Cannot read ${path}: the file is empty`);
  if (content[start] === 91) return fromArray(path, content);
  const text = decode(path, content);
  if (content[start] === 123) return isLines(text) ? fromLines(path, text) : fromObject(path, text);
  throw new Error(
    `Cannot read ${path}: it is no JSON, JSON lines or Parquet, and its name does not end in .csv or ` +
      `.tsv; it begins with ${JSON.stringify(text.trimStart().slice(0, 40))}`,
  );
}

function unpacked(path: string, bytes: Uint8Array): Uint8Array {
  if (startsWith(bytes, [0x50, 0x4b, 3, 4])) {
    throw new Error(`Cannot read ${path}: it is a zip archive; unpack it first`);
  }
  if (!startsWith(bytes, [0x1f, 0x8b])) {
    if (/\.gz$/i.test(path)) throw new Error(`Cannot read ${path}: it is not packed with gzip`);
    return bytes;
  }
  try {
    const content = gunzipSync(bytes);
    if (content.length === 0) throw new Error("there is nothing in it");
    return content;
  } catch (cause) {
    throw new Error(`Cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
}

/** True if the text is a JSON value per line: the first is whole, or the second begins like one. */
function isLines(text: string): boolean {
  const [first, second] = text.split("\n", 1_000).filter((line) => line.trim() !== "");
  if (second === undefined) return isJson(first) && !isContainer(text);
  return isJson(first) || /^\s*\{/.test(second) && !isJson(text);
}

/** True if a text is one object with a list of examples. */
function isContainer(text: string): boolean {
  try {
    return listOf(JSON.parse(text)) !== null;
  } catch {
    return false;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function fromArray(path: string, bytes: Uint8Array): RawBenchmark {
  const records: Fields[] = [];
  const lines: string[] = [];
  try {
    for (const { bytes: element, line } of jsonElements(bytes)) {
      const place = `line ${line}`;
      records.push(record(path, place, parse(path, place, decode(path, element))));
      lines.push(place);
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new Error(`Cannot read ${path} ${error.message}`);
  }
  // A file of one line has only its order.
  const isOneLine = lines.length > 1 && lines[0] === lines.at(-1);
  return {
    form: "json",
    records,
    places: isOneLine ? places(records, "example") : lines,
    metadata: {},
  };
}

function fromObject(path: string, text: string): RawBenchmark {
  const value = parse(path, "", text) as Record<string, unknown>;
  const found = listOf(value);
  if (found !== null) {
    const [key, list] = found;
    // The datasets server of the hub wraps each row.
    const rows = list.map((item) => isObject(item) && isObject(item.row) ? item.row : item);
    const records = rows.map((row, i) => record(path, `example ${i + 1}`, row));
    return {
      form: key === "examples" ? "reference" : "json",
      records,
      places: places(records, "example"),
      metadata: isObject(value.metadata) ? value.metadata : {},
    };
  }
  // MATH has a file for each problem.
  if ("question" in value || "problem" in value) {
    return { form: "json", records: [value], places: ["example 1"], metadata: {} };
  }
  const keys = Object.keys(value).slice(0, 5).join(", ");
  throw new Error(`Cannot read ${path}: no list of examples in it; its keys are ${keys}`);
}

function listOf(value: unknown): [string, unknown[]] | null {
  if (!isObject(value)) return null;
  for (const key of ["examples", "data", "questions", "rows"]) {
    const list = value[key];
    if (Array.isArray(list)) return [key, list];
  }
  return null;
}

function fromLines(path: string, text: string): RawBenchmark {
  const records: Fields[] = [];
  const lines: string[] = [];
  text.split("\n").forEach((line, index) => {
    if (line.trim() === "") return;
    const place = `line ${index + 1}`;
    records.push(record(path, place, parse(path, place, line)));
    lines.push(place);
  });
  return { form: "jsonl", records, places: lines, metadata: {} };
}

function fromDelimited(
  path: string,
  separator: "," | "\t",
  bytes: Uint8Array,
): { readonly number: number; readonly value: Fields }[] {
  const reader = new DelimitedReader(separator);
  const text = decode(path, withoutMark(bytes));
  let found: DelimitedRecord[];
  try {
    found = text.split(/\r?\n/).flatMap((line, i) =>
      reader.push({ text: line, number: i + 1, problem: null })
    ).concat(reader.end());
  } catch (error) {
    throw new Error(`Cannot read ${path}: ${(error as Error).message}`);
  }
  const bad = found.filter(({ problem }) => problem !== null);
  if (bad.length > 0) {
    const others = bad.length === 1
      ? ""
      : `; neither can line${bad.length === 2 ? "" : "s"} ${
        bad.slice(1, 6).map(({ number }) => number).join(", ")
      }` +
        (bad.length > 6 ? ` and ${bad.length - 6} more` : "");
    throw new Error(`Cannot read ${path} line ${bad[0].number}: ${bad[0].problem}${others}`);
  }
  // An empty field is a missing value.
  return found.map(({ number, value }) => ({
    number,
    value: Object.fromEntries(Object.entries(value!).filter(([, field]) => field !== "")),
  }));
}

function parse(path: string, place: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const where = place === "" ? path : `${path} ${place}`;
    throw new Error(`Cannot read ${where}: ${(error as Error).message}`);
  }
}

function record(path: string, place: string, value: unknown): Fields {
  if (isObject(value)) return value;
  const text = JSON.stringify(value) ?? "nothing";
  const shown = text.length > 60 ? `${text.slice(0, 60)}...` : text;
  throw new Error(`Cannot read ${path} ${place}: an example must be an object, not ${shown}`);
}

function places(records: readonly Fields[], name: string): string[] {
  return records.map((_, i) => `${name} ${i + 1}`);
}

function decode(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    const why = cause instanceof TypeError ? "it is not UTF-8" : (cause as Error).message;
    throw new Error(`Cannot read ${path}: ${why}`);
  }
}

function withoutMark(bytes: Uint8Array): Uint8Array {
  return startsWith(bytes, [0xef, 0xbb, 0xbf]) ? bytes.subarray(3) : bytes;
}

function fromFrame(path: string, read: () => pl.DataFrame): Fields[] {
  try {
    return read().toRecords() as Record<string, unknown>[];
  } catch (error) {
    throw new Error(`Cannot read ${path}: ${(error as Error).message}`);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function startsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, i) => bytes[i] === byte);
}

function isSpace(byte: number): boolean {
  return byte === 32 || byte === 10 || byte === 9 || byte === 13;
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
