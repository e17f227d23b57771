import { DelimitedReader, type DelimitedRecord } from "../../runs/delimited_reader.ts";
import { type CorpusRecord, MAX_RECORD_BYTES, type RecordReader } from "./corpus_row.ts";
import { fileBytes } from "./file_bytes.ts";
import { splitLines } from "./split_lines.ts";

/**
 * Reads a file of comma-separated values with a header, or one packed with gzip, record by record
 * ({@link DelimitedReader}).
 *
 * @param separator @default ","
 * @throws {Error} naming the file when there is none, or its header is malformed
 */
export async function csvReader(path: string, separator: "," | "\t" = ","): Promise<RecordReader> {
  const file = await fileBytes(path);
  return {
    fraction: file.fraction,
    records: async function* (skip) {
      const reader = new DelimitedReader(separator);
      const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
      let index = 0;
      const corpusRecord = ({ number, value, problem }: DelimitedRecord): CorpusRecord =>
        index++ < skip
          ? { number, value: undefined, problem: null }
          : { number, value: value ?? undefined, problem };
      for await (
        const { bytes, number, isTooLong } of splitLines(file.chunks(), MAX_RECORD_BYTES)
      ) {
        const problem = isTooLong ? `longer than ${MAX_RECORD_BYTES} bytes` : null;
        for (const record of pushLine(reader, path, utf8, bytes, number, problem)) {
          yield corpusRecord(record);
        }
      }
      for (const record of reader.end()) yield corpusRecord(record);
    },
  };
}

function pushLine(
  reader: DelimitedReader,
  path: string,
  utf8: TextDecoder,
  bytes: Uint8Array,
  number: number,
  problem: string | null,
): DelimitedRecord[] {
  let text = "";
  try {
    text = utf8.decode(bytes);
  } catch {
    problem = "not UTF-8";
  }
  try {
    return reader.push({ text, number, problem });
  } catch (cause) {
    throw new Error(`Cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
}
