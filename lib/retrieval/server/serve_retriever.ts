import { listen, type ListenAddress } from "../../http/listen.ts";
import type { Retriever } from "../retriever.ts";
import { RetrieveServer, type RetrieveServerOptions } from "./retrieve_server.ts";

/** Options of {@link serveRetriever}. */
export interface ServeRetrieverOptions
  extends RetrieveServerOptions, Omit<ListenAddress, "port" | "hostname"> {
  /** 0 takes a free one. @default 8000, as Search-R1 has it */
  readonly port?: number;
  /** The address to listen on; `0.0.0.0` lets other machines in. @default "127.0.0.1" */
  readonly hostname?: string;
}

/** A retrieval server that is listening. */
export interface RunningRetriever {
  /** Address for clients, ending in `/retrieve`. */
  readonly url: string;
  /** The port that it listens on. */
  readonly port: number;
  /** Lets requests under way end, and stops. */
  close(): Promise<void>;
}

/**
 * Serves a retriever over HTTP at `/retrieve`.
 *
 * @throws {Error} when the port cannot be had
 *
 * @example
 * ```ts
 * import { retrieveClient, serveRetriever } from "@potstill/retrieval";
 * const passage = { id: "1", title: "Aspen", text: "A tree." };
 * const search = () => Promise.resolve([{ passage, score: 0.5 }]);
 * const server = serveRetriever({ name: "one", search }, { port: 0 });
 * const [hit] = await retrieveClient(server.url).search("tree", 1);
 * if (hit.passage.title !== "Aspen") throw new Error("not the passage");
 * await server.close();
 * ```
 */
export function serveRetriever(
  retriever: Retriever,
  options: ServeRetrieverOptions = {},
): RunningRetriever {
  const { port = 8000, hostname = "127.0.0.1" } = options;
  const server = new RetrieveServer(retriever, options);
  const http = listen({ ...options, port, hostname }, (request) => server.handle(request));
  return { url: `${http.origin}/retrieve`, port: http.port, close: http.close };
}
