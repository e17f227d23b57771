import assert from "node:assert/strict";
import { buildIndex } from "@potstill/retrieval/index/build_index.ts";
import { passageSource } from "@potstill/retrieval/index/passage_source.ts";
import { openIndex } from "@potstill/retrieval/lance_index.ts";
import { startS3Server } from "./s3_server.ts";

const passages = Array.from({ length: 300 }, (_, i) => ({
  id: String(i),
  title: `Village ${i}`,
  text: i === 42 ? "A mill grinds rye beside the weir." : `House number ${i} stands on a hill.`,
}));

Deno.test("an index in an object store is built, refused twice, and searched", async () => {
  await using server = startS3Server();
  const storageOptions = {
    endpoint: server.endpoint,
    region: "us-east-1",
    access_key_id: "key",
    secret_access_key: "secret",
    allow_http: "true",
  };
  const location = "s3://bucket/villages";
  const about = await buildIndex(location, passageSource("villages", passages), {
    storageOptions,
    batchSize: 100,
  });
  assert.equal(about.passages, 300);
  assert.ok([...server.objects.keys()].every((key) => key.startsWith("bucket/villages/")));
  assert.ok(server.objects.size > 3, `${server.objects.size} objects`);
  await assert.rejects(
    buildIndex(location, passageSource("villages", passages), { storageOptions }),
    /s3:\/\/bucket\/villages/,
  );
  const index = await openIndex(location, { storageOptions });
  const hits = await index.search("mill weir", 3);
  assert.equal(hits[0].passage.id, "42");
  index.close();
  await assert.rejects(openIndex("s3://bucket/none", { storageOptions }), /s3:\/\/bucket\/none/);
});
