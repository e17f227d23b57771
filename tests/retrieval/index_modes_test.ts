import assert from "node:assert/strict";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as lancedb from "@lancedb/lancedb";
import type { Encoder } from "../../lib/retrieval/encoder/encoder.ts";
import { loadOnnxEncoder } from "../../lib/retrieval/encoder/onnx_encoder.ts";
import { encoderDifference } from "../../lib/retrieval/encoder/encoder_difference.ts";
import { openRecordedEncoder } from "../../lib/retrieval/encoder/open_encoder.ts";
import { buildSearchIndexes } from "../../lib/retrieval/index/build_search_indexes.ts";
import { buildIndex } from "../../lib/retrieval/index/build_index.ts";
import { passageSource } from "../../lib/retrieval/index/passage_source.ts";
import { fuseRankings } from "../../lib/retrieval/index/reciprocal_rank_fusion.ts";
import { openIndex } from "../../lib/retrieval/lance_index.ts";
import { Random } from "../../lib/records/random.ts";
import { writeTinyBert } from "./tiny_bert.ts";

const WORDS = "tree leaf bark birch aspen white capital of the is a".split(" ");

const PASSAGES = Array.from({ length: 400 }, (_, i) => {
  const random = new Random(`modes/${i}`);
  const text = Array.from({ length: 3 + i % 9 }, () => random.pick(WORDS)).join(" ");
  return { id: `p${i}`, title: `Number ${i}`, text };
});

const QUERIES = ["white birch bark", "the capital of a tree", "aspen leaf", "number 17"];

async function withIndex(
  work: (location: string, encoder: Encoder) => Promise<void>,
  minVectorsForIndex?: number,
  toUri = false,
) {
  const folder = await mkdtemp(join(tmpdir(), "potstill-modes-"));
  await writeTinyBert(join(folder, "encoder"));
  const encoder = await loadOnnxEncoder(join(folder, "encoder"), { threads: 1 });
  const path = join(folder, "index");
  const location = toUri ? pathToFileURL(path).href : path;
  await buildIndex(location, passageSource("modes", PASSAGES), {
    encoder,
    batchSize: 90,
    minVectorsForIndex,
  });
  try {
    await work(location, encoder);
  } finally {
    await encoder.dispose();
  }
}

const dot = (a: Float32Array, b: Float32Array) =>
  a.reduce((sum, value, i) => sum + value * b[i], 0);

Deno.test("exact and dense search give the greatest cosines", async () => {
  await withIndex(async (location, encoder) => {
    const index = await openIndex(location, { encoder });
    assert.equal(index.about.vectorIndex, "exact");
    const vectors = await encoder.encode(PASSAGES.map((p) => `${p.title}\n${p.text}`), "passage");
    for (const query of QUERIES) {
      const [vector] = await encoder.encode([query], "query");
      const expected = PASSAGES.map(({ id }, i) => ({ id, score: dot(vector, vectors[i]) }))
        .sort((a, b) => b.score - a.score).slice(0, 10);
      for (const mode of ["exact", "dense"] as const) {
        const hits = await index.searchBy(mode, query, 10);
        hits.forEach(({ score }, i) => assert.ok(Math.abs(score - expected[i].score) < 1e-5));
        assert.deepEqual(hits.map(({ passage }) => passage.id), expected.map(({ id }) => id));
      }
    }
    index.close();
  });
});

Deno.test("the approximate index finds what exact search finds, nearly always", async () => {
  await withIndex(async (location, encoder) => {
    const index = await openIndex(location, { encoder });
    assert.deepEqual(index.about.vectorIndex, { type: "IVF_RQ", partitions: 1, bits: 8 });
    // What stays of a building that was broken off says its own bits.
    const db = await lancedb.connect(location);
    const table = await db.openTable("passages");
    const again = { hasWords: true, minVectorsForIndex: 100 };
    const { encoder: record } = index.about;
    const known = await buildSearchIndexes(table, PASSAGES.length, record, again);
    assert.deepEqual(known, index.about.vectorIndex);
    let found = 0;
    for (const query of QUERIES) {
      const truth = new Set(
        (await index.searchBy("exact", query, 10)).map((hit) => hit.passage.id),
      );
      const hits = await index.searchBy("dense", query, 10);
      assert.equal(hits.length, 10);
      found += hits.filter(({ passage }) => truth.has(passage.id)).length;
    }
    assert.ok(found >= 0.95 * 10 * QUERIES.length, `${found} of ${10 * QUERIES.length}`);
    index.close();
  }, 100);
});

Deno.test("hybrid search fuses both rankings by reciprocal ranks, in an index named by URI", async () => {
  await withIndex(
    async (location, encoder) => {
      assert.match(location, /^file:\/\//);
      const all = PASSAGES.length;
      const index = await openIndex(location, { encoder, fusionDepth: all });
      assert.equal(index.mode, "hybrid");
      // Equal ones are in the order of the corpus.
      const placeOf = new Map(PASSAGES.map(({ id }, place) => [id, place]));
      const inOrder = (a: string, b: string) => placeOf.get(a)! - placeOf.get(b)!;
      for (const query of QUERIES) {
        const [words, vectors] = await Promise.all([
          index.searchBy("full-text", query, all),
          index.searchBy("dense", query, all),
        ]);
        const scores = new Map<string, number>();
        for (const found of [words, vectors]) {
          const ranking = found.toSorted((a, b) =>
            b.score - a.score || inOrder(a.passage.id, b.passage.id)
          );
          ranking.forEach(({ passage }, i) => {
            scores.set(passage.id, (scores.get(passage.id) ?? 0) + 1 / (6 + i));
          });
        }
        const expected = [...scores].sort((a, b) => b[1] - a[1] || inOrder(a[0], b[0]));
        const hits = await index.search(query, 5);
        assert.deepEqual(
          hits.map(({ passage, score }) => [passage.id, score]),
          expected.slice(0, 5),
        );
      }
      index.close();
      await assert.rejects(
        buildIndex(location, passageSource("modes", PASSAGES)),
        /holds one already/,
      );
    },
    undefined,
    true,
  );
});

Deno.test("the fusion is LanceDB's", async () => {
  const folder = await mkdtemp(join(tmpdir(), "potstill-fusion-"));
  const db = await lancedb.connect(folder);
  const random = new Random("fusion");
  const table = await db.createTable(
    "rows",
    Array.from({ length: 40 }, (_, row) => ({
      row,
      text: Array.from({ length: 4 + row }, () => random.pick(WORDS)).join(" "),
      vector: Array.from({ length: 8 }, () => random.next()),
    })),
  );
  await table.createIndex("text", { config: lancedb.Index.fts() });
  const vector = Array.from({ length: 8 }, () => random.next());
  const query = "birch bark leaf";
  const byWords = await table.search(query, "fts", "text").limit(30).toArray();
  const byVectors = await table.vectorSearch(vector).limit(30).toArray();
  const fused = new Map(
    fuseRankings([byVectors, byWords].map((rows) => rows.map((r) => r.row)), 60),
  );
  const theirs = await table.query().nearestTo(vector).fullTextSearch(query)
    .rerank(await lancedb.rerankers.RRFReranker.create(60)).limit(30).toArray();
  assert.ok(theirs.length > 20);
  // LanceDB counts ranks from 0.
  const zeroBased = new Map(
    fuseRankings([byVectors, byWords].map((rows) => rows.map((r) => r.row)), 59),
  );
  const isZeroBased = Math.abs(theirs[0]._relevance_score - zeroBased.get(theirs[0].row)!) < 1e-6;
  const expected = isZeroBased ? zeroBased : fused;
  for (const row of theirs) {
    assert.ok(Math.abs(row._relevance_score - expected.get(row.row)!) < 1e-6, `row ${row.row}`);
  }
  db.close();
});

Deno.test("the encoder that an index records opens it; another one is refused", async () => {
  await withIndex(async (location, encoder) => {
    const fullText = await openIndex(location);
    assert.equal(fullText.mode, "full-text");
    await assert.rejects(fullText.searchBy("dense", "tree", 1), /no encoder was passed/);
    assert.throws(() => fullText.withMode("hybrid"), /no encoder was passed/);
    const recorded = await openRecordedEncoder(fullText.about.encoder!, { threads: 1 });
    fullText.close();
    const index = await openIndex(location, { encoder: recorded, mode: "dense" });
    const own = await openIndex(location, { encoder, mode: "dense" });
    assert.deepEqual(await index.search("birch", 3), await own.search("birch", 3));
    assert.deepEqual(
      await index.withMode("full-text").search("birch", 3),
      await own.searchBy("full-text", "birch", 3),
    );
    index.close();
    own.close();
    const { record } = encoder;
    for (
      const [change, wanted] of [
        [
          { queryPrefix: "query: " },
          /passages were encoded with encoder, and its queryPrefix is "", not "query: "/,
        ],
        [{ passagePrefix: "passage: " }, /its passagePrefix is "", not "passage: "/],
        [{ sha256: "0" }, /its model and tokenizer have other files/],
        [{ dimensions: 8 }, /its dimensions is 32, not 8/],
        [{ settings: { ...record.settings, pooling: "cls" } }, /its pooling is "mean", not "cls"/],
        [
          { settings: { ...record.settings, normalize: false } },
          /its normalize is true, not false/,
        ],
        [{ settings: { ...record.settings, maxTokens: 7 } }, /its maxTokens is 24, not 7/],
        [{ type: "endpoint" }, /it is an onnx encoder, not an endpoint one/],
      ] as const
    ) {
      const other = { ...encoder, record: { ...record, ...change } as typeof record };
      await assert.rejects(openIndex(location, { encoder: other }), wanted);
    }
    const endpoint = { ...record, type: "endpoint", settings: undefined, sha256: null } as const;
    assert.equal(
      encoderDifference({ ...endpoint, model: "other" }, endpoint),
      'its model is "encoder", not "other"',
    );
    assert.equal(encoderDifference({ ...record, location: "/elsewhere" }, record), null);
    await assert.rejects(openIndex(location, { mode: "dense" }), /pass its encoder, encoder/);
    await recorded.dispose();
  });
});
