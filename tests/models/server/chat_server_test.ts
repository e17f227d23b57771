import assert from "node:assert/strict";
import OpenAI from "openai";
import { loadLabBenchmark } from "@potstill/lab/benchmarks.ts";
import { createLabExpert } from "@potstill/lab/expert/lab_expert.ts";
import { type ChatModel, GenerationError } from "@potstill/models/chat_model.ts";
import { createOpenAiModel } from "@potstill/models/openai/create_openai_model.ts";
import { createStudentModel, type StudentModel } from "@potstill/student/student_model.ts";
import {
  type RunningServer,
  serveModels,
  type ServeOptions,
} from "@potstill/models/server/serve_models.ts";
import { studentPreset } from "@potstill/student/student_presets.ts";
import { initWeights } from "@potstill/student/weights.ts";
import { loadChatTemplate } from "@potstill/tokenizer/load_chat_template.ts";
import { trainTokenizer } from "@potstill/tokenizer/train_tokenizer.ts";

const task = loadLabBenchmark("lab-math", { split: "test", count: 1, seed: 3 })[0];
const asked = [{ role: "user", content: task.question }] as const;

/** Writes its words one by one, and stops when told. */
const slow: ChatModel & { aborted: number } = {
  name: "slow",
  prefixContinuation: "native",
  aborted: 0,
  async complete(request) {
    const words = ["one ", "two ", "three"];
    for (const word of words) {
      await new Promise((resolve) => setTimeout(resolve, 250));
      if (request.signal?.aborted) {
        slow.aborted++;
        throw request.signal.reason;
      }
      request.onText?.(0, word);
    }
    return {
      completions: [{ text: words.join(""), finishReason: "length", completionTokens: 3 }],
      promptTokens: 5,
    };
  },
};

const failing: ChatModel = {
  name: "failing",
  prefixContinuation: "native",
  complete: ({ messages }) =>
    Promise.reject(
      messages[0].content === "bug" ? new Error("a bug") : new GenerationError("it cannot answer"),
    ),
};

async function student(): Promise<StudentModel> {
  const texts = ["What is one and one? It is two.", "Thought: add. Code: print(1 + 1)"];
  const tokenizer = trainTokenizer(texts, await loadChatTemplate(), { vocabSize: 300 });
  const config = studentPreset("0.3M", tokenizer.vocabSize);
  return await createStudentModel({ config, weights: initWeights(config, 1), tokenizer });
}

async function withServer(
  body: (server: RunningServer, client: OpenAI) => Promise<void>,
  options: ServeOptions = {},
  apiKey = "none",
): Promise<void> {
  const local = await student();
  const server = serveModels([
    { id: "lab-expert", model: createLabExpert() },
    { id: "student", model: local, logprobs: true },
    { id: "slow", model: slow },
    { id: "failing", model: failing },
  ], { port: 0, ...options });
  try {
    await body(server, new OpenAI({ baseURL: server.baseUrl, apiKey, maxRetries: 0 }));
  } finally {
    await server.close();
    await local.dispose();
  }
}

Deno.test("the openai package: models, completion, n, stop, seed, usage", async () => {
  await withServer(async (_, client) => {
    const models = await client.models.list();
    assert.deepEqual(models.data.map(({ id }) => id), ["lab-expert", "student", "slow", "failing"]);
    assert.equal((await client.models.retrieve("student")).owned_by, "potstill");
    const ask = (seed: number) =>
      client.chat.completions.create({
        model: "lab-expert",
        messages: [...asked],
        n: 3,
        seed,
        temperature: 1,
      });
    const first = await ask(1);
    assert.equal(first.object, "chat.completion");
    assert.equal(first.choices.length, 3);
    assert.ok(first.choices.every((c) => c.finish_reason === "stop" && c.message.content));
    assert.ok(first.usage!.prompt_tokens > 0);
    assert.equal(
      first.usage!.total_tokens,
      first.usage!.prompt_tokens + first.usage!.completion_tokens,
    );
    assert.deepEqual((await ask(1)).choices, first.choices);
    const whole = first.choices[0].message.content!;
    const word = whole.split(" ")[2];
    const cut = await client.chat.completions.create({
      model: "lab-expert",
      messages: [...asked],
      n: 1,
      seed: 1,
      temperature: 1,
      stop: [word],
    });
    assert.equal(cut.choices[0].message.content, whole.slice(0, whole.indexOf(word)));
  });
});

Deno.test("the openai package: a stream, its parts and its usage", async () => {
  await withServer(async (_, client) => {
    const stream = await client.chat.completions.create({
      model: "slow",
      messages: [...asked],
      stream: true,
      stream_options: { include_usage: true },
    });
    const parts: string[] = [];
    let usage = 0;
    let reason = "";
    for await (const event of stream) {
      const [choice] = event.choices;
      if (choice?.delta.content) parts.push(choice.delta.content);
      if (choice?.finish_reason) reason = choice.finish_reason;
      if (event.usage) usage = event.usage.total_tokens;
    }
    assert.deepEqual(parts, ["one ", "two ", "three"]);
    assert.equal(reason, "length");
    assert.equal(usage, 8);
    const several = await client.chat.completions.create({
      model: "lab-expert",
      messages: [...asked],
      stream: true,
      n: 2,
      seed: 4,
    });
    const texts = ["", ""];
    for await (const event of several) {
      for (const choice of event.choices) texts[choice.index] += choice.delta.content ?? "";
    }
    const plain = await client.chat.completions.create({
      model: "lab-expert",
      messages: [...asked],
      n: 2,
      seed: 4,
    });
    assert.deepEqual(texts, plain.choices.map((c) => c.message.content));
  });
});

Deno.test("log-probabilities of a student are those of its tokens", async () => {
  await withServer(async (_, client) => {
    const answer = await client.chat.completions.create({
      model: "student",
      messages: [...asked],
      max_tokens: 5,
      logprobs: true,
      temperature: 0,
    });
    const { content } = answer.choices[0].logprobs!;
    assert.equal(content!.length, answer.usage!.completion_tokens);
    assert.ok(content!.every(({ logprob }) => logprob <= 0 && Number.isFinite(logprob)));
    await assert.rejects(
      client.chat.completions.create({ model: "slow", messages: [...asked], logprobs: true }),
      /400 Unsupported parameter: 'logprobs'/,
    );
  });
});

Deno.test("errors have OpenAI's shape", async () => {
  await withServer(async (server) => {
    const post = async (body: unknown, path = "/chat/completions") => {
      const response = await fetch(server.baseUrl + path, {
        method: "POST",
        body: typeof body === "string" ? body : JSON.stringify(body),
      });
      const { error } = await response.json();
      assert.deepEqual(Object.keys(error), ["message", "type", "param", "code"]);
      return [response.status, error.param, error.code, error.message];
    };
    const base = { model: "lab-expert", messages: asked };
    const cases: [unknown, number, string | null, RegExp][] = [
      ["{", 400, null, /not JSON/],
      [[], 400, null, /not a JSON object/],
      [{ ...base, model: "gpt-9" }, 404, "model", /'gpt-9' does not exist/],
      [{ model: "lab-expert" }, 400, "messages", /at least one message/],
      [{ ...base, messages: [{ role: "robot", content: "" }] }, 400, "messages[0].role", /robot/],
      [{ ...base, messages: [{ role: "user", content: 3 }] }, 400, "messages[0].content", /text/],
      [{ ...base, n: 0 }, 400, "n", /from 1 to 128: 0/],
      [{ ...base, n: 1.5 }, 400, "n", /whole number/],
      [{ ...base, temperature: "hot" }, 400, "temperature", /"hot"/],
      [{ ...base, max_tokens: -1 }, 400, "max_tokens", /-1/],
      [{ ...base, stop: 3 }, 400, "stop", /list of texts/],
      [{ ...base, stream: "yes" }, 400, "stream", /true or false/],
      [{ ...base, tools: [{}] }, 400, "tools", /not supported/],
      [
        { ...base, continue_final_message: true },
        400,
        "continue_final_message",
        /not the assistant/,
      ],
      [
        {
          ...base,
          continue_final_message: true,
          add_generation_prompt: true,
          messages: [...asked, { role: "assistant", content: "So" }],
        },
        400,
        "continue_final_message",
        /both/,
      ],
      [
        { ...base, messages: [...asked, { role: "assistant", content: "So" }] },
        400,
        "messages",
        /continue_final_message/,
      ],
      [{ model: "failing", messages: asked }, 400, null, /it cannot answer/],
      [{ model: "failing", messages: [{ role: "user", content: "bug" }] }, 500, null, /a bug/],
    ];
    for (const [body, status, param, message] of cases) {
      const got = await post(body);
      assert.deepEqual(got.slice(0, 2), [status, param], JSON.stringify(body));
      assert.match(String(got[3]), message);
    }
    assert.equal((await post({}, "/nothing"))[0], 404);
    const get = await fetch(server.baseUrl + "/chat/completions");
    assert.equal(get.status, 405);
    await get.body?.cancel();
  });
});

Deno.test("a key is asked for when there is one", async () => {
  await withServer(
    async (server, client) => {
      assert.equal((await client.models.list()).data.length, 4);
      const wrong = new OpenAI({ baseURL: server.baseUrl, apiKey: "other", maxRetries: 0 });
      await assert.rejects(async () => await wrong.models.list(), /401 Wrong API key/);
      assert.equal(
        (await (await fetch(server.baseUrl.replace("/v1", "/health"))).json()).status,
        "ok",
      );
    },
    { apiKey: "secret" },
    "secret",
  );
});

Deno.test("a client that goes away ends its generation", async () => {
  await withServer(async (server) => {
    for (const stream of [true, false]) {
      const before = slow.aborted;
      const body = JSON.stringify({ model: "slow", messages: asked, stream });
      const gone = async () => {
        const answer = await fetch(server.baseUrl + "/chat/completions", {
          method: "POST",
          body,
          signal: AbortSignal.timeout(600),
        });
        await answer.text();
      };
      await assert.rejects(gone);
      for (let i = 0; i < 60 && slow.aborted === before; i++) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      assert.equal(slow.aborted, before + 1, `stream: ${stream}`);
    }
  });
});

Deno.test("requests wait in order; too many are told so", async () => {
  await withServer(async (server) => {
    const ask = () =>
      fetch(server.baseUrl + "/chat/completions", {
        method: "POST",
        body: JSON.stringify({ model: "slow", messages: asked }),
      });
    const answers = await Promise.all([ask(), ask(), ask()]);
    const statuses = answers.map(({ status }) => status).sort();
    assert.deepEqual(statuses, [200, 200, 429]);
    const busy = answers.find(({ status }) => status === 429)!;
    assert.equal(busy.headers.get("retry-after"), "1");
    await Promise.all(answers.map((answer) => answer.text()));
  }, { concurrency: 1, maxWaiting: 1 });
});

Deno.test("Potstill's client and server agree: prefix, samples, stop, without a probe's requests", async () => {
  await withServer(async (server) => {
    const model = await createOpenAiModel({ baseUrl: server.baseUrl, model: "lab-expert" });
    assert.equal(model.prefixContinuation, "native");
    assert.equal(model.usage.requests, 0);
    const expert = createLabExpert();
    const request = {
      messages: [
        { role: "system", content: "You solve a task with Thought and Code turns." },
        ...asked,
        { role: "assistant", content: "Thought: I work it out step by step." },
      ],
      samples: 4,
      temperature: 0.7,
      stop: ["<end_code>"],
      seed: 11,
    } as const;
    const [here, there] = await Promise.all([expert.complete(request), model.complete(request)]);
    assert.deepEqual(
      there.completions.map(({ text }) => text),
      here.completions.map(({ text }) => text),
    );
    assert.equal(there.promptTokens, here.promptTokens);
    const local = await createOpenAiModel({ baseUrl: server.baseUrl, model: "student" });
    assert.equal(local.capabilities.logprobs, true);
    const { completions } = await local.complete({
      messages: asked,
      maxNewTokens: 4,
      logprobs: true,
    });
    assert.equal(completions[0].logprobs!.length, completions[0].completionTokens);
  });
});

Deno.test("curl gets an answer", async () => {
  const curl = new Deno.Command("curl", { args: ["--version"], stdout: "null" });
  if (!await curl.output().then(({ success }) => success, () => false)) {
    console.log("skipped: there is no curl");
    return;
  }
  await withServer(async (server) => {
    const body = JSON.stringify({ model: "lab-expert", messages: asked, temperature: 0 });
    const { stdout } = await new Deno.Command("curl", {
      args: [
        "-sS",
        `${server.baseUrl}/chat/completions`,
        "-H",
        "Content-Type: application/json",
        "-d",
        body,
      ],
    }).output();
    const answer = JSON.parse(new TextDecoder().decode(stdout));
    assert.equal(answer.choices[0].message.role, "assistant");
    const streamed = await new Deno.Command("curl", {
      args: [
        "-sSN",
        `${server.baseUrl}/chat/completions`,
        "-d",
        JSON.stringify({ ...JSON.parse(body), stream: true }),
      ],
    }).output();
    const text = new TextDecoder().decode(streamed.stdout);
    assert.ok(text.startsWith("data: {"));
    assert.ok(text.endsWith("data: [DONE]\n\n"));
  });
});

Deno.test("a port in use gives one clear error", () => {
  const first = serveModels([{ id: "slow", model: slow }], { port: 0 });
  try {
    assert.throws(
      () => serveModels([{ id: "slow", model: slow }], { port: first.port }),
      new RegExp(`Cannot listen on 127.0.0.1:${first.port}`),
    );
  } finally {
    first.close();
  }
});
