import pl from "nodejs-polars";
import type { CorpusRecord, RecordReader } from "./corpus_row.ts";
import { PASSAGE_FIELDS } from "./passage_of_record.ts";
import { checkInput } from "../../runs/read_input.ts";

/** Rows decoded at a time; beside them, Polars holds one row group. */
const SLICE_ROWS = 20_000;

/**
 * Reads a Parquet file slice by slice, and of its columns only those that hold passages.
 *
 * @throws {Error} naming the file when there is none, or it is no Parquet file
 */
export async function parquetReader(path: string): Promise<RecordReader> {
  await checkInput(path);
  const wanted = new Set<string>(Object.values(PASSAGE_FIELDS).flat());
  let columns: string[];
  let rows: number;
  try {
    const frame = pl.scanParquet(path);
    const all = frame.limit(0).collectSync().columns;
    columns = all.filter((name) => wanted.has(name));
    // Without a column to read, the problem is told for the first record.
    if (columns.length === 0) columns = all.slice(0, 8);
    rows = Number(pl.scanParquet(path).select(pl.len().alias("n")).collectSync().row(0)[0]);
  } catch (cause) {
    throw new Error(`Cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
  let read = 0;
  async function* records(skip: number): AsyncGenerator<CorpusRecord> {
    for (let i = 0; i < Math.min(skip, rows); i++) {
      yield { number: i + 1, value: undefined, problem: null };
    }
    for (let offset = skip; offset < rows; offset += SLICE_ROWS) {
      const slice = pl.scanParquet(path).select(...columns).slice(offset, SLICE_ROWS);
      const frame = await slice.collect().catch((cause: Error) => {
        throw new Error(`Cannot read ${path} from row ${offset + 1}: ${cause.message}`, { cause });
      });
      let number = offset;
      for (const value of frame.toRecords()) {
        yield { number: ++number, value, problem: null };
        read = number;
      }
    }
  }
  return { fraction: () => rows === 0 ? 1 : read / rows, records };
}
