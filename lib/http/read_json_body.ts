import { ApiError } from "./api_error.ts";
import { checkTimeout } from "../runs/timer_limit.ts";

/** Limits of {@link BodyReader}. */
export interface BodyLimits {
  /** Largest body of one request. @default 16777216 */
  readonly maxBodyBytes?: number;
  /** Bytes of all bodies that are held at once. @default four times `maxBodyBytes` */
  readonly maxHeldBytes?: number;
  /** Time for a body to arrive. @default 30000 */
  readonly bodyTimeoutMs?: number;
  /** Deepest nesting of lists and objects. @default 32 */
  readonly maxDepth?: number;
}

const KNOWN_TYPES = ["application/json", "application/x-www-form-urlencoded", "text/plain"];

/**
 * Reads JSON bodies within limits that hold while a body arrives, however it is sent: its size, the
 * time it takes, the memory of all bodies together, and how deep it is nested.
 */
export class BodyReader {
  readonly #limits: Required<BodyLimits>;
  #held = 0;

  /** A reader; its limits are for all requests that it reads. */
  constructor(limits: BodyLimits = {}) {
    const { maxBodyBytes = 16 * 1024 * 1024 } = limits;
    this.#limits = {
      maxBodyBytes,
      maxHeldBytes: limits.maxHeldBytes ?? 4 * maxBodyBytes,
      bodyTimeoutMs: checkTimeout("serve", "bodyTimeoutMs", limits.bodyTimeoutMs ?? 30_000),
      maxDepth: limits.maxDepth ?? 32,
    };
  }

  /**
   * The body's JSON value.
   *
   * @throws {ApiError} 400 for what is no JSON in UTF-8, 408 when it takes too long, 413 when it is too
   *   large, 415 when it is of another type, 503 when other bodies fill the memory that there is for them
   */
  async read(request: Request): Promise<unknown> {
    checkType(request.headers);
    const { maxBodyBytes } = this.#limits;
    const announced = Number(request.headers.get("content-length") ?? 0);
    if (announced > maxBodyBytes) throw this.#tooLarge();
    const bytes = await this.#bytes(request);
    try {
      return this.#parse(bytes);
    } finally {
      this.#held -= bytes.length;
    }
  }

  async #bytes(request: Request): Promise<Uint8Array> {
    const { maxBodyBytes, maxHeldBytes, bodyTimeoutMs } = this.#limits;
    const reader = request.body?.getReader();
    if (reader === undefined) return new Uint8Array(0);
    const parts: Uint8Array[] = [];
    let size = 0;
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      reader.cancel().catch(() => {});
    }, bodyTimeoutMs);
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (late) throw new ApiError(408, `The request took longer than ${bodyTimeoutMs} ms`);
        if (done) break;
        size += value.length;
        this.#held += value.length;
        if (size > maxBodyBytes) throw this.#tooLarge();
        if (this.#held > maxHeldBytes) {
          throw new ApiError(503, "Too many large requests at once: try again", {
            code: "overloaded",
          });
        }
        parts.push(value);
      }
    } catch (error) {
      this.#held -= size;
      reader.cancel().catch(() => {});
      if (error instanceof ApiError) throw error;
      throw new ApiError(400, `Cannot read the request: ${(error as Error).message}`);
    } finally {
      clearTimeout(timer);
    }
    return joined(parts, size);
  }

  #parse(bytes: Uint8Array): unknown {
    const { maxDepth } = this.#limits;
    if (depthOf(bytes, maxDepth) > maxDepth) {
      throw new ApiError(400, `Cannot read the request: it is nested deeper than ${maxDepth}`);
    }
    try {
      return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    } catch (error) {
      const { message } = error as Error;
      const why = error instanceof SyntaxError ? message.slice(0, 200) : "it is not UTF-8";
      throw new ApiError(400, `Cannot read the request: its body is not JSON (${why})`);
    }
  }

  #tooLarge(): ApiError {
    return new ApiError(413, `The request is longer than ${this.#limits.maxBodyBytes} bytes`);
  }
}

function checkType(headers: Headers): void {
  const [type, ...parameters] = (headers.get("content-type") ?? "application/json")
    .toLowerCase().split(";").map((part) => part.trim());
  const charset = parameters.find((part) => part.startsWith("charset="))?.slice(8);
  const encoding = headers.get("content-encoding") ?? "identity";
  const problem = !(KNOWN_TYPES.includes(type) || type.endsWith("+json") || type === "")
    ? `the type ${type.slice(0, 80)}`
    : charset !== undefined && !/^"?utf-?8"?$/.test(charset)
    ? `the character set ${charset.slice(0, 40)}`
    : encoding !== "identity"
    ? `the encoding ${encoding.slice(0, 40)}`
    : null;
  if (problem !== null) {
    throw new ApiError(415, `Cannot read ${problem}: send JSON in UTF-8, not compressed`);
  }
}

/** `limit` + 1 when brackets outside of strings are nested deeper than `limit`, else 0. */
function depthOf(bytes: Uint8Array, limit: number): number {
  let depth = 0;
  let isText = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (isText) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) isText = false;
    } else if (byte === QUOTE) isText = true;
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
      if (++depth > limit) return depth;
    } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth--;
  }
  return 0;
}

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  if (parts.length === 1) return parts[0];
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
