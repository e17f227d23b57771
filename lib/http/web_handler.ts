import type { IncomingMessage, ServerResponse } from "node:http";
import { ApiError } from "./api_error.ts";

/** Longest address that is read. */
const MAX_URL_LENGTH = 4096;
/**
 * Time for which a client's remaining upload is read and discarded after the answer, as some
 * clients do not read before they have sent all. In milliseconds.
 */
const LINGER_MS = 3000;

/**
 * A request of Node's as one of the web's.
 *
 * @param signal aborts when the client goes away
 * @throws {ApiError} 400 or 414 when its address or a header is none, 405 for methods that have no meaning here
 */
export function toRequest(incoming: IncomingMessage, signal: AbortSignal): Request {
  const { method = "GET", url = "/" } = incoming;
  if (url.length > MAX_URL_LENGTH) throw new ApiError(414, "The address is too long");
  if (!/^[A-Z]+$/.test(method) || ["CONNECT", "TRACE", "TRACK"].includes(method)) {
    throw new ApiError(405, `Method ${method} is not allowed here`, { code: "method_not_allowed" });
  }
  try {
    const headers = new Headers();
    for (let i = 0; i < incoming.rawHeaders.length; i += 2) {
      headers.append(incoming.rawHeaders[i], incoming.rawHeaders[i + 1]);
    }
    // The path alone comes from the client; what host it meant stays in the headers.
    const address = /^[a-z]+:\/\//i.test(url) ? new URL(url).pathname : url.split("?")[0];
    const hasBody = method !== "GET" && method !== "HEAD";
    return new Request(`http://localhost${address.startsWith("/") ? "" : "/"}${address}`, {
      method,
      headers,
      signal,
      ...(hasBody ? { body: bodyOf(incoming) } : {}),
    });
  } catch (cause) {
    throw new ApiError(400, `Cannot read the request: ${(cause as Error).message}`);
  }
}

/** Sends a response of the web's as Node's, no faster than the client reads it. */
export async function sendResponse(
  response: Response,
  outgoing: ServerResponse,
  incoming: IncomingMessage,
): Promise<void> {
  outgoing.on("close", () => throwAwayRest(incoming));
  outgoing.on("finish", () => throwAwayRest(incoming));
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  if (response.body === null) return void outgoing.end();
  const reader = response.body.getReader();
  outgoing.on("close", () => void reader.cancel().catch(() => {}));
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (!outgoing.write(value) && !outgoing.destroyed) await drained(outgoing);
  }
  outgoing.end();
}

function drained(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      outgoing.off("drain", go).off("close", go);
      resolve();
    };
    outgoing.on("drain", go).on("close", go);
  });
}

/** The body, read as fast as it is asked for. Whoever cancels it can still answer. */
function bodyOf(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  let isOver = false;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const end = (finish: () => void) => {
        if (isOver) return;
        isOver = true;
        finish();
      };
      incoming.on("data", (part: Uint8Array) => {
        if (isOver) return;
        controller.enqueue(new Uint8Array(part));
        if ((controller.desiredSize ?? 0) <= 0) incoming.pause();
      });
      incoming.on("end", () => end(() => controller.close()));
      incoming.on("error", (error) => end(() => controller.error(error)));
      incoming.on("close", () => {
        end(() => controller.error(new Error("the client went away")));
      });
      incoming.pause();
    },
    pull: () => void incoming.resume(),
    cancel() {
      isOver = true;
      incoming.pause();
    },
  }, { highWaterMark: 0 });
}

function throwAwayRest(incoming: IncomingMessage): void {
  if (incoming.complete || incoming.destroyed) return;
  incoming.resume();
  const timer = setTimeout(() => {
    if (!incoming.complete) incoming.socket.destroy();
  }, LINGER_MS);
  incoming.once("close", () => clearTimeout(timer));
  incoming.once("end", () => clearTimeout(timer));
}
