import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";
import type { ChatModel, ChatRequest } from "@potstill/models/chat_model.ts";
import { serverAccess } from "@potstill/cli/server_options.ts";
import { serveRetriever } from "@potstill/retrieval/server/serve_retriever.ts";
import { ChatServer } from "@potstill/models/server/chat_server.ts";
import { HONOURED_FIELDS } from "@potstill/models/server/chat_fields.ts";
import { serveModels } from "@potstill/models/server/serve_models.ts";
import { tinyStudent } from "./tiny_student.ts";

/** Answers at once and keeps what it was asked. */
class Parrot implements ChatModel {
  readonly name = "parrot";
  readonly prefixContinuation = "native";
  asked: ChatRequest | null = null;
  complete(request: ChatRequest) {
    this.asked = request;
    return Promise.resolve({
      completions: [{ text: "yes", finishReason: "stop" as const, completionTokens: 1 }],
      promptTokens: 1,
    });
  }
}

const plain = { model: "parrot", messages: [{ role: "user", content: "x" }] };

function post(
  body: unknown,
  options: ConstructorParameters<typeof ChatServer>[1] = {},
  headers: Record<string, string> = {},
  model = new Parrot(),
): Promise<Response> {
  const server = new ChatServer([{ id: "parrot", model }], options);
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const init = { method: "POST", body: text, headers };
  return server.handle(new Request("http://localhost/v1/chat/completions", init));
}

/** Sends over a socket what `fetch` would not; gives the status and the JSON of the answer. */
function send(
  port: number,
  { path, headers = {}, method = "GET", parts = [] }: {
    readonly path: string;
    readonly headers?: Record<string, string>;
    readonly method?: string;
    readonly parts?: Iterable<string | Uint8Array>;
  },
  // deno-lint-ignore no-explicit-any
): Promise<{ readonly status: number; readonly json: any }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: "127.0.0.1", port, path, method, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part) => text += part).on("end", () => {
        resolve({ status: response.statusCode ?? 0, json: JSON.parse(text) });
      });
    });
    request.on("error", reject);
    for (const part of parts) request.write(part);
    request.end();
  });
}

Deno.test("names of prototypes, wrong roles, escapes and stops are refused, not failed on", async () => {
  for (
    const role of ["constructor", "__proto__", "toString", "hasOwnProperty", 1, null, ["user"]]
  ) {
    const response = await post({ ...plain, messages: [{ role, content: "x" }] });
    assert.equal(response.status, 400, String(role));
    assert.match((await response.json()).error.message, /messages\[0\]\.role must be/);
  }
  const server = new ChatServer([{ id: "parrot", model: new Parrot() }]);
  for (const name of ["%E0%A4%A", "%", "%FF"]) {
    const response = await server.handle(new Request(`http://localhost/v1/models/${name}`));
    assert.equal(response.status, 400, name);
  }
  const named = await server.handle(new Request("http://localhost/v1/models/constructor"));
  assert.equal(named.status, 404);
  for (const stop of [Array(200_000).fill("a"), Array(65).fill("a"), ["x".repeat(5000)], [1], {}]) {
    assert.equal((await post({ ...plain, stop })).status, 400);
  }
  for (
    const content of ["\ud800", "a\udc00", [{ type: "text", text: "\ud800" }], [null], 3, null]
  ) {
    assert.equal((await post({ ...plain, messages: [{ role: "user", content }] })).status, 400);
  }
});

Deno.test("numbers out of range, nesting and bodies that are no JSON object are refused", async () => {
  const wrong = ['{"a": NaN}', "", "null", "[]", '"x"', "[".repeat(100_000), "{".repeat(40)];
  for (const body of wrong) assert.equal((await post(body)).status, 400, body.slice(0, 20));
  for (const value of ["1e999", "-1e999", "1.5", "[[[[1]]]]", '"1"', "true", '{"a": 1}', "-1"]) {
    for (const field of ["n", "max_tokens"]) {
      const body = JSON.stringify(plain).slice(0, -1) + `, "${field}": ${value}}`;
      assert.equal((await post(body)).status, 400, `${field} ${value}`);
    }
  }
  const deep = JSON.stringify(plain).slice(0, -1) +
    `, "user": ${"[".repeat(5000)}${"]".repeat(5000)}}`;
  assert.match((await (await post(deep)).json()).error.message, /nested deeper than 32/);
});

Deno.test("a field is honoured, says nothing, or is refused by its name", async () => {
  const model = new Parrot();
  const asked = { top_k: 7, min_p: 0.2, top_p: 0.9, temperature: 0.5, n: 1, seed: 3, stop: "." };
  assert.equal((await post({ ...plain, ...asked }, {}, {}, model)).status, 200);
  const { topK, minP, topP, temperature, seed, stop } = model.asked!;
  assert.deepEqual([topK, minP, topP, temperature, seed, stop], [7, 0.2, 0.9, 0.5, 3, ["."]]);
  assert.equal((await post({ ...plain, top_k: -1, min_p: 0 }, {}, {}, model)).status, 200);
  assert.deepEqual([model.asked!.topK, model.asked!.minP], [undefined, undefined]);
  const neutral = { repetition_penalty: 1, chat_template_kwargs: {}, user: "me", tools: [] };
  assert.equal((await post({ ...plain, ...neutral, logit_bias: null })).status, 200);
  const refused = {
    repetition_penalty: 1.1,
    chat_template_kwargs: { enable_thinking: false },
    top_logprobs: 3,
    guided_json: { type: "object" },
    logit_bias: { 5: 1 },
    min_tokens: 4,
    ignore_eos: true,
    unheard_of: 1,
    constructor: 1,
  };
  for (const [name, value] of Object.entries(refused)) {
    const response = await post({ ...plain, [name]: value });
    const { error } = await response.json();
    assert.deepEqual([response.status, error.param, error.code], [
      400,
      name,
      "unsupported_parameter",
    ]);
  }
  for (const name of HONOURED_FIELDS) {
    const response = await post({ ...plain, [name]: { wrong: 1 } });
    assert.equal(response.status, 400, `${name} is looked at`);
  }
});

Deno.test("sizes are bounded while a body arrives, and so are products", async () => {
  const server = serveModels([{ id: "parrot", model: new Parrot() }], { port: 0 });
  function* chunks() {
    const part = new Uint8Array(2 ** 20).fill(0x20);
    for (let i = 0; i < 40; i++) yield part;
  }
  const sent = await send(server.port, {
    path: "/v1/chat/completions",
    method: "POST",
    parts: chunks(),
  });
  assert.equal(sent.status, 413);
  await server.close();
  const bounds = [
    [{ ...plain, n: 100, max_tokens: 100_000 }, /n times max_tokens is 10000000/],
    [{ ...plain, messages: Array(5000).fill(plain.messages[0]) }, /has 5000 messages/],
    [
      { ...plain, messages: [{ role: "user", content: "x".repeat(2 ** 20 + 1) }] },
      /1048577 characters/,
    ],
  ] as const;
  for (const [body, message] of bounds) {
    const response = await post(body);
    assert.equal(response.status, 400);
    assert.match((await response.json()).error.message, message);
  }
  for (
    const headers of <Record<string, string>[]> [
      { "content-type": "multipart/form-data" },
      { "content-type": "application/json; charset=latin1" },
      { "content-encoding": "gzip" },
    ]
  ) assert.equal((await post(plain, {}, headers)).status, 415);
});

Deno.test("a prompt of megabytes is refused before it is tokenized", async () => {
  const model = await tinyStudent();
  let encoded = 0;
  const { tokenizer } = model.engine;
  const encode = tokenizer.encode.bind(tokenizer);
  tokenizer.encode = (text, options) => {
    encoded += text.length;
    return encode(text, options);
  };
  for (const content of ["a b ".repeat(2e6), "x".repeat(5e6), "é ".repeat(12_000)]) {
    await assert.rejects(
      model.complete({ messages: [{ role: "user", content }], maxNewTokens: 1 }),
      /Cannot generate: the prompt has .* and the student reads at most 2047 tokens/,
    );
  }
  assert.ok(encoded < 60_000, `${encoded} characters were tokenized`);
  const short = { role: "user", content: "one and one? ".repeat(80) } as const;
  const { completions } = await model.complete({ messages: [short], maxNewTokens: 1 });
  assert.equal(completions.length, 1);
  await model.dispose();
});

Deno.test("queries times documents are bounded, and so is an answer's length", async () => {
  const passage = { id: "1", title: "", text: "x".repeat(1000) };
  const search = (_: string, k: number) => Promise.resolve(Array(k).fill({ passage, score: 1 }));
  const server = serveRetriever({ name: "r", search }, { port: 0, maxAnswerLength: 50_000 });
  const ask = (body: unknown) =>
    send(server.port, { path: "/retrieve", method: "POST", parts: [JSON.stringify(body)] });
  const refused = [
    [{ queries: Array(4096).fill("a"), topk: 1000 }, /"queries" times "topk" is 4096000/],
    [{ queries: ["a"], topk: 100 }, /longer than 50000 characters/],
    [{ queries: ["x".repeat(40_000)] }, /has 40000 characters/],
    [{ queries: ["\ud800"] }, /half a character/],
    [{ queries: ["a"], top_k: 3 }, /"top_k" is not a known field/],
  ] as const;
  for (const [body, message] of refused) {
    const { status, json } = await ask(body);
    assert.equal(status, 422);
    assert.match(json.detail, message);
  }
  assert.equal((await ask({ queries: ["a", "b"], topk: 3 })).json.result[1].length, 3);
  await server.close();
});

Deno.test("foreign hosts and pages are refused without a key, and not asked about with one", async () => {
  const model = new Parrot();
  const open = serveModels([{ id: "parrot", model }], { port: 0, allowedHosts: ["gpu.example"] });
  const status = async (headers: Record<string, string>, path = "/v1/models") =>
    (await send(open.port, { path, headers })).status;
  const at = `127.0.0.1:${open.port}`;
  for (
    const host of [at, "localhost", "[::1]:80", "192.168.1.2:8080", "GPU.example", "a.localhost"]
  ) {
    assert.equal(await status({ host }), 200, host);
  }
  for (
    const host of [
      "evil.example",
      "127.0.0.1.evil.example",
      "localhost.evil.example",
      "evil.example:80",
    ]
  ) {
    assert.equal(await status({ host }), 403, host);
    assert.equal(await status({ host }, "/health"), 403, host);
  }
  for (const origin of [`http://${at}`, "http://localhost:3000", "http://127.0.0.1:1"]) {
    assert.equal(await status({ host: at, origin }), 200, origin);
  }
  for (const origin of ["http://evil.example", "null", "file://", "http://6.6.6.6", "x"]) {
    assert.equal(await status({ host: at, origin }), 403, origin);
  }
  await open.close();
  const locked = serveModels([{ id: "parrot", model }], { port: 0, apiKey: "k" });
  const ask = async (headers: Record<string, string>, path = "/v1/models") =>
    (await send(locked.port, { path, headers })).status;
  assert.equal(await ask({ host: "evil.example", authorization: "Bearer k" }), 200);
  assert.equal(await ask({ host: "localhost", authorization: "Bearer kk" }), 401);
  assert.equal(await ask({ host: "localhost" }), 401);
  assert.equal(await ask({ host: "evil.example" }, "/health"), 200);
  await locked.close();
  const retriever = serveRetriever({ name: "r", search: () => Promise.resolve([]) }, { port: 0 });
  const refused = await send(retriever.port, {
    path: "/health",
    headers: { host: "evil.example" },
  });
  assert.equal(refused.status, 403);
  assert.match(refused.json.detail, /evil\.example/);
  await retriever.close();
});

Deno.test("a server that lets other machines in without a key warns", () => {
  const warned = (host: string, apiKeyEnv?: string) => {
    const texts: string[] = [];
    serverAccess({ host, apiKeyEnv, allowHost: [] }, (text) => texts.push(text));
    return texts.join();
  };
  assert.match(warned("0.0.0.0"), /^WARNING: 0\.0\.0\.0 lets other machines in/);
  assert.match(warned("::"), /WARNING/);
  assert.match(warned("192.168.1.7"), /WARNING/);
  for (const host of ["127.0.0.1", "localhost", "::1"]) assert.equal(warned(host), "");
  Deno.env.set("POTSTILL_TEST_KEY", "k");
  assert.equal(warned("0.0.0.0", "POTSTILL_TEST_KEY"), "");
  Deno.env.delete("POTSTILL_TEST_KEY");
  assert.throws(() => warned("0.0.0.0", "POTSTILL_TEST_KEY"), /POTSTILL_TEST_KEY is not set/);
});

Deno.test("slow clients lose their connection, and no more than allowed are let in", async () => {
  const server = serveModels([{ id: "parrot", model: new Parrot() }], {
    port: 0,
    headersTimeoutMs: 500,
    bodyTimeoutMs: 500,
    maxConnections: 8,
  });
  const slow = async (text: string) => {
    const connection = await Deno.connect({ port: server.port, hostname: "127.0.0.1" });
    await connection.write(new TextEncoder().encode(text));
    let answer = "";
    for await (const part of connection.readable.pipeThrough(new TextDecoderStream())) {
      answer += part;
    }
    return answer;
  };
  const start = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n";
  const [headers, body] = await Promise.all([
    slow(`${start}A: `),
    slow(`${start}Content-Length: 50\r\nConnection: close\r\n\r\n{"a"`),
  ]);
  assert.match(headers, /^HTTP\/1\.1 408 /);
  assert.match(body, /^HTTP\/1\.1 408 [\s\S]*longer than 500 ms/);
  const held = await Promise.all(
    Array.from({ length: 12 }, () => slow(`${start}A: `).catch(() => "")),
  );
  assert.ok(held.filter((answer) => answer === "").length >= 4, "the others were not let in");
  assert.equal((await fetch(`${server.baseUrl}/models`)).status, 200);
  await server.close();
});

Deno.test("a server that is closed ends when the requests under way are answered", async () => {
  const slow: ChatModel = {
    name: "slow",
    prefixContinuation: "native",
    complete: async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      const completion = { text: "done", finishReason: "stop" as const, completionTokens: 1 };
      return { completions: [completion], promptTokens: 1 };
    },
  };
  const server = serveModels([{ id: "slow", model: slow }], { port: 0 });
  const asked = fetch(`${server.baseUrl}/chat/completions`, {
    method: "POST",
    body: JSON.stringify({ ...plain, model: "slow" }),
  });
  await new Promise((resolve) => setTimeout(resolve, 100));
  const closed = server.close();
  assert.equal((await (await asked).json()).choices[0].message.content, "done");
  await closed;
  await assert.rejects(fetch(`${server.baseUrl}/models`));
});
