import { ApiError } from "../../http/api_error.ts";
import { forEachConcurrently } from "../../runs/for_each_concurrently.ts";
import { Places } from "../../runs/places.ts";
import { type BodyLimits, BodyReader } from "../../http/read_json_body.ts";
import { type GuardOptions, guardRequest, requestPath } from "../../http/request_guard.ts";
import type { Retriever } from "../retriever.ts";
import {
  parseRetrieveRequest,
  type RetrieveLimits,
  type RetrieveRequest,
  toDocument,
} from "./retrieve_contract.ts";

/** Options of {@link RetrieveServer}. */
export interface RetrieveServerOptions extends RetrieveLimits, BodyLimits, GuardOptions {
  /** Searches at once, over all requests. @default 16 */
  readonly concurrency?: number;
  /** Requests answered at once or waiting; one more is told 429. @default 256 */
  readonly maxRequests?: number;
  /** Largest request body. @default 8388608 */
  readonly maxBodyBytes?: number;
  /** Longest answer to one request, in characters. @default 67108864 */
  readonly maxAnswerLength?: number;
}

/**
 * Answers `POST /retrieve` in the contract of Search-R1 and of the paper's reference, and
 * `GET /health`. It knows no network: it maps a `Request` to a `Response`.
 *
 * @source the reference's and Search-R1's retrieval server
 *
 * @example
 * ```ts
 * import { RetrieveServer } from "@potstill/retrieval/server/retrieve_server.ts";
 * const passage = { id: "1", title: "Aspen", text: "A tree." };
 * const search = () => Promise.resolve([{ passage, score: 0.5 }]);
 * const server = new RetrieveServer({ name: "one", search });
 * const response = await server.handle(
 *   new Request("http://localhost/retrieve", {
 *     method: "POST",
 *     body: JSON.stringify({ queries: ["tree"], topk: 1, return_scores: true }),
 *   }),
 * );
 * const { result } = await response.json();
 * if (result[0][0].document.contents !== "Aspen\nA tree.") throw new Error("not the passage");
 * ```
 */
export class RetrieveServer {
  readonly #retriever: Retriever;
  readonly #options: RetrieveServerOptions;
  readonly #bodies: BodyReader;
  readonly #places: Places;
  #requests = 0;

  /** A server of one retriever. */
  constructor(retriever: Retriever, options: RetrieveServerOptions = {}) {
    this.#retriever = retriever;
    this.#options = options;
    this.#bodies = new BodyReader({ maxBodyBytes: 8 * 1024 * 1024, ...options });
    this.#places = new Places(options.concurrency ?? 16);
  }

  /** Answers one request; it never rejects. Errors come as `{"detail": TEXT}`. */
  async handle(request: Request): Promise<Response> {
    try {
      return await this.#route(request);
    } catch (error) {
      const { status, message } = error instanceof ApiError
        ? error
        : new ApiError(500, `Internal error: ${(error as Error).message}`.slice(0, 500));
      const headers: Record<string, string> = status === 429 ? { "retry-after": "1" } : {};
      // As the servers of this contract answer what they cannot read.
      return Response.json({ detail: message }, { status: status === 400 ? 422 : status, headers });
    }
  }

  async #route(request: Request): Promise<Response> {
    const path = requestPath(request);
    const isOpen = path === "/health" && (this.#options.apiKey ?? null) !== null;
    if (!isOpen) guardRequest(request, this.#options);
    if (path === "/health") {
      if (request.method !== "GET" && request.method !== "HEAD") throw notAllowed(request, "GET");
      return Response.json({ status: "ok", retriever: this.#retriever.name });
    }
    if (path !== "/retrieve") {
      throw new ApiError(
        404,
        `Unknown address: ${request.method} ${path.slice(0, 200) || "/"}; use POST /retrieve`,
      );
    }
    if (request.method !== "POST") {
      throw notAllowed(request, "POST");
    }
    const { maxRequests = 256 } = this.#options;
    if (this.#requests >= maxRequests) {
      throw new ApiError(429, `Too many requests: ${this.#requests} are under way`);
    }
    this.#requests++;
    try {
      return await this.#retrieve(this.#parse(await this.#bodies.read(request)), request.signal);
    } finally {
      this.#requests--;
    }
  }

  #parse(body: unknown): RetrieveRequest {
    try {
      return parseRetrieveRequest(body, this.#options);
    } catch (error) {
      const { message } = error as Error;
      throw new ApiError(422, `Cannot read the request: ${message}`);
    }
  }

  /** Documents are kept as the text of the answer, whose length is bounded while it grows. */
  async #retrieve(
    { queries, topk, returnScores }: RetrieveRequest,
    signal: AbortSignal,
  ): Promise<Response> {
    const { maxAnswerLength = 2 ** 26, concurrency = 16 } = this.#options;
    const texts = new Array<string>(queries.length);
    let length = 0;
    const pool = { concurrency, signal };
    await forEachConcurrently(queries.entries(), pool, async ([i, query], ended) => {
      const release = await this.#places.take(ended);
      try {
        const hits = (await this.#retriever.search(query, topk, ended)).map(toDocument);
        texts[i] = JSON.stringify(returnScores ? hits : hits.map(({ document }) => document));
      } finally {
        release();
      }
      length += texts[i].length;
      if (length > maxAnswerLength) {
        throw new ApiError(
          422,
          `The answer is longer than ${maxAnswerLength} characters: ask fewer queries at once`,
        );
      }
    });
    return new Response(`{"result":[${texts.join(",")}]}`, {
      headers: { "content-type": "application/json" },
    });
  }
}

function notAllowed({ method }: Request, use: string): ApiError {
  return new ApiError(405, `Method ${method} is not allowed here; use ${use}`);
}
