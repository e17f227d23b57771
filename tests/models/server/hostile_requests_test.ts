import assert from "node:assert/strict";
import { createLabExpert } from "@potstill/lab/expert/lab_expert.ts";
import { serveRetriever } from "@potstill/retrieval/server/serve_retriever.ts";
import { serveModels } from "@potstill/models/server/serve_models.ts";
import { fuzzServer } from "../../../bench/fuzz/fuzz_server.ts";
import { hostileRequests } from "../../../bench/fuzz/hostile_requests.ts";
import { tinyStudent } from "./tiny_student.ts";

const attack = { count: 300, concurrency: 6 };
const patience = { port: 0, headersTimeoutMs: 1500, bodyTimeoutMs: 1500 };

Deno.test("300 hostile requests to the server of a student and the expert: no fault", async () => {
  const model = await tinyStudent();
  const { contextTokens } = model;
  for (
    const [seed, served] of [
      ["student", { id: "student", model, logprobs: true, contextTokens }],
      ["expert", { id: "lab-expert", model: createLabExpert() }],
    ] as const
  ) {
    const server = serveModels([served], patience);
    const result = await fuzzServer({ ...attack, url: server.baseUrl, seed });
    assert.deepEqual(result.faults, []);
    assert.ok(result.statuses["400"] > 50 && result.orderly > 5, JSON.stringify(result));
    await server.close();
  }
  await model.dispose();
});

Deno.test("300 hostile requests to a retrieval server: no fault", async () => {
  const passage = { id: "1", title: "Chad", text: "A country." };
  const search = (_: string, topK: number) =>
    Promise.resolve(Array.from({ length: topK }, (_, i) => ({ passage, score: 1 / (i + 1) })));
  const server = serveRetriever({ name: "one", search }, patience);
  const result = await fuzzServer({ ...attack, url: server.url, seed: 1 });
  assert.deepEqual(result.faults, []);
  assert.ok(result.statuses["422"] > 50 && result.orderly > 5, JSON.stringify(result));
  await server.close();
});

Deno.test("the fuzzer notices a server that breaks, and is the same for the same seed", async () => {
  const broken = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    if (request.url.endsWith("/health")) {
      return Response.json({ status: "ok", retriever: "broken" });
    }
    return new Response("oops", { status: request.headers.get("origin") ? 400 : 500 });
  });
  const { port } = broken.addr;
  const { faults } = await fuzzServer({
    url: `http://127.0.0.1:${port}`,
    count: 60,
    seed: 2,
    timeoutMs: 2000,
  });
  assert.ok(faults.some((fault) => fault.includes("status 500")), faults.join("\n"));
  assert.ok(faults.some((fault) => fault.startsWith("an orderly request")), faults.join("\n"));
  await broken.shutdown();
  const labels = () => {
    const requests = hostileRequests("chat", { address: "a:1", model: "m", seed: 3 });
    return Array.from({ length: 50 }, () => requests.next().value!.label);
  };
  assert.deepEqual(labels(), labels());
});
