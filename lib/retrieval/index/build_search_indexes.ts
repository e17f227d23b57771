import type { Table } from "@lancedb/lancedb";
import type { EncoderRecord } from "../encoder/encoder.ts";
import type { IndexAbout } from "./index_about.ts";
import { loadLanceDb } from "./load_lance_db.ts";

/** Options of {@link buildSearchIndexes}. */
export interface SearchIndexOptions {
  /** True if the table has a column of the passages' words. */
  readonly hasWords: boolean;
  /** Vectors from which on an approximate index is built. @default 10000 */
  readonly minVectorsForIndex?: number;
  /** Called when the building of an index begins. */
  readonly onStage?: (stage: "full-text index" | "vector index") => void;
  /** Stops before the next index. */
  readonly signal?: AbortSignal;
}

/**
 * Vectors of a partition, on average. Large partitions, of which many are searched, find more than
 * small ones when vectors do not form clusters; codes of few bits make that cheap.
 */
const PARTITION_SIZE = 8192;

/**
 * Bits of a number in the codes: the first is compared for all, the others for the best of them. Of
 * so many the order is nearly that of the whole vectors, which need not be read.
 */
const CODE_BITS = 8;

const LANCEDB_WORDS = {
  withPosition: false,
  stem: true,
  removeStopWords: true,
  lowercase: true,
  asciiFolding: true,
};

const FOLDED_WORDS = {
  withPosition: false,
  baseTokenizer: "whitespace",
  stem: true,
  removeStopWords: false,
  lowercase: false,
  asciiFolding: false,
  // In bytes; the default of 40 would drop Tamil words of 14 letters.
  maxTokenLength: 1000,
} as const;

/**
 * Builds the full-text index of a table of passages and, when there are vectors enough, their
 * approximate index. What an earlier call built stays.
 */
export async function buildSearchIndexes(
  table: Table,
  passages: number,
  encoder: EncoderRecord | null,
  options: SearchIndexOptions,
): Promise<IndexAbout["vectorIndex"]> {
  const lancedb = await loadLanceDb();
  const known = await table.listIndices();
  const built = new Set(known.flatMap(({ columns }) => columns));
  const column = options.hasWords ? "words" : "text";
  if (!built.has(column)) {
    options.onStage?.("full-text index");
    const config = lancedb.Index.fts(options.hasWords ? FOLDED_WORDS : LANCEDB_WORDS);
    await table.createIndex(column, { config });
  }
  if (encoder === null) return null;
  if (passages < (options.minVectorsForIndex ?? 10_000)) return "exact";
  options.signal?.throwIfAborted();
  const partitions = Math.max(1, Math.round(passages / PARTITION_SIZE));
  if (!built.has("vector")) {
    options.onStage?.("vector index");
    await table.createIndex("vector", {
      config: lancedb.Index.ivfRq({
        numPartitions: partitions,
        numBits: CODE_BITS,
        distanceType: "cosine",
        maxIterations: 20,
      }),
    });
  }
  // What an earlier version began may have other codes.
  const own = known.find(({ columns }) => columns.includes("vector"));
  const bits = own === undefined ? CODE_BITS : Number(own.indexDetails?.compression?.num_bits ?? 1);
  return { type: "IVF_RQ", partitions, bits };
}
