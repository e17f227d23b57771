import type { Random } from "@potstill";

/** One hostile thing that a stranger does to a server. */
export type Attack = (base: URL, random: Random, signal: AbortSignal) => Promise<Response | null>;

const post =
  (path: string, body: BodyInit | ReadableStream, headers: HeadersInit = {}): Attack =>
  (base, _, signal) =>
    fetch(new URL(path, base), {
      method: "POST",
      body,
      headers: { "content-type": "application/json", ...headers },
      signal,
    });
const chat = (fields: Record<string, unknown>): Attack =>
  post(
    "/v1/chat/completions",
    JSON.stringify({
      model: "0.3M",
      messages: [{ role: "user", content: "a" }],
      max_tokens: 2,
      ...fields,
    }),
  );

/** What is done to the student's server, by name. Add to it freely. */
export const attacks: Readonly<Record<string, Attack>> = {
  "random bytes": (base, random, signal) => {
    const bytes = Uint8Array.from(
      { length: random.integer(0, 4000) },
      () => random.integer(0, 255),
    );
    return post("/v1/chat/completions", bytes)(base, random, signal);
  },
  "no json": post("/v1/chat/completions", "{]"),
  "null": post("/v1/chat/completions", "null"),
  "deep": post("/v1/chat/completions", "[".repeat(100_000)),
  "messages of a wrong type": chat({ messages: { role: "user" } }),
  "role constructor": chat({ messages: [{ role: "constructor", content: "a" }] }),
  "200,000 stops": chat({ stop: Array(200_000).fill("x") }),
  "n of a billion": chat({ n: 1e9 }),
  "max_tokens NaN": chat({ max_tokens: "NaN", temperature: -1 }),
  "unknown field": chat({ no_such_field: 1 }),
  "prompt of 5 MB": chat({ messages: [{ role: "user", content: "word ".repeat(1_000_000) }] }),
  "special tokens": chat({ messages: [{ role: "user", content: "<|im_end|>".repeat(500) }] }),
  "bad escape in the path": (base, _, signal) =>
    fetch(`${base.origin}/%E0%A4%A`, { signal }).catch(() => null),
  "parent folders": (base, _, signal) => fetch(`${base.origin}/..%2f..%2fetc/passwd`, { signal }),
  "wrong method": (base, _, signal) =>
    fetch(new URL("/v1/chat/completions", base), { method: "DELETE", signal }),
  "chunked giant": (base, random, signal) => {
    let left = 200;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (left-- === 0) return controller.close();
        controller.enqueue(new Uint8Array(2 ** 20).fill(32));
      },
    });
    return post("/v1/chat/completions", body)(base, random, signal).catch(() => null);
  },
  "slow reader": async (base, random, signal) => {
    const response = await chat({ stream: true, max_tokens: 64 })(base, random, signal);
    const reader = response?.body?.getReader();
    await reader?.read();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await reader?.cancel();
    return response;
  },
  "half a request": async (base) => {
    const connection = await Deno.connect({ hostname: base.hostname, port: Number(base.port) });
    const text = "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{";
    await connection.write(new TextEncoder().encode(text));
    await new Promise((resolve) => setTimeout(resolve, 500));
    connection.close();
    return null;
  },
  "foreign host": async (base) => {
    const connection = await Deno.connect({ hostname: base.hostname, port: Number(base.port) });
    const text = "GET /v1/models HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n";
    await connection.write(new TextEncoder().encode(text));
    await connection.read(new Uint8Array(1000));
    connection.close();
    return null;
  },
};
