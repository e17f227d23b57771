import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Connection, Table } from "@lancedb/lancedb";
import { canonicalJson } from "../../runs/canonical_json.ts";
import { lockBeside } from "../../runs/folder_lock.ts";
import { writeJsonAtomic } from "../../runs/atomic_write.ts";
import type { Encoder } from "../encoder/encoder.ts";
import { buildSearchIndexes } from "./build_search_indexes.ts";
import {
  INDEX_FORMATS,
  type IndexAbout,
  type IndexPlan,
  PASSAGES_TABLE,
  readAbout,
  type WordsForm,
  writeAbout,
} from "./index_about.ts";
import { connectIndex, type ConnectOptions, isUri } from "./index_location.ts";
import { ingestPassages, type IngestProgress } from "./ingest_passages.ts";
import type { PassageSource } from "./passage_source.ts";

/** Progress of building an index. */
export interface IndexProgress extends IngestProgress {
  /** Present stage. */
  readonly stage: "passages" | "full-text index" | "vector index";
  /** Share of the corpus that was read, or null when that is not known. */
  readonly fraction: number | null;
}

/** Options of {@link buildIndex}. */
export interface BuildIndexOptions extends ConnectOptions {
  /** Makes vectors for dense and hybrid search. @default none: full text alone */
  readonly encoder?: Encoder;
  /** Form of words in full-text search. @default "folded" */
  readonly words?: WordsForm;
  /**
   * Treatment of a malformed record: `skip` leaves it out and reports it, `fail` ends the work.
   * @default "fail"
   */
  readonly onBadRecord?: "skip" | "fail";
  /**
   * Treatment of an interrupted building: `resume` continues it, `restart` begins anew, `fail`
   * refuses.
   * @default "fail"
   */
  readonly onUnfinished?: "resume" | "restart" | "fail";
  /** Passages of a write. @default 20000, with an encoder 8000 of an endpoint and 2000 of a local one */
  readonly batchSize?: number;
  /** Vectors from which on an approximate index is built. @default 10000 */
  readonly minVectorsForIndex?: number;
  /** Called after each write and at each stage. */
  readonly onProgress?: (progress: IndexProgress) => void;
  /** Called for each malformed record that is left out, with its place. */
  readonly onProblem?: (problem: string) => void;
  /** Stops the building; batches already written stay for `onUnfinished: "resume"`. */
  readonly signal?: AbortSignal;
}

/**
 * Builds an index of a corpus in a folder or an object store: passages are streamed in batches, then
 * the full-text index and, with an encoder, the vector index are built. A folder appears whole or
 * not at all: until then it is `FOLDER.building`. An object store has no renaming; an index there
 * counts only once it is complete.
 *
 * Each batch is one commit that also holds the passages' places in the corpus, so that a killed
 * building goes on where it stopped, with no passage lost or doubled. There must be one builder at
 * a time.
 *
 * @param location a folder, or a URI of LanceDB's such as `s3://bucket/index`
 * @throws {Error} naming the location when there is an index already, the place of a malformed
 *   record, or what differs from the interrupted building
 *
 * @example
 * ```ts
 * import { buildIndex } from "@potstill";
 * import { passageSource } from "@potstill/retrieval";
 * const folder = await Deno.makeTempDir();
 * const passages = [{ id: "1", title: "Aspen", text: "A tree." }];
 * const about = await buildIndex(`${folder}/index`, passageSource("trees", passages));
 * if (about.passages !== 1) throw new Error("not one");
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function buildIndex(
  location: string,
  source: PassageSource,
  options: BuildIndexOptions = {},
): Promise<IndexAbout> {
  const isFolder = !isUri(location);
  await using _lock = isFolder ? await lockBeside(location, "index") : null;
  if (isFolder && existsSync(location)) {
    throw new Error(`Cannot build an index: ${location} exists already`);
  }
  const workplace = isFolder ? `${location}.building` : location;
  if (isFolder && options.onUnfinished === "restart") {
    await rm(workplace, { recursive: true, force: true });
  }
  const db = await connectIndex(workplace, options);
  let about: IndexAbout;
  try {
    about = await buildIn(db, workplace, source, options);
  } finally {
    db.close();
  }
  if (isFolder) {
    await writeJsonAtomic(join(workplace, "index.json"), about);
    await rename(workplace, location);
  }
  return about;
}

async function buildIn(
  db: Connection,
  workplace: string,
  source: PassageSource,
  options: BuildIndexOptions,
): Promise<IndexAbout> {
  const plan: IndexPlan = {
    format: INDEX_FORMATS[options.words ?? "folded"],
    corpus: source.corpus,
    encoder: options.encoder?.record ?? null,
  };
  const table = await openOrStart(db, workplace, plan, options);
  try {
    const hasWords = plan.format === INDEX_FORMATS.folded;
    const state = await ingestPassages(table, source, {
      ...options,
      hasWords,
      onProgress: (progress) =>
        options.onProgress?.({ ...progress, stage: "passages", fraction: source.fraction() }),
    });
    if (state.passages === 0) throw new Error("Cannot build an index: there is no passage");
    const vectorIndex = await buildSearchIndexes(table, state.passages, plan.encoder, {
      hasWords,
      minVectorsForIndex: options.minVectorsForIndex,
      signal: options.signal,
      onStage: (stage) =>
        options.onProgress?.({
          ...state,
          read: state.passages + state.skipped,
          stage,
          fraction: null,
        }),
    });
    const about: IndexAbout = { ...plan, ...state, vectorIndex };
    await writeAbout(db, "complete", about);
    return about;
  } finally {
    table.close();
  }
}

/** The table to write to: that of the interrupted building, or a new one. */
async function openOrStart(
  db: Connection,
  workplace: string,
  plan: IndexPlan,
  options: BuildIndexOptions,
): Promise<Table> {
  const known = await readAbout(db);
  const isUriOfIndex = isUri(workplace) && known.complete !== null;
  if (isUriOfIndex) throw new Error(`Cannot build an index: ${workplace} holds one already`);
  const { onUnfinished = "fail" } = options;
  if (known.plan !== null && onUnfinished === "fail") {
    throw new Error(
      `Cannot build an index: ${workplace} holds an unfinished one; resume it or remove it`,
    );
  }
  if (known.plan !== null && onUnfinished === "restart") await db.dropAllTables();
  else if (known.plan !== null) {
    checkSamePlan(workplace, known.plan, plan);
    if ((await db.tableNames()).includes(PASSAGES_TABLE)) return await db.openTable(PASSAGES_TABLE);
    return await createPassages(db, plan);
  }
  await writeAbout(db, "plan", plan);
  return await createPassages(db, plan);
}

async function createPassages(db: Connection, plan: IndexPlan): Promise<Table> {
  const { makeArrowTable } = await import("@lancedb/lancedb");
  const { schema } = makeArrowTable([{
    row: 0,
    id: "",
    title: "",
    text: "",
    ...(plan.format === INDEX_FORMATS.folded ? { words: "" } : {}),
    ...(plan.encoder === null ? {} : { vector: new Float32Array(plan.encoder.dimensions) }),
  }]);
  // Only the building of the full-text index reads this column: it may be slow to unpack.
  schema.fields.find(({ name }) => name === "words")?.metadata
    .set("lance-encoding:compression", "zstd");
  return await db.createEmptyTable(PASSAGES_TABLE, schema);
}

function checkSamePlan(workplace: string, known: IndexPlan, plan: IndexPlan): void {
  for (const key of ["format", "corpus", "encoder"] as const) {
    const [before, now] = [known[key], plan[key]].map((value) => comparable(value));
    if (before === now) continue;
    throw new Error(
      `Cannot resume the index ${workplace}: its ${key} was ${before}, and is ${now} now; ` +
        "remove it to build it anew",
    );
  }
}

/** An encoder's record without its files' location, which does not matter; their contents do. */
function comparable(value: unknown): string {
  const isEncoder = typeof value === "object" && value !== null && "sha256" in value;
  return canonicalJson(isEncoder && value.sha256 ? { ...value, location: "" } : value);
}
