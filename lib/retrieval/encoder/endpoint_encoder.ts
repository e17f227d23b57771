import OpenAI from "openai";
import type { Encoder, EncoderRecord, TextKind } from "./encoder.ts";
import { toUnitLength } from "./pool.ts";
import { forEachConcurrently } from "../../runs/for_each_concurrently.ts";
import { checkTimeout } from "../../runs/timer_limit.ts";

/** Options of {@link createEndpointEncoder}. */
export interface EndpointEncoderOptions {
  /** Up to and without `/embeddings`, such as `http://127.0.0.1:8000/v1`. */
  readonly baseUrl: string;
  /** The model's name at the endpoint. */
  readonly model: string;
  /** Null for endpoints that want none. @default null */
  readonly apiKey?: string | null;
  /** Put before a query. @default "" */
  readonly queryPrefix?: string;
  /** Put before a passage. @default "" */
  readonly passagePrefix?: string;
  /** Texts of one request. @default 64 */
  readonly batchSize?: number;
  /** Requests at once. @default 4 */
  readonly concurrency?: number;
  /** Further tries of a request that failed for a passing reason. @default 5 */
  readonly maxRetries?: number;
  /** Longest time for one request. @default 120000 */
  readonly timeoutMs?: number;
}

/**
 * An encoder behind an OpenAI-compatible embeddings endpoint. Its first request tells the number of
 * dimensions. Vectors are scaled to length 1.
 *
 * @throws {Error} when the endpoint does not answer as it should
 * @source OpenAI API reference, "Embeddings"
 *
 * @example
 * ```ts
 * import { createEndpointEncoder } from "@potstill/retrieval/encoder/endpoint_encoder.ts";
 * const http = Deno.serve({ port: 0, onListen: () => {} }, async (request) => {
 *   const { input } = await request.json();
 *   const data = input.map((text: string, index: number) => ({
 *     object: "embedding",
 *     index,
 *     embedding: [text.length, 1],
 *   }));
 *   return Response.json({ object: "list", data, model: "lengths" });
 * });
 * const baseUrl = `http://127.0.0.1:${http.addr.port}/v1`;
 * const encoder = await createEndpointEncoder({ baseUrl, model: "lengths" });
 * const [vector] = await encoder.encode(["a text"], "query");
 * if (vector.length !== 2) throw new Error("not two numbers");
 * await http.shutdown();
 * ```
 */
export async function createEndpointEncoder(options: EndpointEncoderOptions): Promise<Encoder> {
  const { baseUrl, model } = options;
  if (!URL.canParse(baseUrl) || !/^https?:/.test(baseUrl)) {
    throw new TypeError(`Cannot use the embeddings endpoint: "${baseUrl}" is not an http address`);
  }
  const client = new OpenAI({
    baseURL: baseUrl.replace(/\/+$/, "").replace(/\/embeddings$/, ""),
    apiKey: options.apiKey ?? "none",
    maxRetries: options.maxRetries ?? 5,
    timeout: checkTimeout("use an encoder", "timeoutMs", options.timeoutMs ?? 120_000),
    dangerouslyAllowBrowser: true,
    logLevel: "off",
  });
  const { batchSize = 64, concurrency = 4, queryPrefix = "", passagePrefix = "" } = options;
  const request = async (input: string[], signal?: AbortSignal): Promise<Float32Array[]> => {
    const answer = await client.embeddings.create(
      { model, input, encoding_format: "float" },
      { signal },
    ).catch((cause) => {
      signal?.throwIfAborted();
      throw new Error(`Cannot get embeddings from ${baseUrl}: ${cause.message}`, { cause });
    });
    return readVectors(answer, input.length, baseUrl);
  };
  const [probe] = await request(["probe"]);
  const record: EncoderRecord = {
    type: "endpoint",
    location: baseUrl,
    model,
    dimensions: probe.length,
    queryPrefix,
    passagePrefix,
    sha256: null,
  };
  return {
    record,
    async encode(
      texts: readonly string[],
      kind: TextKind,
      signal?: AbortSignal,
      onDone?: (texts: number) => void,
    ) {
      let done = 0;
      const prefix = kind === "query" ? queryPrefix : passagePrefix;
      const vectors: Float32Array[] = new Array(texts.length);
      const starts = Array.from(
        { length: Math.ceil(texts.length / batchSize) },
        (_, batch) => batch * batchSize,
      );
      await forEachConcurrently(starts, { concurrency, signal }, async (start, stopping) => {
        const input = texts.slice(start, start + batchSize).map((text) => prefix + text);
        (await request(input, stopping)).forEach((vector, i) => vectors[start + i] = vector);
        onDone?.(done += input.length);
      });
      const odd = vectors.find(({ length }) => length !== record.dimensions);
      if (odd) {
        throw new Error(
          `Cannot use ${baseUrl}: a vector has ${odd.length} numbers, not ${record.dimensions}`,
        );
      }
      return vectors;
    },
    dispose: () => Promise.resolve(),
  };
}

function readVectors(answer: unknown, count: number, baseUrl: string): Float32Array[] {
  const { data } = (answer ?? {}) as { data?: { index?: number; embedding?: unknown }[] };
  if (!Array.isArray(data) || data.length !== count) {
    throw new Error(
      `Cannot use ${baseUrl}: it answered ${count} texts with ${
        Array.isArray(data) ? `${data.length} vectors` : "no list of vectors"
      }`,
    );
  }
  const vectors: Float32Array[] = new Array(count);
  data.forEach(({ index, embedding }, i) => {
    if (!Array.isArray(embedding) || !embedding.every(Number.isFinite) || embedding.length === 0) {
      throw new Error(`Cannot use ${baseUrl}: vector ${i + 1} is not a list of numbers`);
    }
    vectors[index ?? i] = toUnitLength(Float32Array.from(embedding));
  });
  if (Object.keys(vectors).length !== count) {
    throw new Error(`Cannot use ${baseUrl}: it gave two vectors for one text`);
  }
  return vectors;
}
