import assert from "node:assert/strict";
import type { ChatRequest } from "@potstill/models/chat_model.ts";
import { checkAnswer } from "@potstill/models/openai/check_answer.ts";
import {
  createOpenAiModel,
  type OpenAiModelOptions,
} from "@potstill/models/openai/create_openai_model.ts";
import {
  EndpointFailure,
  EndpointUnavailableError,
  RequestFailedError,
} from "@potstill/models/openai/endpoint_error.ts";
import type { EndpointWait } from "@potstill/models/openai/openai_model.ts";
import { retryAfterMs } from "@potstill/models/openai/retry_after.ts";
import { sleep, timerMs } from "@potstill/runs/sleep.ts";
import { MAX_TIMER_MS } from "@potstill/runs/timer_limit.ts";
import { FaultServer } from "./fault_server.ts";

const question: ChatRequest = { messages: [{ role: "user", content: "Hello" }], stop: ["<end>"] };

interface Choice {
  readonly content?: unknown;
  readonly reason?: unknown;
  readonly more?: Record<string, unknown>;
}

/** The first answers are these, what follows is "whole". */
async function asked(
  first: readonly (Choice | Response)[],
  options: Partial<OpenAiModelOptions> = {},
  usage: unknown = { prompt_tokens: 10, completion_tokens: 5 },
) {
  let count = 0;
  const waits: EndpointWait[] = [];
  const server = new FaultServer({
    reply: () => "",
    intercept: () => {
      const next = first[Math.min(count, first.length)] ?? { content: "whole", reason: "stop" };
      count++;
      if (next instanceof Response) return next.clone();
      const { content, reason, more } = next;
      return Response.json({
        choices: [{ message: { role: "assistant", content }, finish_reason: reason, ...more }],
        usage,
      });
    },
  });
  try {
    const model = await createOpenAiModel({
      baseUrl: server.baseUrl,
      model: "m",
      probe: false,
      backoffBaseMs: 1,
      ...options,
    }, { onWait: (wait) => waits.push(wait) });
    const result = await model.complete(question).catch((error: Error) => error);
    return { result, waits, count, model };
  } finally {
    await server.close();
  }
}

for (
  const reason of ["error", "abort", "ABORTED", null, undefined, "", "unload", "constructor", 7]
) {
  Deno.test(`a text that ended with ${reason} is asked for again`, async () => {
    const { result, count } = await asked([{ content: "hal", reason }]);
    assert.ok(!(result instanceof Error), String(result));
    assert.deepEqual([result.completions[0].text, result.completions[0].finishReason, count], [
      "whole",
      "stop",
      2,
    ]);
  });
}

Deno.test("the failure of one choice is no end; before a stop text all is whole", async () => {
  const error = { code: 502, message: "Upstream closed" };
  const failed = await asked([{ content: "hal", reason: "stop", more: { error } }]);
  assert.equal(failed.count, 2);
  const cut = await asked([{ content: "half<end>rest", reason: "abort", more: { error } }]);
  assert.ok(!(cut.result instanceof Error));
  assert.deepEqual([cut.result.completions[0].text, cut.count], ["half", 1]);
});

Deno.test("an endpoint that breaks off every text is unavailable", async () => {
  const { result, count } = await asked(Array(9).fill({ content: "hal", reason: "abort" }));
  assert.ok(result instanceof EndpointUnavailableError);
  assert.match(result.message, /4 answers could not be used: the text broke off: abort/);
  assert.equal(count, 4);
});

for (const reason of ["content_filter", "SAFETY", "tool_calls", "function_call"]) {
  Deno.test(`${reason}: asked again, and kept with its reason when nothing whole comes`, async () => {
    const again = await asked([{ content: "hal", reason }]);
    assert.ok(!(again.result instanceof Error));
    assert.equal(again.result.completions[0].text, "whole");
    const { result } = await asked(Array(9).fill({ content: "hal", reason }));
    assert.ok(!(result instanceof Error));
    assert.equal(result.completions[0].text, "hal");
    assert.match(result.completions[0].finishReason, /^(content_filter|tool_calls)$/);
    const without = await asked(Array(9).fill({ content: null, reason }));
    assert.ok(without.result instanceof RequestFailedError);
  });
}

Deno.test("ends in other servers' words; an empty text of the model's own is a text", async () => {
  for (
    const [reason, want] of [["max_tokens", "length"], ["eos_token", "stop"], ["STOP", "stop"]]
  ) {
    const { result } = await asked([{ content: "a", reason }]);
    assert.ok(!(result instanceof Error));
    assert.equal(result.completions[0].finishReason, want);
  }
  const empty = await asked([{ content: "", reason: "stop" }]);
  assert.ok(!(empty.result instanceof Error));
  assert.deepEqual([empty.result.completions[0].text, empty.count], ["", 1]);
  const none = await asked(Array(9).fill({ content: null, reason: "stop" }));
  assert.ok(none.result instanceof RequestFailedError);
  assert.match(none.result.message, /the answer holds no text/);
});

Deno.test("waits are bounded, told, and never without a pause", async () => {
  const limited = (status: number, headers: HeadersInit) =>
    Response.json({ error: { message: "later" } }, { status, headers });
  for (
    const headers of [
      { "retry-after": "1e9" },
      { "retry-after": "3600" },
      {
        "retry-after-ms": "99999999999",
      },
      { "retry-after": "Fri, 31 Dec 2100 23:59:59 GMT" },
      { "retry-after": "2h" },
    ] as HeadersInit[]
  ) {
    for (const status of [429, 503]) {
      const { result, waits } = await asked([limited(status, headers)], { maxRetryWaitMs: 5 });
      assert.ok(!(result instanceof Error), String(result));
      assert.equal(waits.length, 1);
      assert.equal(waits[0].waitMs, 5);
      assert.ok(waits[0].askedMs! >= 3_600_000);
    }
  }
  for (const value of ["NaN", "-5", "soon", "Infinity", "", "1 fortnight", "0"]) {
    const { result, waits } = await asked([limited(429, { "retry-after": value })]);
    assert.ok(!(result instanceof Error), String(result));
    assert.ok(waits[0].waitMs > 0 && waits[0].waitMs < 1000, `${value}: ${waits[0].waitMs}`);
  }
});

Deno.test("Retry-After with a unit is no date", () => {
  const at = (text: string) => retryAfterMs(new Headers({ "retry-after": text }), 0);
  assert.equal(at("1s"), 1000);
  assert.equal(at("250 ms"), 250);
  assert.equal(at("2 min"), 120_000);
  assert.equal(at("1e9"), 1e12);
  assert.equal(at("May 5"), null);
  assert.equal(at("1.5.2"), null);
});

Deno.test("a time longer than timers take is no time at once", async () => {
  assert.equal(timerMs(3e9), MAX_TIMER_MS);
  assert.equal(timerMs(Infinity), MAX_TIMER_MS);
  for (const ms of [NaN, -1]) assert.throws(() => timerMs(ms), RangeError);
  const stop = new AbortController();
  const waiting = sleep(1e12, stop.signal).then(() => "over", (error) => error.message);
  await new Promise((resolve) => setTimeout(resolve, 20));
  stop.abort(new Error("stopped"));
  assert.equal(await waiting, "stopped");
  await assert.rejects(asked([], { timeoutMs: 3e9 }), RangeError);
});

Deno.test("an answer that is too long is given up while it is read", async () => {
  const sent = { bytes: 0 };
  const endless = () =>
    new Response(
      new ReadableStream({
        pull(controller) {
          sent.bytes += 2 ** 16;
          controller.enqueue(new Uint8Array(2 ** 16).fill(32));
        },
      }),
      { headers: { "content-type": "application/json" } },
    );
  const server = new FaultServer({ reply: () => "", intercept: endless });
  const options = { baseUrl: server.baseUrl, model: "m", probe: false, backoffBaseMs: 1 };
  const model = await createOpenAiModel({ ...options, maxAnswerBytes: 2 ** 20, maxRetries: 1 });
  await assert.rejects(model.complete(question), /the answer is longer than 1 MiB/);
  assert.ok(sent.bytes < 2 ** 25, `${sent.bytes}`);
  await server.close();
  const big = new Response("x".repeat(2 ** 21));
  const { result } = await asked([big, big, big], { maxAnswerBytes: 2 ** 20, maxRetries: 1 });
  assert.match(String(result), /longer than 1 MiB/);
});

const prices = { inputPrice: 10, outputPrice: 100 };

for (
  const usage of [
    null,
    "many",
    [],
    {},
    { prompt_tokens: "10", completion_tokens: "5" },
    { prompt_tokens: -10, completion_tokens: -5 },
    { prompt_tokens: 1e300, completion_tokens: 0.5 },
    { prompt_tokens: null, completion_tokens: null, cost: null },
    { prompt_tokens: 0, completion_tokens: 0, cost: 0 },
    { prompt_tokens: {}, completion_tokens: [], cost: "free" },
    { prompt_tokens: 10, completion_tokens: 5e8, cost: -1 },
  ]
) {
  Deno.test(`usage ${JSON.stringify(usage)} is counted on the safe side`, async () => {
    const { model } = await asked([], prices, usage);
    const { costUsd, promptTokens, completionTokens, estimated } = model.usage;
    assert.equal(estimated, 1);
    assert.ok(Number.isSafeInteger(promptTokens) && promptTokens > 0);
    assert.ok(Number.isSafeInteger(completionTokens) && completionTokens > 0);
    // 1,024 tokens may have been written.
    assert.ok(costUsd! >= 1024 * 100 / 1e6 && costUsd! < 1, `${costUsd}`);
  });
}

Deno.test("usage that is sound is taken as it is; a total gives what is missing", async () => {
  const { model } = await asked([], prices);
  assert.equal(model.usage.costUsd, (10 * 10 + 5 * 100) / 1e6);
  assert.equal(model.usage.estimated, 0);
  const { usage } = checkAnswer({ choices: [], usage: { prompt_tokens: 7, total_tokens: 12 } });
  assert.equal(usage!.completion_tokens, 5);
});

Deno.test("answers of any shape are read or are a failure, never another error", () => {
  const shapes: unknown[] = [
    null,
    1,
    "x",
    [],
    {},
    { choices: 3 },
    { choices: [null, 1, "x"] },
    { choices: [{ message: null, finish_reason: {}, logprobs: { content: [{ token: 1 }] } }] },
    { choices: [], error: "no" },
    { choices: [], error: { message: {}, code: [] } },
    { error: { code: "429" } },
    { choices: [{ message: { content: [null, { text: 3 }] } }], usage: { cost: Infinity } },
  ];
  for (const shape of shapes) {
    try {
      checkAnswer(shape);
    } catch (error) {
      assert.ok(error instanceof EndpointFailure, String(error));
    }
  }
  assert.throws(() => checkAnswer({ choices: [], error: { code: 401, message: "no" } }), {
    kind: "refused",
  });
});

Deno.test("an endpoint without reasons gives texts whose end is unknown", async () => {
  const intercept = () =>
    Response.json({
      choices: [{ message: { role: "assistant", content: "six" } }],
      usage: { prompt_tokens: 1, completion_tokens: 1 },
    });
  const server = new FaultServer({ reply: () => "", intercept });
  const model = await createOpenAiModel({ baseUrl: server.baseUrl, model: "m" });
  assert.equal(model.capabilities.finishReasons, false);
  const { completions } = await model.complete(question);
  assert.equal(completions[0].finishReason, "unknown");
  await server.close();
});

Deno.test("an endpoint's bounds on stop texts do not matter", async () => {
  for (const message of ["stop: at most 2 sequences are allowed", "too many stop words"]) {
    const server = new FaultServer({
      reply: () => "a<end>b",
      intercept: ({ body }) =>
        "stop" in body ? Response.json({ error: { message } }, { status: 400 }) : null,
    });
    const model = await createOpenAiModel({ baseUrl: server.baseUrl, model: "m", probe: false });
    const outcome = await model.complete(question).catch((error) => error);
    assert.equal(outcome.completions?.[0].text, "a", String(outcome));
    await server.close();
  }
});

Deno.test("an answer that is no JSON object is told with its beginning; JSON of another type is read", async () => {
  const texts = ["<html>\n <title>Log in</title>", 'data: {"choices":[]}', "model is loading"];
  for (const text of texts) {
    const { result } = await asked(Array(9).fill(new Response(text)), { maxRetries: 1 });
    assert.ok(result instanceof EndpointUnavailableError);
    const beginning = text.replace(/\s+/g, " ").slice(0, 20);
    assert.ok(result.message.includes(`it begins "${beginning}`), result.message);
  }
  const choices = [{ message: { content: "read" }, finish_reason: "stop" }];
  const headers = { "content-type": "text/plain" };
  const { result, count } = await asked([new Response(JSON.stringify({ choices }), { headers })]);
  assert.ok(!(result instanceof Error), String(result));
  assert.deepEqual([result.completions[0].text, count], ["read", 1]);
});

Deno.test("ends with the name of an enumeration before them", async () => {
  for (
    const [reason, want] of [
      ["FinishReason.STOP", "stop"],
      ["FINISH_REASON_STOP", "stop"],
      ["FinishReason.MAX_TOKENS", "length"],
    ]
  ) {
    const { result, count } = await asked([{ content: "a", reason }]);
    assert.ok(!(result instanceof Error), String(result));
    assert.deepEqual([result.completions[0].finishReason, count], [want, 1]);
  }
});

Deno.test("an endpoint that asks for no pause, time after time, gets growing ones", async () => {
  for (const headers of [{ "retry-after": "0" }, { "retry-after-ms": "0" }] as HeadersInit[]) {
    const limited = Response.json({ error: { message: "later" } }, { status: 429, headers });
    const { result, waits } = await asked(Array(8).fill(limited));
    assert.ok(!(result instanceof Error), String(result));
    assert.equal(waits.length, 8);
    assert.ok(waits[7].waitMs >= 64, `${waits.map(({ waitMs }) => waitMs)}`);
  }
});

Deno.test("parts of a count are no more than the count", () => {
  const usage = (prompt_tokens: number, cached_tokens: number, reasoning_tokens: number) =>
    checkAnswer({
      usage: {
        prompt_tokens,
        completion_tokens: 5,
        prompt_tokens_details: { cached_tokens },
        completion_tokens_details: { reasoning_tokens },
      },
    }).usage!;
  assert.equal(usage(10, 10, 5).prompt_tokens_details?.cached_tokens, 10);
  assert.equal(usage(10, 11, 5).prompt_tokens_details?.cached_tokens, undefined);
  assert.equal(usage(10, 0, 5).completion_tokens_details?.reasoning_tokens, 5);
  assert.equal(usage(10, 0, 6).completion_tokens_details?.reasoning_tokens, undefined);
});
