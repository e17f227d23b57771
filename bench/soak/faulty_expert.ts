import { createLabExpert, type Message, type Random } from "@potstill";

/** A server that can be told to misbehave. */
export interface FaultyExpert {
  /** Up to `/v1`. */
  readonly baseUrl: string;
  /** Share of requests that meet a fault, from 0 to 1. */
  faultRate: number;
  /** Requests that met each fault. */
  readonly faults: Map<string, number>;
  /** Requests in all. */
  requests: number;
  /** Ends it at once. */
  close(): Promise<void>;
}

type Wire = Record<string, unknown> & { choices: Record<string, unknown>[] };

const json = (value: unknown, status = 200, headers: HeadersInit = {}) =>
  Response.json(value, { status, headers });
const failed = (status: number, headers: HeadersInit = {}) =>
  json({ error: { message: `fault ${status}` } }, status, headers);
const usage = (value: unknown) => (answer: Wire) => json({ ...answer, usage: value });
const ended = (reason: unknown) => ({ choices: [choice], ...rest }: Wire) => {
  const text = (choice.message as { content: string }).content;
  const message = { role: "assistant", content: text.slice(0, text.length / 2) };
  return json({ ...rest, choices: [{ ...choice, message, finish_reason: reason }] });
};

/** What the server does in place of answering; the whole answer is given. */
const FAULTS: Readonly<Record<string, (answer: Wire) => Response | Promise<Response>>> = {
  "429": () => failed(429),
  "429 retry-after": () => failed(429, { "retry-after": "1" }),
  "429 for ever": () => failed(429, { "retry-after": "1e9" }),
  "429 nonsense": () => failed(429, { "retry-after": "NaN", "retry-after-ms": "-5" }),
  "500": () => failed(500),
  "503 for an hour": () => failed(503, { "retry-after": "3600" }),
  "502 html": () => new Response("<html>Bad gateway</html>", { status: 502 }),
  "empty": () => new Response(""),
  "not json": () => new Response("{]"),
  "half": (answer) => new Response(JSON.stringify(answer).slice(0, -30)),
  "no choice": (answer) => json({ ...answer, choices: [] }),
  "null choices": (answer) => json({ ...answer, choices: null }),
  "an array": () => json([1, 2]),
  "error in 200": () => json({ error: { message: "overloaded", code: 502 }, choices: [] }),
  "ended by error": ended("error"),
  "aborted": ended("abort"),
  "no reason": ended(null),
  "unheard-of reason": ended("cosmic rays"),
  "usage text": usage({ prompt_tokens: "many", completion_tokens: {} }),
  "usage negative": usage({ prompt_tokens: -5, completion_tokens: 1e300, cost: "NaN" }),
  "usage missing": usage(undefined),
  "stall": () => new Promise((resolve) => setTimeout(() => resolve(failed(504)), 6000)),
  "trickle": (answer) => new Response(trickle(JSON.stringify(answer))),
  "stalled body": () => new Response(new ReadableStream({ start: (c) => c.enqueue(encode("{")) })),
  "48 MB": () => new Response(new Blob(Array(48).fill("x".repeat(2 ** 20)))),
};

/** The lab's expert over OpenAI's protocol, with faults drawn from `random`. */
export function faultyExpert(random: Random, faultRate: number): FaultyExpert {
  const expert = createLabExpert();
  const names = Object.keys(FAULTS);
  const stop = new AbortController();
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {}, signal: stop.signal },
    async (request) => {
      if (request.method === "GET") return json({ object: "list", data: [{ id: "expert" }] });
      const body = await request.json();
      self.requests++;
      // What is no question of the lab's is a probe.
      const { completions, promptTokens } = await (async () =>
        await expert.complete({
          messages: body.messages as Message[],
          maxNewTokens: body.max_tokens,
          stop: body.stop,
        }))().catch(() => ({
          completions: [{ text: "six, seven", finishReason: "stop", completionTokens: 3 }],
          promptTokens: 10,
        }));
      const answer: Wire = {
        id: "x",
        object: "chat.completion",
        model: "expert",
        choices: completions.map(({ text, finishReason }, index) => ({
          index,
          message: { role: "assistant", content: text },
          finish_reason: finishReason,
        })),
        usage: {
          prompt_tokens: promptTokens,
          completion_tokens: completions[0].completionTokens,
        },
      };
      if (!random.chance(self.faultRate)) return json(answer);
      const name = random.pick(names);
      self.faults.set(name, (self.faults.get(name) ?? 0) + 1);
      return await FAULTS[name](answer);
    },
  );
  const self: FaultyExpert = {
    baseUrl: `http://127.0.0.1:${server.addr.port}/v1`,
    faultRate,
    faults: new Map(),
    requests: 0,
    // Some answers never end by themselves.
    close: () => {
      stop.abort();
      return Promise.resolve();
    },
  };
  return self;
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function trickle(text: string): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (at >= text.length) return controller.close();
      controller.enqueue(encode(text.slice(at, at += 100)));
    },
  });
}
