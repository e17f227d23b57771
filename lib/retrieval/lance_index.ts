import type { Connection, Query, Table, VectorQuery } from "@lancedb/lancedb";
import type { Encoder } from "./encoder/encoder.ts";
import { INDEX_FORMATS, type IndexAbout, PASSAGES_TABLE } from "./index/index_about.ts";
import { encoderDifference } from "./encoder/encoder_difference.ts";
import { connectIndex, type ConnectOptions } from "./index/index_location.ts";
import { indexAbout } from "./index/read_index_about.ts";
import { fuseRankings } from "./index/reciprocal_rank_fusion.ts";
import type { Passage, Retriever, SearchHit } from "./retriever.ts";
import { queryWords } from "./words/search_words.ts";

/**
 * Way of finding passages: `full-text` by BM25 over their words, `dense` by the cosine of vectors,
 * `hybrid` by both fused, `exact` by the cosine of vectors without the approximate index, as the
 * reference for it.
 */
export type SearchMode = "full-text" | "dense" | "hybrid" | "exact";

/** The search modes. */
export const SEARCH_MODES: readonly SearchMode[] = ["full-text", "dense", "hybrid", "exact"];

/** Options of {@link openIndex}. */
export interface OpenIndexOptions extends ConnectOptions {
  /** Encodes queries: the one that encoded the passages. @default none: full text alone */
  readonly encoder?: Encoder;
  /** Way in which `search` finds passages. @default "hybrid" with an encoder, else "full-text" */
  readonly mode?: SearchMode;
  /** Partitions of the vector index that a query looks into. @default 128 */
  readonly partitionsSearched?: number;
  /**
   * Factor for the hits read (the wanted number and 8) of which whole vectors are compared.
   * @default 1, in hybrid search none; for codes of one bit enough for 500 candidates, and at least 10
   */
  readonly refineFactor?: number;
  /** Hits of each kind that hybrid search fuses. @default 50, or more when more are wanted */
  readonly fusionDepth?: number;
}

/**
 * Opens an index made by `buildIndex`.
 *
 * @throws {Error} naming the location when it holds no complete index, or the encoder when it is
 *   not the one of the passages
 */
export async function openIndex(
  location: string,
  options: OpenIndexOptions = {},
): Promise<LanceIndex> {
  const about = await indexAbout(location, options);
  checkEncoder(location, about, options);
  const db = await connectIndex(location, options);
  return new LanceIndex(db, await db.openTable(PASSAGES_TABLE), about, options);
}

function checkEncoder(location: string, about: IndexAbout, options: OpenIndexOptions): void {
  const { encoder, mode } = options;
  const needsEncoder = mode !== undefined && mode !== "full-text";
  if (needsEncoder && about.encoder === null) {
    throw new Error(`Cannot search ${location} by ${mode}: it was built without an encoder`);
  }
  if (needsEncoder && !encoder) {
    throw new Error(
      `Cannot search ${location} by ${mode}: pass its encoder, ${about.encoder?.model}`,
    );
  }
  if (!encoder || about.encoder === null) return;
  const difference = encoderDifference(encoder.record, about.encoder);
  if (difference === null) return;
  throw new Error(
    `Cannot search ${location} with ${encoder.record.model}: its passages were encoded with ` +
      `${about.encoder.model}, and ${difference}`,
  );
}

type Search = Query | VectorQuery;

interface Found extends SearchHit {
  readonly row: number;
}

/** Hits read besides those wanted, so that ties at the cut are in a fixed order and not by chance. */
const SPARE_HITS = 8;
const VALUES_PER_QUERY = 1_000;
const COLUMNS = ["row", "id", "title", "text"];

/** An index in LanceDB. */
export class LanceIndex implements Retriever {
  /** `lancedb-fts` for full text, else `lancedb-MODE MODEL`. */
  readonly name: string;
  /** Number of passages. */
  readonly size: number;
  /** Contents of the index. */
  readonly about: IndexAbout;
  /** Way in which `search` finds passages. */
  readonly mode: SearchMode;
  readonly #db: Connection;
  readonly #table: Table;
  readonly #options: OpenIndexOptions;

  /** Use {@link openIndex}. */
  constructor(db: Connection, table: Table, about: IndexAbout, options: OpenIndexOptions = {}) {
    this.#db = db;
    this.#table = table;
    this.#options = options;
    this.about = about;
    this.size = about.passages;
    const hasVectors = options.encoder !== undefined && about.encoder !== null;
    this.mode = options.mode ?? (hasVectors ? "hybrid" : "full-text");
    this.name = nameOf(this.mode, about);
  }

  /** Makes a retriever of one mode, on the same tables. @throws {Error} without its encoder */
  withMode(mode: SearchMode): Retriever {
    if (mode !== "full-text") this.#encoder();
    return {
      name: nameOf(mode, this.about),
      search: (query, topK, signal) => this.searchBy(mode, query, topK, signal),
    };
  }

  /**
   * The best passages in the index's mode.
   *
   * @throws {Error} when the index cannot be read
   */
  search(query: string, topK: number, signal?: AbortSignal): Promise<readonly SearchHit[]> {
    return this.searchBy(this.mode, query, topK, signal);
  }

  /**
   * The best passages in a mode. Scores are BM25's, cosines, or those of reciprocal-rank fusion.
   *
   * @throws {Error} when the index cannot be read, or the mode needs an encoder and there is none
   */
  async searchBy(
    mode: SearchMode,
    query: string,
    topK: number,
    signal?: AbortSignal,
  ): Promise<readonly SearchHit[]> {
    signal?.throwIfAborted();
    if (topK < 1) return [];
    if (mode === "hybrid") return await this.#hybrid(query, topK, signal);
    const found = mode === "full-text"
      ? await this.#fullText(query, topK)
      : await this.#dense(query, topK, mode, signal);
    return found.map(({ passage, score }) => ({ passage, score }));
  }

  /**
   * Those of some values that passages of the index have.
   *
   * @param column what the values are
   */
  async having(column: "id" | "title", values: readonly string[]): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    const distinct = [...new Set(values)];
    for (let start = 0; start < distinct.length; start += VALUES_PER_QUERY) {
      const some = distinct.slice(start, start + VALUES_PER_QUERY)
        .map((value) => `'${value.replaceAll("'", "''")}'`).join(", ");
      const rows = await this.#table.query().where(`${column} IN (${some})`).select([column])
        .toArray();
      for (const row of rows) found.add(row[column]);
    }
    return found;
  }

  /** Releases the tables; the encoder is its maker's to dispose of. */
  close(): void {
    this.#table.close();
    this.#db.close();
  }

  async #fullText(query: string, topK: number): Promise<Found[]> {
    const search = this.#fullTextSearch(query, topK + SPARE_HITS);
    const rows = await search?.select([...COLUMNS, "_score"]).toArray() ?? [];
    return best(rows.map((row) => found(row, row._score)), topK);
  }

  async #dense(
    query: string,
    topK: number,
    mode: "dense" | "exact",
    signal?: AbortSignal,
  ): Promise<Found[]> {
    const search = await this.#vectorSearch(query, topK + SPARE_HITS, mode, signal);
    const rows = await search.select([...COLUMNS, "_distance"]).toArray();
    return best(rows.map((row) => found(row, 1 - row._distance)), topK);
  }

  /**
   * Reads the fused hits alone, as reading a passage takes longer than finding it. So what is equal
   * is in the order of the corpus here: the ids are not known.
   */
  async #hybrid(query: string, topK: number, signal?: AbortSignal): Promise<SearchHit[]> {
    const depth = Math.max(this.#options.fusionDepth ?? 50, topK);
    const limit = depth + SPARE_HITS;
    const rankings = await Promise.all([
      rowIds(this.#fullTextSearch(query, limit), "_score"),
      this.#vectorSearch(query, limit, "fuse", signal).then((found) => rowIds(found, "_distance")),
    ]);
    const fused = fuseRankings(rankings.map((ids) => ids.slice(0, depth)))
      .sort(([a, ofA], [b, ofB]) => ofB - ofA || inOrder(a, b)).slice(0, topK);
    if (fused.length === 0) return [];
    const rows = await this.#table.takeRowIds(fused.map(([id]) => id))
      .select(COLUMNS).withRowId().toArray();
    const passages = new Map(rows.map((row) => [row._rowid as bigint, passageOf(row)]));
    return fused.map(([id, score]) => {
      const passage = passages.get(id);
      if (passage === undefined) throw new Error(`Cannot read row ${id} of the index: it is gone`);
      return { passage, score };
    });
  }

  /** Null where nothing of the query is searched for. */
  #fullTextSearch(query: string, limit: number): Search | null {
    const isFolded = this.about.format === INDEX_FORMATS.folded;
    const words = isFolded ? queryWords(query) : lanceDbWords(query);
    if (words === "") return null;
    const search = this.#table.search(words, "fts", isFolded ? "words" : "text");
    return (search as Search).limit(limit);
  }

  async #vectorSearch(
    query: string,
    limit: number,
    purpose: "dense" | "exact" | "fuse",
    signal?: AbortSignal,
  ): Promise<VectorQuery> {
    const [vector] = await this.#encoder().encode([query], "query", signal);
    const search = this.#table.vectorSearch(vector).column("vector").distanceType("cosine")
      .limit(limit);
    const { vectorIndex } = this.about;
    if (purpose === "exact") return search.bypassVectorIndex();
    if (vectorIndex === "exact" || vectorIndex === null) return search;
    const { partitionsSearched = 128, refineFactor } = this.#options;
    const { bits = 1 } = vectorIndex;
    const usual = bits === 1 ? oneBitRefineFactor(limit) : purpose === "fuse" ? null : 1;
    const factor = refineFactor ?? usual;
    const near = search.nprobes(partitionsSearched);
    return factor === null ? near : near.refineFactor(factor);
  }

  #encoder(): Encoder {
    const { encoder } = this.#options;
    if (!encoder || this.about.encoder === null) {
      throw new Error(
        `Cannot search by vectors: ${
          this.about.encoder === null ? "the index has none" : "no encoder was passed"
        }`,
      );
    }
    return encoder;
  }
}

/** LanceDB composes no letters, and takes some signs for operators. */
function lanceDbWords(query: string): string {
  return query.normalize("NFC").replace(/[^\p{L}\p{M}\p{N}\s]+/gu, " ").trim();
}

function nameOf(mode: SearchMode, about: IndexAbout): string {
  return mode === "full-text" ? "lancedb-fts" : `lancedb-${mode} ${about.encoder?.model}`;
}

// deno-lint-ignore no-explicit-any
function found(row: any, score: number): Found {
  return { row: row.row, passage: passageOf(row), score };
}

/** LanceDB's numbers of the rows that a search finds, which are in the corpus's order, best first. */
async function rowIds(search: Search | null, column: "_score" | "_distance"): Promise<bigint[]> {
  const rows = await search?.select([column]).withRowId().toArray() ?? [];
  const sign = column === "_score" ? -1 : 1;
  return rows.sort((a, b) => sign * (a[column] - b[column]) || inOrder(a._rowid, b._rowid))
    .map((row) => row._rowid);
}

function inOrder(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function passageOf(row: { id: string; title: string; text: string }): Passage {
  const { id, title, text } = row;
  const isTextAlone = title === "" && !text.includes("\n");
  return { id, title, text: isTextAlone ? text : text.slice(title.length + 1) };
}

function best(hits: Found[], topK: number): Found[] {
  hits.sort((a, b) => b.score - a.score || compareIds(a.passage.id, b.passage.id) || a.row - b.row);
  return hits.slice(0, topK);
}

function compareIds(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** By one-bit codes the best of a million vectors are nearly always among the first 500. */
function oneBitRefineFactor(limit: number): number {
  return Math.max(10, Math.ceil(500 / limit));
}
