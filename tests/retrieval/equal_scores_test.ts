import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildIndex } from "@potstill/retrieval/index/build_index.ts";
import { passageSource } from "@potstill/retrieval/index/passage_source.ts";
import { openIndex } from "@potstill/retrieval/lance_index.ts";

/** Enough rows that they would be read in several batches, and fall into several parts. */
const PASSAGES = Array.from({ length: 60_000 }, (_, i) => ({
  id: `town-${(i * 7919) % 60_000}`,
  title: `T${i}`,
  text: "A town with inhabitants.",
}));

Deno.test("of passages with equal scores every building of an index finds the same", async () => {
  const folder = await mkdtemp(join(tmpdir(), "potstill-equal-"));
  try {
    const found = await Promise.all([0, 1, 2].map(async (build) => {
      const place = join(folder, `${build}`);
      await buildIndex(place, passageSource("towns", PASSAGES, PASSAGES.length), {
        words: "lancedb",
      });
      const index = await openIndex(place);
      const hits = await index.search("town", 20);
      index.close();
      return hits.map(({ passage }) => passage.id);
    }));
    assert.equal(found[0].length, 20);
    for (const ids of found.slice(1)) assert.deepEqual(ids, found[0]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
