import { limitedFetch } from "../../http/limited_fetch.ts";
import { sleep, timerMs } from "../../runs/sleep.ts";
import type { Retriever, SearchHit } from "../retriever.ts";
import { parseRetrieveAnswer } from "./retrieve_contract.ts";
import { checkTimeout } from "../../runs/timer_limit.ts";

/** Options of {@link retrieveClient}. */
export interface RetrieveClientOptions {
  /** Longest time for one try. @default 60000 */
  readonly timeoutMs?: number;
  /** Further tries after no answer or a server's error. @default 4 */
  readonly maxRetries?: number;
  /** Wait before the first further try; each next wait is twice as long. @default 500 */
  readonly retryDelayMs?: number;
  /** HTTP headers to send besides. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A failure that another try may not have. */
class PassingFailure extends Error {}

/**
 * A retriever behind a `/retrieve` server: ours, the reference's, Search-R1's or another of the
 * same contract.
 *
 * @param url the server's address, with or without `/retrieve`
 * @throws {TypeError} when `url` is not an address
 */
export function retrieveClient(url: string, options: RetrieveClientOptions = {}): Retriever {
  if (!URL.canParse(url) || !/^https?:/.test(url)) {
    throw new TypeError(`Cannot search: "${url}" is not an http address`);
  }
  const address = /\/retrieve\/*$/.test(url) ? url : `${url.replace(/\/+$/, "")}/retrieve`;
  const { maxRetries = 4, retryDelayMs = 500 } = options;
  checkTimeout("search", "timeoutMs", options.timeoutMs ?? 60_000);
  return {
    name: address,
    async search(query, topK, signal) {
      for (let attempt = 0;; attempt++) {
        try {
          return await ask(address, query, topK, options, signal);
        } catch (error) {
          signal?.throwIfAborted();
          if (!(error instanceof PassingFailure) || attempt >= maxRetries) throw error;
          await sleep(retryDelayMs * 2 ** attempt, signal);
        }
      }
    },
  };
}

/** Hits are short: a longer answer is none. */
const boundedFetch = limitedFetch(2 ** 25);

async function ask(
  address: string,
  query: string,
  topK: number,
  options: RetrieveClientOptions,
  signal: AbortSignal | undefined,
): Promise<readonly SearchHit[]> {
  const deadline = AbortSignal.timeout(timerMs(options.timeoutMs ?? 60_000));
  let text: string;
  try {
    const response = await boundedFetch(address, {
      method: "POST",
      headers: { "content-type": "application/json", ...options.headers },
      body: JSON.stringify({ queries: [query], topk: topK, return_scores: true }),
      signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
    });
    text = await response.text();
    if (!response.ok) {
      const message = `Cannot search ${address}: HTTP status ${response.status}: ${shorten(text)}`;
      const isPassing = response.status >= 500 || response.status === 429;
      throw isPassing ? new PassingFailure(message) : new Error(message);
    }
  } catch (error) {
    // What fetch itself throws is a TypeError or the deadline's DOMException.
    if (error instanceof TypeError || error instanceof DOMException) {
      throw new PassingFailure(`Cannot search ${address}: ${error.message}`, { cause: error });
    }
    throw error;
  }
  try {
    const [hits] = parseRetrieveAnswer(JSON.parse(text), 1);
    return hits.slice(0, topK);
  } catch (cause) {
    throw new Error(
      `Cannot read the answer of ${address}: ${(cause as Error).message}; it is: ${shorten(text)}`,
      { cause },
    );
  }
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 200 ? `${line.slice(0, 200)}...` : line;
}
