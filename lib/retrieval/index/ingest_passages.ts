import type { Table } from "@lancedb/lancedb";
import type { CorpusRow } from "../corpus/corpus.ts";
import { contentsOf } from "../corpus/passage_of_record.ts";
import type { Encoder } from "../encoder/encoder.ts";
import type { PassageSource } from "./passage_source.ts";
import type { Passage } from "../retriever.ts";
import { passageWords } from "../words/search_words.ts";

/** Counts of the passages ingested so far. */
export interface IngestState {
  /** Passages in the table. */
  readonly passages: number;
  /** Malformed records that were left out. */
  readonly skipped: number;
}

/** Progress of ingesting. */
export interface IngestProgress extends IngestState {
  /** Records of the corpus that were read so far. */
  readonly read: number;
}

/** Options of {@link ingestPassages}. */
export interface IngestOptions {
  /** True if the table has a column of the passages' words. */
  readonly hasWords: boolean;
  /** Makes a vector for each passage. */
  readonly encoder?: Encoder;
  /**
   * Treatment of a malformed record: `skip` leaves it out, `fail` ends the work.
   * @default "fail"
   */
  readonly onBadRecord?: "skip" | "fail";
  /** Passages of a write. */
  readonly batchSize?: number;
  /** Called after each write, and while passages are encoded, which then count as ingested. */
  readonly onProgress?: (state: IngestProgress) => void;
  /** Called for each malformed record that is left out. */
  readonly onProblem?: (problem: string) => void;
  /** Stops after the write under way. */
  readonly signal?: AbortSignal;
}

type Accepted = CorpusRow & { readonly passage: Passage };

/** Appends a corpus to a table, from where the table ends. */
export async function ingestPassages(
  table: Table,
  source: PassageSource,
  options: IngestOptions,
): Promise<IngestState> {
  const { encoder, hasWords, onBadRecord = "fail", signal } = options;
  const batchSize = options.batchSize ?? usualBatch(encoder);
  const start = await lastState(table);
  let { passages } = start;
  let taken = passages;
  let next = start.nextRow;
  // One write may be under way while the next batch is read and encoded, never two.
  let writing: Promise<void> = Promise.resolve();
  let failure: Error | null = null;
  const write = async (batch: readonly Accepted[], endRow: number) => {
    const before = endRow - batch.length;
    const rows = await toRows(batch, hasWords, encoder, signal, (encoded) => {
      options.onProgress?.({ passages: taken + encoded, skipped: before - taken, read: endRow });
    });
    taken += rows.length;
    await writing;
    if (failure) throw failure;
    writing = table.add(rows).then(() => {
      passages += rows.length;
      options.onProgress?.({ passages, skipped: endRow - passages, read: endRow });
    }, (cause) => {
      failure = new Error(`Cannot write to the index: ${cause.message}`, { cause });
    });
  };
  let batch: Accepted[] = [];
  try {
    for await (const item of source.rows(next)) {
      signal?.throwIfAborted();
      next = item.row + 1;
      if (isAccepted(item)) batch.push(item);
      else if (onBadRecord === "skip") options.onProblem?.(item.problem ?? "");
      else throw new Error(`Cannot read the corpus: ${item.problem}`);
      if (batch.length < batchSize) continue;
      await write(batch, next);
      batch = [];
    }
    if (batch.length > 0) await write(batch, next);
  } finally {
    await writing;
  }
  if (failure) throw failure;
  return { passages, skipped: next - passages };
}

/** A local encoder needs minutes for what an endpoint encodes in seconds; a write keeps what it did. */
function usualBatch(encoder: Encoder | undefined): number {
  return encoder === undefined ? 20_000 : encoder.record.type === "endpoint" ? 8_000 : 2_000;
}

function isAccepted(item: CorpusRow): item is Accepted {
  return item.passage !== null;
}

/** The state that the last whole write left: each row knows its place in the corpus. */
async function lastState(table: Table): Promise<{ passages: number; nextRow: number }> {
  const passages = await table.countRows();
  if (passages === 0) return { passages, nextRow: 0 };
  const [last] = await table.takeOffsets([passages - 1]).select(["row"]).toArray();
  return { passages, nextRow: Number(last.row) + 1 };
}

async function toRows(
  batch: readonly Accepted[],
  hasWords: boolean,
  encoder: Encoder | undefined,
  signal: AbortSignal | undefined,
  onEncoded: (texts: number) => void,
): Promise<Record<string, unknown>[]> {
  const texts = batch.map(({ passage }) => contentsOf(passage));
  const vectors = await encoder?.encode(texts, "passage", signal, onEncoded);
  return batch.map(({ row, passage: { id, title, text } }, i) => ({
    row,
    id,
    title,
    text: texts[i],
    ...(hasWords ? { words: passageWords(title, text) } : {}),
    ...(vectors ? { vector: vectors[i] } : {}),
  }));
}
