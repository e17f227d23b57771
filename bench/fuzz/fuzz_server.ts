import {
  bodyOf,
  type HostileRequest,
  hostileRequests,
  orderlyFields,
  type ServerKind,
} from "./hostile_requests.ts";

/** How a server is attacked. */
export interface FuzzOptions {
  /** Its address, such as `http://127.0.0.1:8080`, with or without a path. */
  readonly url: string;
  /** Everything random follows from it. */
  readonly seed: number | string;
  /** Ends after so many requests. @default without end */
  readonly count?: number;
  /** Ends after so many seconds. @default without end */
  readonly seconds?: number;
  /** Requests at once. @default 8 */
  readonly concurrency?: number;
  /** Time for one answer. @default 60000 */
  readonly timeoutMs?: number;
}

/** What came of an attack. */
export interface FuzzResult {
  /** Hostile requests sent. */
  readonly sent: number;
  /** Answers by status; `closed` without one, as to clients that leave or send no HTTP. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Requests in order that were sent between, and answered. */
  readonly orderly: number;
  /** Longest wait for `/health` meanwhile, in milliseconds. */
  readonly healthMs: number;
  /** What a server must not do, one sentence each. */
  readonly faults: readonly string[];
}

/**
 * Sends hostile requests to a running server, asks for its health meanwhile, and every so often for
 * what it is there for. Faults are answers with 500 and more, refusals that are no JSON error, no
 * answer, an orderly request refused, and a health that is not answered.
 *
 * @throws {Error} when the server does not answer at the beginning
 */
export async function fuzzServer(options: FuzzOptions): Promise<FuzzResult> {
  const { seed, count = Infinity, seconds = Infinity, concurrency = 8, timeoutMs = 60_000 } =
    options;
  const { host: address, origin, hostname, port } = new URL(options.url);
  const { kind, model } = await whatItIs(origin);
  const endsAt = performance.now() + seconds * 1000;
  const statuses: Record<string, number> = {};
  const faults: string[] = [];
  let [sent, orderly, healthMs, isOver] = [0, 0, 0, false];
  const watch = (async () => {
    while (!isOver) {
      const startedAt = performance.now();
      try {
        const response = await fetch(`${origin}/health`, {
          signal: AbortSignal.timeout(timeoutMs),
        });
        await response.body?.cancel();
        if (!response.ok) faults.push(`health: status ${response.status}`);
      } catch (error) {
        faults.push(`health: ${(error as Error).message}`);
      }
      healthMs = Math.max(healthMs, performance.now() - startedAt);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  const requests = hostileRequests(kind, { address, model, seed });
  const attack = async () => {
    while (sent < count && performance.now() < endsAt) {
      const request = requests.next().value as HostileRequest;
      if (++sent % 25 === 0) {
        const problem = await ask(origin, kind, model, timeoutMs);
        if (problem === null) orderly++;
        else faults.push(`an orderly request: ${problem}`);
      }
      const answer = await send(request, { hostname, port: Number(port || 80) }, timeoutMs);
      const status = answer === null ? "closed" : String(answer.status);
      statuses[status] = (statuses[status] ?? 0) + 1;
      const problem = answer === null ? null : faultOf(request, answer);
      if (problem !== null) faults.push(`${request.label}: ${problem}`);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, attack));
  isOver = true;
  await watch;
  return { sent, statuses, orderly, healthMs: Math.round(healthMs), faults };
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

function faultOf({ allowed }: HostileRequest, { status, body }: Answer): string | null {
  if (status === 0) return `no answer in time`;
  // 429 and 503 say that there is no room now, which is true in an attack.
  if (status === 429 || status === 503) return null;
  if (!allowed(status)) return `status ${status}: ${body.slice(0, 200)}`;
  if (status < 400) return null;
  try {
    const { error, detail } = JSON.parse(body);
    const text = error?.message ?? detail;
    return typeof text === "string" && text !== ""
      ? null
      : `an error without a text: ${body.slice(0, 200)}`;
  } catch {
    return `status ${status} and no JSON: ${body.slice(0, 200)}`;
  }
}

/** Sends a request over a connection of its own; null when the connection was closed without an answer. */
async function send(
  { parts, leaves }: HostileRequest,
  address: Deno.ConnectOptions,
  timeoutMs: number,
): Promise<Answer | null> {
  let connection: Deno.TcpConn;
  try {
    connection = await Deno.connect(address) as Deno.TcpConn;
  } catch (error) {
    return { status: 0, body: (error as Error).message };
  }
  const decoder = new TextDecoder();
  let text = "";
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    connection.close();
  }, timeoutMs);
  const reading = (async () => {
    const buffer = new Uint8Array(65_536);
    for (;;) {
      const read = await connection.read(buffer).catch(() => null);
      if (read === null) return;
      if (text.length < 2 ** 20) text += decoder.decode(buffer.subarray(0, read), { stream: true });
    }
  })();
  try {
    for (const part of parts) {
      for (let at = 0; at < part.length;) at += await connection.write(part.subarray(at));
    }
  } catch {
    // Refused before all was sent.
  }
  if (!leaves) await reading;
  clearTimeout(timer);
  try {
    connection.close();
  } catch {
    // Closed already.
  }
  await reading;
  if (isLate) return { status: 0, body: "" };
  const match = /^HTTP\/1\.1 (\d{3})[^\r\n]*\r\n([\s\S]*?)\r\n\r\n([\s\S]*)$/.exec(text);
  return match === null || leaves
    ? null
    : { status: Number(match[1]), body: unchunked(match[2], match[3]) };
}

function unchunked(headers: string, body: string): string {
  if (!/transfer-encoding: chunked/i.test(headers)) return body;
  return body.split("\r\n").filter((_, i) => i % 2 === 1).join("");
}

async function whatItIs(origin: string): Promise<{ kind: ServerKind; model: string }> {
  const health = await (await fetch(`${origin}/health`)).json();
  if ("retriever" in health) return { kind: "retrieve", model: "" };
  const { data } = await (await fetch(`${origin}/v1/models`)).json();
  return { kind: "chat", model: data[0].id };
}

async function ask(
  origin: string,
  kind: ServerKind,
  model: string,
  timeoutMs: number,
): Promise<string | null> {
  try {
    const response = await fetch(
      origin + (kind === "chat" ? "/v1/chat/completions" : "/retrieve"),
      {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: bodyOf(orderlyFields(kind, model)),
        signal: AbortSignal.timeout(timeoutMs),
      },
    );
    const text = await response.text();
    // A model may not know the answer, and there may be no room.
    const isTold = response.ok || response.status === 429 || response.status === 503 ||
      text.includes('"generation_failed"');
    return isTold ? null : `status ${response.status}: ${text.slice(0, 200)}`;
  } catch (error) {
    return (error as Error).message;
  }
}
