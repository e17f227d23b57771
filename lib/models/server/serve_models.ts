import { listen, type ListenAddress } from "../../http/listen.ts";
import { ChatServer, type ChatServerOptions, type ServedModel } from "./chat_server.ts";

/** Options of {@link serveModels}. */
export interface ServeOptions extends ChatServerOptions, Omit<ListenAddress, "port" | "hostname"> {
  /** 0 takes a free one. @default 8080 */
  readonly port?: number;
  /** The address to listen on; `0.0.0.0` lets other machines in. @default "127.0.0.1" */
  readonly hostname?: string;
}

/** A server that is listening. */
export interface RunningServer {
  /** Base URL for clients, ending in `/v1`. */
  readonly baseUrl: string;
  /** The port that it listens on. */
  readonly port: number;
  /** Lets requests under way end, and stops. */
  close(): Promise<void>;
}

/**
 * Serves models over HTTP in OpenAI's chat-completions protocol.
 *
 * @throws {Error} when the port cannot be had
 *
 * @example
 * ```ts
 * import { createLabExpert, serveModels } from "@potstill";
 * const server = serveModels([{ id: "lab-expert", model: createLabExpert() }], { port: 0 });
 * const { data } = await (await fetch(`${server.baseUrl}/models`)).json();
 * if (data[0].id !== "lab-expert") throw new Error("not listed");
 * await server.close();
 * ```
 */
export function serveModels(
  models: readonly ServedModel[],
  options: ServeOptions = {},
): RunningServer {
  const { port = 8080, hostname = "127.0.0.1" } = options;
  const server = new ChatServer(models, options);
  const http = listen({ ...options, port, hostname }, (request) => server.handle(request));
  return { baseUrl: `${http.origin}/v1`, port: http.port, close: http.close };
}
