import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { ApiError } from "./api_error.ts";
import { sendResponse, toRequest } from "./web_handler.ts";

/** Address and limits of a server. */
export interface ListenAddress {
  /** A port; 0 takes a free one. */
  readonly port: number;
  /** The address; `0.0.0.0` lets other machines in. */
  readonly hostname: string;
  /** Connections open at once; one more is closed. @default 1024 */
  readonly maxConnections?: number;
  /** Time for a request's headers to arrive. @default 20000 */
  readonly headersTimeoutMs?: number;
  /** Time for a whole request to arrive. @default 60000 */
  readonly requestTimeoutMs?: number;
}

/** A server that is running. */
export interface Listening {
  /** Such as `http://127.0.0.1:8000`. */
  readonly origin: string;
  /** The port that it has. */
  readonly port: number;
  /** Stops it after the requests under way. */
  close(): Promise<void>;
}

/** Answers one request. It must not reject. */
export type Handler = (request: Request) => Response | Promise<Response>;

/**
 * Answers HTTP requests until it is closed. Clients that are slow, or too many, lose their
 * connection: they cannot keep others out.
 *
 * @throws {Error} when the port cannot be had
 *
 * @example
 * ```ts
 * import { listen } from "@potstill/http/listen.ts";
 * const address = { port: 0, hostname: "127.0.0.1" };
 * const server = listen(address, () => new Response("here"));
 * if (await (await fetch(server.origin)).text() !== "here") throw new Error("not here");
 * await server.close();
 * ```
 */
export function listen(address: ListenAddress, handle: Handler): Listening {
  let isClosing = false;
  const server = createServer({
    headersTimeout: address.headersTimeoutMs ?? 20_000,
    requestTimeout: address.requestTimeoutMs ?? 60_000,
    connectionsCheckingInterval: 1000,
    keepAliveTimeout: 30_000,
  }, (incoming, outgoing) => {
    // A connection that stays open would keep the server from ending.
    if (isClosing) outgoing.setHeader("connection", "close");
    outgoing.on("finish", () => isClosing && server.closeIdleConnections());
    void answer(handle, incoming, outgoing);
  });
  server.maxConnections = address.maxConnections ?? 1024;
  server.on("clientError", refuseNonsense);
  const { hostname: ip, port } = bind(server, address);
  const host = ip === "0.0.0.0" ? "127.0.0.1" : ip === "::" ? "::1" : ip;
  return {
    origin: `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        isClosing = true;
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

/**
 * Binds at once, so that the caller knows the port and a server that is asked right away answers.
 * `Deno.listen` resolves the name and says why a port cannot be had; `_listen2` is what Node's own
 * `listen` does after that, a turn of the event loop later.
 */
function bind(server: Server, { port, hostname }: ListenAddress): Deno.NetAddr {
  const failed = (cause: Error) =>
    new Error(`Cannot listen on ${hostname}:${port}: ${cause.message}`, { cause });
  let found: Deno.NetAddr;
  try {
    const probe = Deno.listen({ port, hostname });
    found = probe.addr as Deno.NetAddr;
    probe.close();
  } catch (cause) {
    throw failed(cause as Error);
  }
  server.on("error", () => {});
  const family = found.hostname.includes(":") ? 6 : 4;
  (server as unknown as SyncServer)._listen2(found.hostname, found.port, family, 511);
  const address = server.address() as AddressInfo | null;
  if (address === null) throw failed(new Error("another program was quicker"));
  return found;
}

interface SyncServer {
  _listen2(hostname: string, port: number, family: 4 | 6, backlog: number): void;
}

async function answer(
  handle: Handler,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  outgoing.on("close", () => {
    if (!outgoing.writableFinished) gone.abort(new Error("the client went away"));
  });
  outgoing.on("error", () => {});
  let response: Response;
  try {
    response = await handle(toRequest(incoming, gone.signal));
  } catch (error) {
    const known = error instanceof ApiError ? error : new ApiError(500, "Internal error");
    response = known.toResponse();
  }
  await sendResponse(response, outgoing, incoming).catch(() => outgoing.destroy());
}

/** Refuses a request that is not valid HTTP, with an error in JSON. */
function refuseNonsense(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable) return void socket.destroy();
  const [status, reason] = error.code === "HPE_HEADER_OVERFLOW"
    ? [431, "Request Header Fields Too Large"]
    : error.code === "ERR_HTTP_REQUEST_TIMEOUT"
    ? [408, "Request Timeout"]
    : [400, "Bad Request"];
  const body = JSON.stringify(new ApiError(status as number, `Cannot read the request: ${reason}`));
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\nConnection: close\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${new TextEncoder().encode(body).length}\r\n\r\n${body}`,
  );
}
