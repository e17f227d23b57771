import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { checkInput } from "../../runs/read_input.ts";
import type { Passage } from "../retriever.ts";
import type { RecordReader } from "./corpus_row.ts";
import { csvReader } from "./csv_reader.ts";
import { jsonlReader } from "./jsonl_reader.ts";
import { parquetReader } from "./parquet_reader.ts";
import { passageOfRecord } from "./passage_of_record.ts";

/** A file of a corpus. */
export interface CorpusFile {
  /** Path of the file. */
  readonly path: string;
  /** Its size, packed as it may be. */
  readonly bytes: number;
}

/** A record of a corpus: a passage, or the reason why it is none. */
export interface CorpusRow {
  /** Its place in the whole corpus, from 0; records that cannot be read count. */
  readonly row: number;
  /** The passage; null for a malformed record. */
  readonly passage: Passage | null;
  /** The problem as `FILE line N: PROBLEM`, or null. */
  readonly problem: string | null;
}

const FORM = /\.(?:(jsonl|csv|tsv)(?:\.gz)?|(parquet))$/;

/**
 * The files of a corpus: files as they are given, and of a folder those that are JSON lines, CSV,
 * TSV (each also packed, `.gz`) or Parquet, in the order of their names.
 *
 * @throws {Error} naming the path that does not exist or has no known form
 */
export async function listCorpus(paths: readonly string[]): Promise<CorpusFile[]> {
  const files: CorpusFile[] = [];
  for (const path of paths) {
    const found = await stat(path).catch(() => {
      throw new Error(`Cannot read the corpus: there is no ${path}`);
    });
    if (!found.isDirectory()) {
      checkForm(path);
      await checkInput(path);
      files.push({ path, bytes: found.size });
      continue;
    }
    const names = (await readdir(path)).filter((name) => FORM.test(name)).sort();
    if (names.length === 0) {
      throw new Error(`Cannot read the corpus: ${path} has no JSONL, CSV, TSV or Parquet file`);
    }
    for (const name of names) {
      files.push({ path: join(path, name), bytes: (await stat(join(path, name))).size });
    }
  }
  if (files.length === 0) throw new Error("Cannot read the corpus: no file is given");
  return files;
}

/** Reads the files of a corpus in order, once. */
export class CorpusReader {
  readonly #files: readonly CorpusFile[];
  #bytesBefore = 0;
  #current: { readonly reader: RecordReader; readonly bytes: number } | null = null;

  /** A reader at the beginning. */
  constructor(files: readonly CorpusFile[]) {
    this.#files = files;
  }

  /** Share of the corpus that was read so far, by bytes, from 0 to 1. */
  get fraction(): number {
    const total = this.#files.reduce((sum, file) => sum + file.bytes, 0);
    const current = this.#current === null
      ? 0
      : this.#current.bytes * this.#current.reader.fraction();
    return total === 0 ? 1 : (this.#bytesBefore + current) / total;
  }

  /**
   * The records from place `fromRow` on. Memory is bounded whatever the size of the files.
   *
   * @throws {Error} naming the file that cannot be read
   */
  async *rows(fromRow = 0): AsyncGenerator<CorpusRow> {
    let row = 0;
    for (const { path, bytes } of this.#files) {
      const reader = await openReader(path);
      this.#current = { reader, bytes };
      for await (const record of reader.records(Math.max(0, fromRow - row))) {
        const at = row++;
        if (at < fromRow) continue;
        const place = `${basename(path)} ${
          path.endsWith(".parquet") ? "row" : "line"
        } ${record.number}`;
        yield record.problem === null
          ? toRow(at, record.value, place)
          : { row: at, passage: null, problem: `${place}: ${record.problem}` };
      }
      this.#bytesBefore += bytes;
      this.#current = null;
    }
  }
}

function toRow(row: number, value: unknown, place: string): CorpusRow {
  try {
    return { row, passage: passageOfRecord(value, String(row)), problem: null };
  } catch (error) {
    return { row, passage: null, problem: `${place}: ${(error as Error).message}` };
  }
}

function checkForm(path: string): void {
  if (FORM.test(path)) return;
  throw new Error(
    `Cannot read the corpus: ${path} must end in .jsonl, .csv, .tsv (or these with .gz) or .parquet`,
  );
}

function openReader(path: string): Promise<RecordReader> {
  if (path.endsWith(".parquet")) return parquetReader(path);
  if (/\.tsv(?:\.gz)?$/.test(path)) return csvReader(path, "\t");
  return /\.csv(?:\.gz)?$/.test(path) ? csvReader(path) : jsonlReader(path);
}
