import { ApiError } from "./api_error.ts";

/** Conditions on the requests that a server accepts. */
export interface GuardOptions {
  /** Clients must send it as a bearer token. @default none is asked for */
  readonly apiKey?: string | null;
  /**
   * Names of this server besides addresses and `localhost`, for clients that send no key. A page of
   * another name that a browser was made to look up here is so kept out.
   * @default none
   */
  readonly allowedHosts?: readonly string[];
}

/**
 * Refuses requests that a browser sends for a foreign page, and those without the key.
 *
 * Without a key a server must know who asks by where it is: a page on the web can make a browser send
 * requests to a loopback address, or look its own name up there (DNS rebinding). So the host that was
 * asked must be an address, `localhost` or an allowed name, and a page's origin must be this server or
 * this machine. With a key none of this matters, as a foreign page does not know it.
 *
 * @throws {ApiError} 401 for a wrong key, 403 for a foreign host or origin
 */
export function guardRequest(request: Request, options: GuardOptions): void {
  const { apiKey = null, allowedHosts = [] } = options;
  if (apiKey !== null) {
    if (sameText(request.headers.get("authorization") ?? "", `Bearer ${apiKey}`)) return;
    throw new ApiError(401, "Wrong API key: send it as a bearer token", {
      type: "authentication_error",
      code: "invalid_api_key",
    });
  }
  const host = request.headers.get("host") ?? new URL(request.url).host;
  const name = hostName(host);
  const isKnown = name !== null &&
    (isAddress(name) || isLocalName(name) || allowedHosts.includes(name));
  if (!isKnown) {
    throw new ApiError(
      403,
      `Refused: the request is for the host ${
        JSON.stringify(host.slice(0, 100))
      }. Ask by address ` +
        "or localhost, or let the server ask for a key or allow that host",
      { code: "foreign_host" },
    );
  }
  const origin = request.headers.get("origin");
  if (origin === null || originHost(origin) === host) return;
  const page = hostName(originHost(origin) ?? "");
  if (page !== null && (isLocalName(page) || isLoopback(page))) return;
  throw new ApiError(403, "Refused: the request comes from a foreign page of a browser", {
    code: "foreign_origin",
  });
}

/**
 * The path of a request, without slashes at its end.
 * @throws {ApiError} 400 when its address is none
 */
export function requestPath(request: Request): string {
  try {
    return new URL(request.url).pathname.replace(/(?<!\/)\/+$/, "");
  } catch {
    throw new ApiError(400, "Cannot read the request: its address is none");
  }
}

/** True if an address can be reached from this machine alone. */
export function isLoopback(name: string): boolean {
  return /^127(?:\.\d{1,3}){3}$/.test(name) || name === "::1" || isLocalName(name);
}

function isLocalName(name: string): boolean {
  return name === "localhost" || name.endsWith(".localhost");
}

function isAddress(name: string): boolean {
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(name) || name.includes(":");
}

/** The name or address of `host:port` in lower case, without brackets; null when it is none. */
function hostName(host: string): string | null {
  const match = /^(?:\[([0-9a-f:.%]+)\]|([a-z0-9_.-]+))(?::\d{1,5})?$/i.exec(host);
  if (match === null) return null;
  return (match[1] ?? match[2]).toLowerCase().replace(/\.$/, "");
}

function originHost(origin: string): string | null {
  return /^https?:\/\/([^/]+)$/i.exec(origin)?.[1] ?? null;
}

/** Takes as long whatever the first difference is. */
function sameText(a: string, b: string): boolean {
  const [x, y] = [new TextEncoder().encode(a), new TextEncoder().encode(b)];
  let difference = x.length ^ y.length;
  for (let i = 0; i < y.length; i++) difference |= (x[i] ?? 0) ^ y[i];
  return difference === 0;
}
