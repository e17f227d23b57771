import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env, pipeline } from "@huggingface/transformers";
import { createEndpointEncoder } from "../../lib/retrieval/encoder/endpoint_encoder.ts";
import { hubEncoder } from "../../lib/retrieval/encoder/hub_encoder.ts";
import type { Encoder } from "../../lib/retrieval/encoder/encoder.ts";
import { readEncoderSettings } from "../../lib/retrieval/encoder/encoder_settings.ts";
import { lengthBatches } from "../../lib/retrieval/encoder/length_batches.ts";
import { loadOnnxEncoder } from "../../lib/retrieval/encoder/onnx_encoder.ts";
import { openEncoder, openRecordedEncoder } from "../../lib/retrieval/encoder/open_encoder.ts";
import { COMMIT, startHub } from "../http/hub_server.ts";
import { writeTinyBert } from "./tiny_bert.ts";

env.allowRemoteModels = false;

/** None has more tokens than the model takes: transformers.js then drops the last [SEP] as well. */
const TEXTS = [
  "Birch is a tree of the white bark.",
  "capital",
  "",
  "aspen leaf, leaf: xyz 42!",
  "Été 日本 the tree",
  "the tree of the tree of the tree of the tree of the tree",
  "a",
];

async function tinyBert(name?: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "potstill-encoder-"));
  await writeTinyBert(folder, name);
  return folder;
}

function largestDifference(a: Float32Array, b: ArrayLike<number>): number {
  assert.equal(a.length, b.length);
  return Math.max(...a.map((value, i) => Math.abs(value - b[i])));
}

for (const pooling of ["mean", "cls"] as const) {
  for (const normalize of [true, false]) {
    const name = `${pooling} pooling, ${normalize ? "" : "not "}normalised`;
    Deno.test(`vectors are those of transformers.js: ${name}`, async () => {
      const folder = await tinyBert();
      const ours = await loadOnnxEncoder(folder, {
        pooling,
        normalize,
        threads: 1,
        passagePrefix: "passage: ",
        // Several batches, of which one holds texts of different lengths.
        maxBatchTokens: 40,
      });
      const theirs = await pipeline("feature-extraction", folder, { dtype: "fp32" });
      try {
        const vectors = await ours.encode(TEXTS, "passage");
        for (const [i, text] of TEXTS.entries()) {
          const prefixed = `passage: ${text}`;
          const expected = await theirs(prefixed, { pooling, normalize });
          const difference = largestDifference(vectors[i], expected.data as Float32Array);
          assert.ok(difference < 2e-5, `${JSON.stringify(text)}: ${difference}`);
        }
        // What is compared would also be the same if texts did not matter.
        assert.ok(largestDifference(vectors[0], vectors[3]) > 0.01);
        const [query] = await ours.encode([TEXTS[0]], "query");
        assert.ok(largestDifference(query, vectors[0]) > 0.001, "the prefix matters");
      } finally {
        await theirs.dispose();
        await ours.dispose();
      }
    });
  }
}

Deno.test("a text that is too long loses its end and keeps its last special token", async () => {
  const folder = await tinyBert();
  const encoder = await loadOnnxEncoder(folder, { maxTokens: 6, threads: 1 });
  const [long, cut, other] = await encoder.encode(
    ["the tree of a birch is white", "the tree of a", "the tree of the"],
    "passage",
  );
  assert.deepEqual(long, cut);
  assert.notDeepEqual(long, other);
  await encoder.dispose();
});

Deno.test("settings: what the folder says, else the card of a model known by its whole name", async () => {
  const write = async (name: string, files: Record<string, unknown> = {}) => {
    const folder = await tinyBert(name);
    for (const [file, value] of Object.entries(files)) {
      await mkdir(join(folder, file, ".."), { recursive: true });
      await writeFile(
        join(folder, file),
        typeof value === "string" ? value : JSON.stringify(value),
      );
    }
    return folder;
  };
  const settings = async (name: string, files: Record<string, unknown> = {}) =>
    await readEncoderSettings(await write(name, files));
  const prefixes = async (name: string, files: Record<string, unknown> = {}) => {
    const { queryPrefix, passagePrefix, prefixesFrom } = await settings(name, files);
    return [queryPrefix, passagePrefix, prefixesFrom];
  };
  const e5 = ["query: ", "passage: ", "known model"];
  assert.deepEqual(await prefixes("intfloat/e5-base-v2"), e5);
  assert.deepEqual(await prefixes("intfloat/multilingual-e5-small"), e5);
  const card = "---\ntags:\n- mteb\nmodel-index:\n- name: e5-base-v2\n  results: []\n---\n# E5\n";
  assert.deepEqual(await prefixes("tmp/", { "README.md": card }), e5);
  for (const other of ["my-e5-base-v2", "someone/e5-base-v2-ft", "tmp/e5-base-v2/x", "bge-en"]) {
    assert.deepEqual(await prefixes(other), ["", "", "nothing"], other);
  }
  const bge = await settings("BAAI/bge-small-en-v1.5");
  assert.deepEqual([bge.pooling, bge.passagePrefix], ["cls", ""]);
  assert.equal(bge.queryPrefix, "Represent this sentence for searching relevant passages: ");
  assert.deepEqual((await settings("BAAI/bge-m3")).queryPrefix, "");
  // A folder of the hub's cache is what its place says.
  const cache = await mkdtemp(join(tmpdir(), "potstill-cache-"));
  const snapshot = join(cache, "models--intfloat--e5-base-v2", "snapshots", "0123");
  await mkdir(join(snapshot, ".."), { recursive: true });
  await rename(await write("tmp/"), snapshot);
  const there = await readEncoderSettings(snapshot);
  assert.deepEqual([there.model, there.queryPrefix], ["intfloat/e5-base-v2", "query: "]);
  const mini = await settings("sentence-transformers/all-MiniLM-L6-v2");
  assert.deepEqual([mini.pooling, mini.queryPrefix, mini.normalize], ["mean", "", true]);
  assert.equal(mini.maxTokens, 24, "the model has 24 positions");
  const own = await settings("intfloat/e5-base-v2", {
    "1_Pooling/config.json": { pooling_mode_cls_token: true, pooling_mode_mean_tokens: false },
    "modules.json": [{ type: "sentence_transformers.models.Transformer" }],
    "config_sentence_transformers.json": { prompts: { query: "Q: ", document: "D: " } },
    "sentence_bert_config.json": { max_seq_length: 12 },
  });
  assert.deepEqual(
    [own.pooling, own.normalize, own.queryPrefix, own.passagePrefix, own.maxTokens],
    ["cls", false, "Q: ", "D: ", 12],
  );
  // The library writes empty prompts by itself.
  const empty = { "config_sentence_transformers.json": { prompts: { query: "", document: "" } } };
  assert.deepEqual(await prefixes("intfloat/e5-base", empty), e5);
  for (
    const [files, wanted] of [
      [{ "1_Pooling/config.json": { pooling_mode_max_tokens: true } }, /its pooling is max; only/],
      [
        {
          "1_Pooling/config.json": {
            pooling_mode_max_tokens: true,
            pooling_mode_mean_tokens: true,
          },
        },
        /its pooling is max and mean/,
      ],
      [
        { "1_Pooling/config.json": { pooling_mode_mean_tokens: true, include_prompt: false } },
        /include_prompt is false/,
      ],
      [
        { "modules.json": [{ type: "sentence_transformers.models.Dense" }] },
        /its module 1 is "sentence_transformers.models.Dense"; those known are/,
      ],
      [{ "modules.json": {} }, /modules.json: it is not a list/],
      [
        { "config_sentence_transformers.json": { prompts: { query: 3 } } },
        /prompts\.query must be a text, not 3/,
      ],
    ] as const
  ) await assert.rejects(settings("tiny", files), wanted);
  await assert.rejects(
    loadOnnxEncoder(await write("tiny"), { maxTokens: 25 }),
    /maxTokens is 25, and .* has 24 positions/,
  );
});

Deno.test("batches hold texts of similar length, and every text once", () => {
  const lengths = [3, 9, 1, 9, 4, 2, 30, 3];
  const batches = lengthBatches(lengths, 18);
  assert.deepEqual(batches, [[6], [1, 3], [4, 0, 7, 5], [2]]);
  assert.deepEqual(lengthBatches([], 18), []);
});

Deno.test("a folder that is no encoder is told by the missing file", async () => {
  const folder = await tinyBert();
  await Deno.remove(join(folder, "onnx", "model.onnx"));
  await assert.rejects(loadOnnxEncoder(folder), /has no onnx\/model\.onnx or model\.onnx/);
  await writeFile(join(folder, "model.onnx"), "no model");
  await assert.rejects(loadOnnxEncoder(folder), /Cannot load .*model\.onnx/);
  await Deno.remove(join(folder, "tokenizer.json"));
  await assert.rejects(loadOnnxEncoder(folder), /Cannot read .*tokenizer\.json/);
  await Deno.remove(join(folder, "config.json"));
  await assert.rejects(loadOnnxEncoder(folder), /there is no .*config\.json/);
});

/** An embeddings endpoint that answers with the vectors of `encoder`. */
function serveEmbeddings(encoder: Encoder, spoil: (body: unknown, call: number) => unknown) {
  const requests: { readonly authorization: string | null; readonly inputs: number }[] = [];
  const http = Deno.serve({ port: 0, onListen: () => {} }, async (request) => {
    const { model, input } = await request.json();
    if (new URL(request.url).pathname !== "/v1/embeddings" || model !== "tiny") {
      return Response.json({ error: { message: "no such model" } }, { status: 404 });
    }
    requests.push({
      authorization: request.headers.get("authorization"),
      inputs: input.length,
    });
    // Twice as long and in the wrong order: neither may matter.
    const vectors = await encoder.encode(input, "query");
    const data = vectors.map((vector, index) => ({
      object: "embedding",
      index,
      embedding: [...vector].map((value) => 2 * value),
    })).reverse();
    const answer = spoil({ object: "list", data, model }, requests.length);
    return answer instanceof Response ? answer : Response.json(answer);
  });
  return { http, requests, baseUrl: `http://127.0.0.1:${http.addr.port}/v1` };
}

Deno.test("an embeddings endpoint gives the vectors of the model behind it", async () => {
  const local = await loadOnnxEncoder(await tinyBert(), { threads: 1 });
  const server = serveEmbeddings(
    local,
    (answer, call) =>
      call === 2 ? Response.json({ error: { message: "busy" } }, { status: 503 }) : answer,
  );
  try {
    const remote = await createEndpointEncoder({
      baseUrl: server.baseUrl,
      model: "tiny",
      apiKey: "secret",
      batchSize: 3,
      concurrency: 2,
      passagePrefix: "passage: ",
    });
    assert.equal(remote.record.dimensions, 32);
    const vectors = await remote.encode(TEXTS, "passage");
    const expected = await local.encode(TEXTS.map((text) => `passage: ${text}`), "query");
    vectors.forEach((vector, i) => assert.ok(largestDifference(vector, expected[i]) < 1e-5));
    assert.ok(server.requests.every(({ authorization }) => authorization === "Bearer secret"));
    assert.ok(server.requests.every(({ inputs }) => inputs <= 3));
    const again = await openRecordedEncoder(remote.record, { apiKey: "secret" });
    assert.deepEqual(await again.encode(["a tree"], "passage"), [
      (await remote.encode(["a tree"], "passage"))[0],
    ]);
  } finally {
    await server.http.shutdown();
    await local.dispose();
  }
});

Deno.test("an endpoint that answers wrongly is told by its address", async () => {
  const local = await loadOnnxEncoder(await tinyBert(), { threads: 1 });
  const wrong: [unknown, RegExp][] = [
    [{ object: "list" }, /answered 1 texts with no list of vectors/],
    [{ data: [] }, /answered 1 texts with 0 vectors/],
    [{ data: [{ index: 0, embedding: "AAAA" }] }, /vector 1 is not a list of numbers/],
    [Response.json({ error: { message: "wrong key" } }, { status: 401 }), /401 wrong key/],
  ];
  for (const [answer, message] of wrong) {
    const server = serveEmbeddings(local, () => answer);
    const options = { baseUrl: server.baseUrl, model: "tiny", maxRetries: 0 };
    await assert.rejects(createEndpointEncoder(options), message);
    await server.http.shutdown();
  }
  const nowhere = { baseUrl: "127.0.0.1:1", model: "tiny" };
  await assert.rejects(createEndpointEncoder(nowhere), /not an http address/);
  await local.dispose();
});

Deno.test("an encoder of the hub is fetched once, in the hub's own layout", async () => {
  const folder = await tinyBert();
  await mkdir(join(folder, "1_Pooling"));
  await writeFile(join(folder, "1_Pooling/config.json"), '{"pooling_mode_cls_token":true}');
  await writeFile(join(folder, "unwanted.bin"), "x");
  const hub = await startHub(folder, "ann/tiny-bert");
  const cache = await mkdtemp(join(tmpdir(), "potstill-hub-"));
  const options = { endpoint: hub.endpoint, cache };
  try {
    const first = await hubEncoder("ann/tiny-bert", options);
    assert.deepEqual(first, {
      name: "ann/tiny-bert",
      path: join(cache, "models--ann--tiny-bert", "snapshots", COMMIT),
    });
    assert.ok(!existsSync(join(first.path, "unwanted.bin")));
    hub.asked.length = 0;
    await hubEncoder(`ann/tiny-bert@${COMMIT}`, options);
    assert.deepEqual(hub.asked, []);
    const encoder = await openEncoder({ encoder: "ann/tiny-bert", hub: options });
    const here = await loadOnnxEncoder(folder);
    assert.equal(encoder.record.model, "ann/tiny-bert");
    assert.equal(encoder.record.settings?.pooling, "cls");
    assert.equal(encoder.record.sha256, here.record.sha256);
    assert.deepEqual(
      await encoder.encode(["a tree"], "query"),
      await here.encode(["a tree"], "query"),
    );
    await encoder.dispose();
    await here.dispose();
    await assert.rejects(
      openEncoder({ encoder: "ann/none", hub: options }),
      /Cannot open the encoder ann\/none: .* has no model ann\/none with the revision main/,
    );
  } finally {
    await hub.close();
  }
});
