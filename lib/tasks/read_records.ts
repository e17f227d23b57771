import { Buffer } from "node:buffer";
import pl from "nodejs-polars";
import { DelimitedReader, type DelimitedRecord } from "../runs/delimited_reader.ts";

/** The forms in which benchmark files come. */
export type FileForm = "reference" | "json" | "jsonl" | "parquet" | "csv";

/** The examples of a file before they are understood. */
export interface RawBenchmark {
  /** The form of the file. */
  readonly form: FileForm;
  /** The examples, in order. */
  readonly records: readonly Readonly<Record<string, unknown>>[];
  /** The reference's `metadata`, where the file has it. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/**
 * Reads the examples of a benchmark file: the reference's `{"metadata","examples"}`, a JSON array
 * (HotpotQA, 2WikiMultiHopQA), JSON lines (MuSiQue, GSM8K, MATH500), Parquet or CSV.
 *
 * @param path for errors and for the ending that tells Parquet and CSV
 * @param bytes the file's content
 * @throws {Error} naming the file, and the line where there is one
 */
export function readRecords(path: string, bytes: Uint8Array): RawBenchmark {
  if (bytes.length === 0) throw new Error(`Cannot read ${path}: the file is empty`);
  if (path.endsWith(".parquet") || startsWith(bytes, "PAR1")) {
    return {
      form: "parquet",
      records: fromFrame(path, () => pl.readParquet(toBuffer(bytes))),
      metadata: {},
    };
  }
  if (/\.[ct]sv$/.test(path)) {
    const records = fromDelimited(path, path.endsWith(".tsv") ? "\t" : ",", bytes);
    return { form: "csv", records, metadata: {} };
  }
  const text = decode(path, bytes);
  return path.endsWith(".jsonl") ? fromLines(path, text) : fromJson(path, text);
}

function fromJson(path: string, text: string): RawBenchmark {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // Several objects, one per line, in a file called .json.
    if (/^\s*\{[^\n]*\}[ \t\r]*\n\s*\{/.test(text)) return fromLines(path, text);
    throw new Error(`Cannot read ${path}: ${(error as Error).message}`);
  }
  if (Array.isArray(value)) return { form: "json", records: objects(path, value), metadata: {} };
  if (isObject(value)) {
    for (const key of ["examples", "data", "questions", "rows"]) {
      const list = value[key];
      if (!Array.isArray(list)) continue;
      // The datasets server of the hub wraps each row.
      const rows = list.map((item) => isObject(item) && isObject(item.row) ? item.row : item);
      const metadata = isObject(value.metadata) ? value.metadata : {};
      return {
        form: key === "examples" ? "reference" : "json",
        records: objects(path, rows),
        metadata,
      };
    }
    // A one-line JSONL file looks like this too.
    if ("question" in value || "problem" in value) {
      return { form: "jsonl", records: [value], metadata: {} };
    }
    const keys = Object.keys(value).slice(0, 5).join(", ");
    throw new Error(`Cannot read ${path}: no list of examples in it; its keys are ${keys}`);
  }
  throw new Error(`Cannot read ${path}: neither a list nor an object`);
}

function fromLines(path: string, text: string): RawBenchmark {
  const records: Record<string, unknown>[] = [];
  text.split("\n").forEach((line, index) => {
    if (line.trim() === "") return;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (error) {
      throw new Error(`Cannot read ${path} line ${index + 1}: ${(error as Error).message}`);
    }
    if (!isObject(value)) throw new Error(`Cannot read ${path} line ${index + 1}: not an object`);
    records.push(value);
  });
  return { form: "jsonl", records, metadata: {} };
}

function fromDelimited(
  path: string,
  separator: "," | "\t",
  bytes: Uint8Array,
): Readonly<Record<string, unknown>>[] {
  const reader = new DelimitedReader(separator);
  const text = decode(path, bytes).replace(/^\ufeff/, "");
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
  return found.map(({ value }) =>
    Object.fromEntries(Object.entries(value!).filter(([, field]) => field !== ""))
  );
}

function decode(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Error(`Cannot read ${path}: it is not UTF-8`);
  }
}

function fromFrame(path: string, read: () => pl.DataFrame): Record<string, unknown>[] {
  try {
    return read().toRecords() as Record<string, unknown>[];
  } catch (error) {
    throw new Error(`Cannot read ${path}: ${(error as Error).message}`);
  }
}

function objects(path: string, values: readonly unknown[]): Record<string, unknown>[] {
  return values.map((value, index) => {
    if (!isObject(value)) {
      throw new Error(`Cannot read ${path}: example ${index + 1} is not an object`);
    }
    return value;
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  return [...text].every((character, i) => bytes[i] === character.charCodeAt(0));
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
