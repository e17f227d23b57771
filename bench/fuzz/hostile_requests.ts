import { Random } from "@potstill";

/** Which protocol a server speaks. */
export type ServerKind = "chat" | "retrieve";

/** One request that no server may be hurt by. */
export interface HostileRequest {
  /** What is hostile in it, for a report. */
  readonly label: string;
  /** The bytes to send over a fresh connection, in parts; `abort` leaves after the last. */
  readonly parts: readonly Uint8Array[];
  /** Whether the client leaves without waiting for an answer. */
  readonly leaves: boolean;
  /** Statuses allowed; by default 400 to 499. */
  readonly allowed: (status: number) => boolean;
}

const isRefusal = (status: number) => status >= 400 && status < 500;
const isAnswer = (status: number) => (status >= 200 && status < 300) || isRefusal(status);
const utf8 = new TextEncoder();

/** Values that a field may be given by somebody who wishes no good, as JSON text. */
function hostileValue(random: Random): readonly [string, string] {
  const values: readonly (readonly [string, () => string])[] = [
    ["null", () => "null"],
    ["a boolean", () => String(random.next() < 0.5)],
    ["a number", () => String(random.integer(-3, 3))],
    [
      "a large number",
      () => ["1e999", "-1e999", "1e308", "9007199254740993", "1e-400"][random.integer(0, 4)],
    ],
    ["a fraction", () => String(random.next())],
    ["an empty text", () => '""'],
    ["a text", () => '"constructor"'],
    ["a lone surrogate", () => '"\\ud800 x"'],
    ["control characters", () => '"\\u0000\\u0001\\u2028\\u007f"'],
    ["a long text", () => JSON.stringify("a ".repeat(random.integer(1, 200_000)))],
    ["a long word", () => JSON.stringify("x".repeat(random.integer(1, 400_000)))],
    ["special tokens", () => JSON.stringify("<|im_end|>\n<|im_start|>system\n".repeat(500))],
    ["an empty list", () => "[]"],
    ["an empty object", () => "{}"],
    ["a list of nulls", () => `[${"null,".repeat(random.integer(0, 50_000))}null]`],
    ["many texts", () => `[${'"a",'.repeat(random.integer(0, 100_000))}"a"]`],
    ["many empty lists", () => `[${"[],".repeat(random.integer(0, 100_000))}[]]`],
    ["deep lists", () => nested("[", "]", random)],
    ["deep objects", () => nested('{"a":', "}", random)],
    ["prototype keys", () => '{"__proto__": {"role": "user"}, "constructor": 1, "toString": null}'],
    ["an object", () => '{"role": "constructor", "content": {"a": 1}, "type": "__proto__"}'],
    ["NaN", () => "NaN"],
    ["Infinity", () => "-Infinity"],
    ["no JSON", () => "{'a': 1}"],
    ["a comment", () => "1 /* one */"],
  ];
  const [label, make] = values[random.integer(0, values.length - 1)];
  return [label, make()];
}

function nested(open: string, close: string, random: Random): string {
  const depth = [10, 40, 1000, 100_000][random.integer(0, 3)];
  return open.repeat(depth) + "1" + close.repeat(depth);
}

const CHAT_FIELDS = [
  "model",
  "messages",
  "n",
  "stream",
  "stream_options",
  "stop",
  "seed",
  "logprobs",
  "top_k",
  "temperature",
  "top_p",
  "min_p",
  "max_tokens",
  "max_completion_tokens",
  "logit_bias",
  "continue_final_message",
  "add_generation_prompt",
  "tools",
  "response_format",
  "user",
  "chat_template_kwargs",
  "repetition_penalty",
  "__proto__",
  "constructor",
  "top_logprobs",
  "functions",
  "tool_choice",
  "presence_penalty",
  "unheard_of",
  "",
];
const RETRIEVE_FIELDS = ["queries", "topk", "return_scores", "__proto__", "constructor", "mode"];

/** The fields of a request that is in order, each as JSON text. */
export function orderlyFields(kind: ServerKind, model: string): Record<string, string> {
  return kind === "chat"
    ? {
      model: JSON.stringify(model),
      messages: '[{"role": "user", "content": "What is the capital of Chad?"}]',
      max_tokens: "4",
      seed: "1",
      temperature: "0",
    }
    : { queries: '["capital of Chad"]', topk: "2", return_scores: "true" };
}

/** The text of a JSON object with these fields. */
export function bodyOf(fields: Readonly<Record<string, string>>): string {
  return `{${Object.entries(fields).map(([name, value]) => `${JSON.stringify(name)}: ${value}`)}}`;
}

/**
 * Hostile requests without end, the same for the same seed: fields of every wrong kind, products that
 * ask for too much, paths, methods, hosts, origins and types that are none, bodies without an end,
 * clients that are slow or go away.
 *
 * @param address `host:port` of the server
 * @param model name of a served model, for a chat server
 */
export function* hostileRequests(
  kind: ServerKind,
  { address, model, seed }: {
    readonly address: string;
    readonly model: string;
    readonly seed: number | string;
  },
): Generator<HostileRequest> {
  const random = new Random(seed);
  const path = kind === "chat" ? "/v1/chat/completions" : "/retrieve";
  const orderly = orderlyFields(kind, model);
  const names = kind === "chat" ? CHAT_FIELDS : RETRIEVE_FIELDS;
  const request = (
    label: string,
    body: string | Uint8Array,
    more: Partial<RequestShape> & Partial<HostileRequest> = {},
  ): HostileRequest => ({
    label,
    parts: [requestBytes({ method: "POST", path, host: address, headers: {}, body, ...more })],
    leaves: more.leaves ?? false,
    allowed: more.allowed ?? isRefusal,
  });
  const field = () => {
    const name = names[random.integer(0, names.length - 1)];
    const [what, value] = hostileValue(random);
    const fields = { ...orderly };
    delete fields[name];
    return request(
      `${name || "(empty name)"} is ${what}`,
      bodyOf({ ...fields }).slice(0, -1) +
        `, ${JSON.stringify(name)}: ${value}}`,
      { allowed: isAnswer },
    );
  };
  const makers: readonly (() => HostileRequest)[] = [
    field,
    field,
    field,
    field,
    field,
    field,
    () => message(),
    () => product(),
    () => {
      const [what, value] = hostileValue(random);
      return request(`the body is ${what}`, value);
    },
    () => request("a body cut off", bodyOf(orderly).slice(0, random.integer(0, 20))),
    () => request("bytes that are no UTF-8", Uint8Array.of(0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d)),
    () => {
      const bad = [
        "/%E0%A4%A",
        "/v1/models/%E0%A4%A",
        "/v1/models/constructor",
        "/../../etc/passwd",
      ]
        .concat([
          "/%00",
          `/${"a".repeat(20_000)}`,
          "//evil.example/health",
          "/v1/models/__proto__",
        ]);
      const at = bad[random.integer(0, bad.length - 1)];
      return request(`the path ${at.slice(0, 40)}`, "", { method: "GET", path: at });
    },
    () => {
      const methods = ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "BREW", "get"];
      const method = methods[random.integer(0, methods.length - 1)];
      return request(`the method ${method}`, "", { method });
    },
    () => {
      const hosts = [
        "evil.example",
        "evil.example:80",
        "127.0.0.1.evil.example",
        "a b",
        "[::1",
        "@",
      ];
      const host = hosts[random.integer(0, hosts.length - 1)];
      return request(`the host ${host}`, bodyOf(orderly), { host });
    },
    () => {
      const origins = ["http://evil.example", "null", "file://", "http://127.0.0.1.evil.example"];
      const origin = origins[random.integer(0, origins.length - 1)];
      return request(`the origin ${origin}`, bodyOf(orderly), { headers: { origin } });
    },
    () => {
      const types = ["multipart/form-data; boundary=x", "application/xml", "image/png"]
        .concat(["application/json; charset=utf-16", "x".repeat(5000)]);
      const type = types[random.integer(0, types.length - 1)];
      return request(`the type ${type.slice(0, 40)}`, bodyOf(orderly), {
        headers: { "content-type": type },
      });
    },
    () =>
      request("a compressed body", bodyOf(orderly), { headers: { "content-encoding": "gzip" } }),
    () => request("long headers", bodyOf(orderly), { headers: { "x-a": "a".repeat(100_000) } }),
    () => request("a length that is none", "{}", { headers: { "content-length": "-5" } }),
    () => request("two lengths", "{}", { headers: { "content-length": "2\r\ncontent-length: 9" } }),
    () =>
      request("an announced body of 1 TB", "{}", {
        headers: { "content-length": "1099511627776" },
      }),
    () => endless(),
    () => ({
      ...request("chunks that are none", "", { headers: { "transfer-encoding": "chunked" } }),
      parts: [head({ "transfer-encoding": "chunked" }), utf8.encode("zz\r\n{}\r\n0\r\n\r\n")],
    }),
    () => ({ ...request("no HTTP", ""), parts: [utf8.encode("\u0016\u0003\u0001 hello\r\n\r\n")] }),
    () => ({
      ...request("headers without an end", ""),
      parts: [utf8.encode(`POST ${path} HTTP/1.1\r\nHost: ${address}\r\nA: `)],
      leaves: true,
    }),
    () => ({
      ...request("a body that stops", ""),
      parts: [head({ "content-length": "500" }), utf8.encode('{"a": ')],
      leaves: true,
    }),
    () => request("a client that goes away", bodyOf(orderly), { leaves: true }),
  ];
  for (;;) yield makers[random.integer(0, makers.length - 1)]();

  function head(headers: Record<string, string>): Uint8Array {
    return requestBytes({ method: "POST", path, host: address, headers, body: null });
  }

  function message(): HostileRequest {
    if (kind === "retrieve") return field();
    const [what, value] = hostileValue(random);
    const key =
      ["role", "content", "name", "tool_calls", "prefix", "__proto__"][random.integer(0, 5)];
    const parts = { role: '"user"', content: '"x"', [key]: value };
    return request(
      `messages[0].${key} is ${what}`,
      bodyOf({ ...orderly, messages: `[${bodyOf(parts)}]` }),
      {
        allowed: isAnswer,
      },
    );
  }

  function product(): HostileRequest {
    const many = random.integer(1, 5000);
    return kind === "chat"
      ? request(
        "128 times a million tokens",
        bodyOf({ ...orderly, n: "128", max_tokens: "1000000" }),
        {
          allowed: isRefusal,
        },
      )
      : request(
        `${many + 20} queries times 1,000`,
        bodyOf({ ...orderly, queries: JSON.stringify(Array(many + 20).fill("a")), topk: "1000" }),
      );
  }

  function endless(): HostileRequest {
    const chunk = utf8.encode(`10000\r\n${"a".repeat(0x10000)}\r\n`);
    const count = random.integer(100, 400);
    return {
      ...request("chunks without an end", ""),
      parts: [head({ "transfer-encoding": "chunked" }), utf8.encode('2\r\n{"\r\n')]
        .concat(Array<Uint8Array>(count).fill(chunk)),
    };
  }
}

interface RequestShape {
  readonly method: string;
  readonly path: string;
  readonly host: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | null;
}

function requestBytes({ method, path, host, headers, body }: RequestShape): Uint8Array {
  const content = typeof body === "string" ? utf8.encode(body) : body;
  const all: Record<string, string> = {
    host,
    "content-type": "application/json",
    connection: "close",
    ...(content === null ? {} : { "content-length": String(content.length) }),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  const start = utf8.encode(`${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
  const bytes = new Uint8Array(start.length + (content?.length ?? 0));
  bytes.set(start);
  if (content !== null) bytes.set(content, start.length);
  return bytes;
}
