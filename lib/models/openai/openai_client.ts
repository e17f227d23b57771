import OpenAI, { APIError } from "openai";
import type { ChatCompletionCreateParamsNonStreaming } from "openai/resources/chat/completions";
import { EndpointFailure, failureKind } from "./endpoint_error.ts";
import { timerMs } from "../../runs/sleep.ts";
import { checkAnswer, checkModels } from "./check_answer.ts";
import { limitedFetch } from "../../http/limited_fetch.ts";
import { retryAfterMs, waitInText } from "./retry_after.ts";
import type { EndpointClient } from "./wire.ts";

/** Address and key of an endpoint. */
export interface OpenAiClientOptions {
  /** Up to and without `/chat/completions`, such as `http://127.0.0.1:8000/v1`. */
  readonly baseUrl: string;
  /** Null for endpoints that want none. */
  readonly apiKey: string | null;
  /** HTTP headers to send besides. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Longest answer that is read, in bytes. @default 32 MiB */
  readonly maxAnswerBytes?: number;
}

/**
 * An endpoint reached through the `openai` package. It sends each request once: retries, waiting and
 * deadlines are the caller's, who knows about budgets and other requests.
 *
 * @throws {TypeError} when `baseUrl` is not an address
 */
export function openAiClient(options: OpenAiClientOptions): EndpointClient {
  const { baseUrl, apiKey } = options;
  if (!URL.canParse(baseUrl) || !/^https?:/.test(baseUrl)) {
    throw new TypeError(`Cannot use the endpoint: "${baseUrl}" is not an http address`);
  }
  const client = new OpenAI({
    baseURL: baseUrl.replace(/\/+$/, "").replace(/\/chat\/completions$/, ""),
    apiKey: apiKey ?? "none",
    maxRetries: 0,
    defaultHeaders: options.headers,
    fetch: limitedFetch(options.maxAnswerBytes ?? 2 ** 25),
    // Some builds of the package warn in browsers; a notebook's kernel has a `window`.
    dangerouslyAllowBrowser: true,
    logLevel: "off",
  });
  return {
    send: (body, timeoutMs, signal) =>
      withDeadline(timeoutMs, signal, async (both) => {
        const answer: unknown = await client.chat.completions.create(
          body as unknown as ChatCompletionCreateParamsNonStreaming,
          { signal: both, timeout: timerMs(timeoutMs + 1000) },
        );
        return checkAnswer(answer);
      }),
    models: (timeoutMs, signal) =>
      withDeadline(timeoutMs, signal, async (both) => {
        const timeout = timerMs(timeoutMs + 1000);
        const page = await client.models.list({ signal: both, timeout });
        return checkModels(page.data);
      }).catch((error) => {
        // Some endpoints have no list, or show it to nobody; a wrong key is another matter.
        const isHidden = error instanceof EndpointFailure && error.kind === "refused" &&
          error.status !== 401;
        if (isHidden) return null;
        throw error;
      }),
  };
}

/** The deadline covers the whole answer, so that neither a stalled nor a trickling body holds on. */
async function withDeadline<T>(
  timeoutMs: number,
  signal: AbortSignal | undefined,
  send: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), timerMs(timeoutMs));
  const stop = () => deadline.abort();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    return await send(deadline.signal);
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (deadline.signal.aborted) {
      throw new EndpointFailure("transient", `no whole answer came within ${timeoutMs / 1000} s`, {
        mayBeBilled: true,
      });
    }
    throw toFailure(error);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}

const NEVER_ARRIVED = /\(Connect\)|connection refused|ECONNREFUSED|ENOTFOUND|dns error/i;

function toFailure(error: unknown): EndpointFailure {
  if (error instanceof EndpointFailure) return error;
  if (error instanceof APIError && typeof error.status === "number") {
    const status = error.status;
    const message = shorten(error.message);
    return new EndpointFailure(failureKind(status, `${error.code ?? ""} ${message}`), message, {
      status,
      retryAfterMs: retryAfterMs(error.headers, Date.now()) ?? waitInText(error.message),
      param: typeof error.param === "string" ? error.param : null,
      code: typeof error.code === "string" ? error.code : null,
    });
  }
  const { message, cause } = error as Error;
  const reason = cause instanceof Error ? `${message} (${cause.message})` : message;
  return new EndpointFailure("transient", shorten(reason), {
    mayBeBilled: !NEVER_ARRIVED.test(reason),
  });
}

/** An HTML error page is no message. */
function shorten(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 300 ? `${line.slice(0, 300)}...` : line;
}
