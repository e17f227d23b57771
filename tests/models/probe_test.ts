import assert from "node:assert/strict";
import { createOpenAiModel } from "@potstill/models/openai/create_openai_model.ts";
import type { OpenAiModelOptions } from "@potstill/models/openai/create_openai_model.ts";
import { GenerationError } from "@potstill/models/chat_model.ts";
import {
  EndpointRefusedError,
  EndpointUnavailableError,
} from "@potstill/models/openai/endpoint_error.ts";
import {
  type Fault,
  FaultServer,
  type FaultServerOptions,
  type ServedRequest,
} from "./fault_server.ts";

const NUMBERS = "one, two, three, four, five, six, seven, eight, nine, ten";

type Wire = { role: string; content: string; prefix?: boolean }[];

/** A model that counts to ten; `continues` tells whether a started message is gone on with. */
function counting(continues: (body: Record<string, unknown>) => boolean) {
  return ({ body }: ServedRequest): string => {
    const last = (body.messages as Wire).at(-1)!;
    if (last.role === "assistant" && continues(body)) {
      return NUMBERS.slice(last.content.length);
    }
    return NUMBERS;
  };
}

async function probed(
  options: FaultServerOptions,
  overrides: Partial<OpenAiModelOptions> = {},
) {
  const server = new FaultServer(options);
  try {
    const model = await createOpenAiModel({ baseUrl: server.baseUrl, model: "m", ...overrides });
    return { capabilities: model.capabilities, requests: server.requests };
  } finally {
    await server.close();
  }
}

function rejecting(field: string, message: string): FaultServerOptions["intercept"] {
  return ({ body }) =>
    field in body ? Response.json({ error: { message, param: null } }, { status: 400 }) : null;
}

Deno.test("a vLLM server: everything natively", async () => {
  const { capabilities } = await probed({
    reply: counting((body) => body.continue_final_message === true),
    models: [{ id: "m", owned_by: "vllm" }],
  });
  assert.equal(capabilities.prefix, "vllm");
  assert.equal(capabilities.samples, "native");
  assert.equal(capabilities.stop, "native");
  assert.equal(capabilities.logprobs, true);
});

Deno.test("a server that continues any trailing assistant message and has no n", async () => {
  const { capabilities } = await probed({
    reply: counting(() => true),
    fault: ({ body }) => (Number(body.n ?? 1) > 1 ? "fewer-choices" : null),
    intercept: rejecting(
      "continue_final_message",
      "Extra inputs: continue_final_message is unknown",
    ),
  });
  assert.equal(capabilities.prefix, "plain");
  assert.equal(capabilities.samples, "emulated");
});

Deno.test("a server that goes on, and repeats the started message in its answer", async () => {
  // llama.cpp's, which gives the whole message back.
  const words = (text: string, count: number) => text.split(/(?<=,) /).slice(0, count).join(" ");
  const echoing = ({ body }: ServedRequest): string => {
    const { content, role } = (body.messages as Wire).at(-1)!;
    const begun = role === "assistant" ? content : "";
    const rest = NUMBERS.slice(begun.length).trimStart();
    return `${begun} ${words(rest, Number(body.max_tokens ?? 24))}`.trim();
  };
  const server = new FaultServer({ reply: echoing });
  const model = await createOpenAiModel({ baseUrl: server.baseUrl, model: "m" });
  assert.equal(model.capabilities.prefix, "vllm");
  assert.equal(model.capabilities.prefixEcho, true);
  const { completions: [{ text }] } = await model.complete({
    messages: [{ role: "user", content: "count" }, { role: "assistant", content: "one, two," }],
    maxNewTokens: 2,
  });
  await server.close();
  assert.equal(text, " three, four,");

  // One that begins again has no room for what was begun.
  const { capabilities } = await probed({
    reply: ({ body }) => words(NUMBERS, Number(body.max_tokens ?? 24)),
  });
  assert.equal(capabilities.prefix, "emulated");
  assert.equal(capabilities.prefixEcho, undefined);
});

Deno.test("a server that wants a flag on the message", async () => {
  const { capabilities } = await probed({
    reply: counting((body) => (body.messages as Wire).at(-1)?.prefix === true),
  });
  assert.equal(capabilities.prefix, "prefix-field");
});

Deno.test("a server that wants thinking switched off", async () => {
  const { capabilities } = await probed({
    reply: counting(() => true),
    intercept: ({ body }) => {
      const kwargs = body.chat_template_kwargs as { enable_thinking?: boolean } | undefined;
      const isStarted = (body.messages as Wire).at(-1)?.role === "assistant";
      if (!isStarted || kwargs?.enable_thinking === false) return null;
      const message = "Assistant response prefill is incompatible with enable_thinking.";
      return Response.json({ error: { message } }, { status: 400 });
    },
  });
  assert.equal(capabilities.prefix, "llama.cpp");
});

Deno.test("a server that begins anew gets an emulated prefix, checked and asked for again", async () => {
  let replies = 0;
  const server = new FaultServer({
    reply: ({ body }) => {
      const last = (body.messages as Wire).at(-1)!;
      if (!last.content.includes("----------")) return NUMBERS;
      const asked = last.content.split("----------")[1].trim();
      // The first reply does not do as it is told; the second does, with other white space.
      return replies++ === 0 ? "Sure! Here it is." : `${asked.replace(" ", "\n")}\nCode: x`;
    },
  });
  try {
    const model = await createOpenAiModel({ baseUrl: server.baseUrl, model: "m" });
    assert.equal(model.prefixContinuation, "emulated");
    const before = server.requests.length;
    const { completions } = await model.complete({
      messages: [
        { role: "user", content: "Add." },
        { role: "assistant", content: "Thought: First add them." },
      ],
    });
    assert.equal(completions[0].text, "\nCode: x");
    assert.equal(server.requests.length - before, 2);
    const messages = server.requests.at(-1)!.body.messages as Wire;
    assert.equal(messages.length, 1);
    assert.match(messages[0].content, /^Add\.\n\nBegin your reply with exactly/);
    assert.match(messages[0].content, /Copy it word for word/);
    assert.equal(model.usage.unusable, 1);
  } finally {
    await server.close();
  }
});

Deno.test("a started message's white space is neither lost nor doubled", async () => {
  const server = new FaultServer({ reply: () => "\nCode:" });
  try {
    const model = await createOpenAiModel({
      baseUrl: server.baseUrl,
      model: "m",
      probe: false,
      prefix: "vllm",
    });
    const ask = async (content: string) =>
      (await model.complete({
        messages: [{ role: "user", content: "q" }, { role: "assistant", content }],
      })).completions[0].text;
    assert.equal("Thought: a." + await ask("Thought: a."), "Thought: a.\nCode:");
    assert.equal("Thought: a.\n" + await ask("Thought: a.\n"), "Thought: a.\nCode:");
    const { body } = server.requests[1];
    assert.deepEqual((body.messages as Wire).at(-1), { role: "assistant", content: "Thought: a." });
    assert.equal(body.continue_final_message, true);
    assert.equal(body.add_generation_prompt, false);
  } finally {
    await server.close();
  }
});

Deno.test("a server that repeats the started message", async () => {
  const server = new FaultServer({ reply: () => "Thought: First add.\nCode:" });
  try {
    const model = await createOpenAiModel({
      baseUrl: server.baseUrl,
      model: "m",
      probe: false,
      prefix: "plain",
    });
    const { completions } = await model.complete({
      messages: [{ role: "assistant", content: "Thought: First add." }],
    });
    assert.equal(completions[0].text, "\nCode:");
  } finally {
    await server.close();
  }
});

Deno.test("a server that rejects stop and logprobs", async () => {
  const { capabilities } = await probed({
    reply: counting((body) => body.continue_final_message === true),
    intercept: ({ body }) => {
      const field = ["stop", "logprobs"].find((name) => name in body);
      if (field === undefined) return null;
      return Response.json(
        { error: { message: `${field} is not supported`, param: field } },
        { status: 400 },
      );
    },
  });
  assert.equal(capabilities.stop, "client");
  assert.equal(capabilities.logprobs, false);
  assert.equal(capabilities.prefix, "vllm");
});

Deno.test("what is set by hand is not asked", async () => {
  const { capabilities, requests } = await probed({ reply: () => NUMBERS }, {
    prefix: "sglang",
    samples: "native",
    stop: "client",
    logprobs: false,
  });
  assert.equal(requests.length, 0);
  assert.equal(capabilities.prefix, "sglang");
  assert.equal(capabilities.stop, "client");
});

Deno.test("prices are read from the list of models", async () => {
  const { capabilities } = await probed({
    reply: () => NUMBERS,
    models: [{ id: "m", pricing: { prompt: "0.000001", completion: "0.000003" } }],
  });
  assert.deepEqual(capabilities.prices, { input: 1, output: 3 });
});

Deno.test("a wrong key is told with the name of its variable", async () => {
  const refuse = () => Response.json({ error: { message: "Invalid key" } }, { status: 401 });
  await assert.rejects(
    probed({ reply: () => "", intercept: refuse }, { apiKeyEnv: "NO_SUCH_KEY" }),
    (error) => {
      assert.ok(error instanceof EndpointRefusedError);
      assert.match(error.message, /Cannot use m at http:.*401 Invalid key.*NO_SUCH_KEY/);
      return true;
    },
  );
});

Deno.test("a server that refuses a started message at last gets it emulated from then on", async () => {
  const server = new FaultServer({
    reply: ({ body }) => {
      const last = (body.messages as Wire).at(-1)!;
      return last.content.includes("----------")
        ? `${last.content.split("----------")[1].trim()}\nCode: x`
        : "";
    },
    intercept: ({ body }) =>
      (body.messages as Wire).at(-1)!.role === "assistant"
        ? Response.json(
          { error: { message: "This model does not support assistant message prefill." } },
          { status: 400 },
        )
        : null,
  });
  try {
    const model = await createOpenAiModel({
      baseUrl: server.baseUrl,
      model: "m",
      probe: false,
      prefix: "plain",
    });
    const ask = () =>
      model.complete({
        messages: [{ role: "user", content: "q" }, { role: "assistant", content: "Thought: a." }],
      });
    assert.equal((await ask()).completions[0].text, "\nCode: x");
    assert.equal(model.prefixContinuation, "emulated");
    await ask();
    assert.equal(server.requests.length, 3);
  } finally {
    await server.close();
  }
});

Deno.test("a model that will not begin as told is an error of the generation, not of the endpoint", async () => {
  const server = new FaultServer({ reply: () => "Sure, here it is." });
  try {
    const model = await createOpenAiModel({ baseUrl: server.baseUrl, model: "m", probe: false });
    await assert.rejects(
      model.complete({
        messages: [{ role: "user", content: "q" }, { role: "assistant", content: "Thought: a." }],
      }),
      (error) => {
        assert.ok(error instanceof GenerationError && !(error instanceof EndpointUnavailableError));
        assert.match(error.message, /does not begin with the text/);
        return true;
      },
    );
  } finally {
    await server.close();
  }
});

Deno.test("a probe gets through faults, and through a list of models that is shown to nobody", async () => {
  const faults: (Fault | null)[] = ["500", "429-retry-after", "empty-choices", "truncated-json"];
  const { capabilities } = await probed({
    reply: counting((body) => body.continue_final_message === true),
    fault: () => faults.shift() ?? null,
  });
  assert.equal(capabilities.samples, "native");
  assert.equal(capabilities.prefix, "vllm");
});
