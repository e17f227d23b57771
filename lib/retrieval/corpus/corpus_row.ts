/** A record of a corpus file, or the reason why it cannot be read. */
export interface CorpusRecord {
  /** The line where it begins, or the row of a Parquet file; from 1. */
  readonly number: number;
  /** Value of the record; undefined for one that cannot be read, or that is skipped. */
  readonly value: unknown;
  /** Reason why it cannot be read, or null. */
  readonly problem: string | null;
}

/** Reads the records of one file in order. */
export interface RecordReader {
  /** Share of the file that was read so far, from 0 to 1. */
  fraction(): number;
  /**
   * The records from the first on; the first `skip` are counted but not looked at.
   *
   * @throws {Error} naming the file when it cannot be read at all
   */
  records(skip: number): AsyncGenerator<CorpusRecord>;
}

/** Longest record read, in bytes; a longer one is a malformed record. */
export const MAX_RECORD_BYTES = 16 * 1024 * 1024;
