import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { openLabIndex } from "../lab/lab_index.ts";
import type { Progress } from "../progress/progress.ts";
import { cachedRetriever } from "../retrieval/cached_retriever.ts";
import { openWithEncoder } from "../retrieval/open_with_encoder.ts";
import { retrieveClient } from "../retrieval/server/retrieve_client.ts";
import type { Retriever } from "../retrieval/retriever.ts";
import { sha256Hex } from "../storage/hash.ts";
import { readInputText } from "../storage/read_input.ts";

/** What an agent searches. */
export interface OpenedRetriever {
  /** Null when there is nothing to search. */
  readonly retriever: Retriever | null;
  /** Names the corpus in the address of stored steps. */
  readonly identity: string;
  /** Lets go of what the retriever holds open. */
  close(): void;
}

/**
 * Opens what `web_search` searches: `lab`, `none`, the folder of an index, or the URL of a
 * `/retrieve` server, whose corpus only the URL names.
 *
 * @throws {Error} when there is no such index
 */
export async function openRetriever(
  name: string,
  progress: Progress,
  signal?: AbortSignal,
): Promise<OpenedRetriever> {
  if (name === "none") return { retriever: null, identity: "none", close: () => {} };
  if (name === "lab") {
    const stage = progress.stage("search index", null);
    const index = await openLabIndex({
      signal,
      onProgress: (written, total) => stage.update(written, `of ${total} passages`),
    });
    stage.done(`${index.size} passages`);
    return {
      retriever: cachedRetriever(index),
      identity: `lab/${index.size}`,
      close: () => index.close(),
    };
  }
  if (/^https?:\/\//.test(name)) {
    const client = retrieveClient(name);
    return { retriever: cachedRetriever(client), identity: client.name, close: () => {} };
  }
  if (!existsSync(name)) {
    throw new Error(
      `Cannot search "${name}": it must be lab, none, the folder of an index, or a URL`,
    );
  }
  const { index, close } = await openWithEncoder(name);
  const about = await readInputText(join(name, "index.json"));
  return {
    retriever: cachedRetriever(index),
    identity: `${basename(resolve(name))}/${sha256Hex(about).slice(0, 16)}`,
    close: () => void close(),
  };
}
