import type { OptionSpec } from "../records/option_table.ts";
import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { type LabIndexOptions, openLabIndex } from "../lab/lab_index.ts";
import { cachedRetriever } from "../retrieval/cached_retriever.ts";
import { isUri } from "../retrieval/index/index_location.ts";
import { indexAbout } from "../retrieval/index/read_index_about.ts";
import { openWithEncoder } from "../retrieval/open_with_encoder.ts";
import type { Retriever } from "../retrieval/retriever.ts";
import { retrieveClient } from "../retrieval/server/retrieve_client.ts";
import { sha256Hex, sha256OfJson } from "../runs/hash.ts";
import { readInputText } from "../runs/read_input.ts";

/** The option that says what is searched, of every command that searches. */
export const SEARCH_OPTION = {
  type: "string",
  placeholder: "WHERE",
  description:
    "What web_search searches: lab, none, the folder or address of an index, or the URL " +
    "of a /retrieve server",
} as const satisfies OptionSpec;

/** An opened search of an agent. */
export interface OpenedSearch {
  /** Null when there is nothing to search. */
  readonly retriever: Retriever | null;
  /** Names the corpus in the address of stored steps. */
  readonly identity: string;
  /** Number of passages; null where it is not known. */
  readonly passages: number | null;
  /** Lets go of what the retriever holds open. */
  close(): Promise<void>;
}

/**
 * Opens what `web_search` searches: `lab`, `none`, the folder or address of an index, the URL of a
 * `/retrieve` server (whose corpus only the URL names), or a retriever of the caller's own, which the
 * caller closes.
 *
 * @throws {Error} when there is no such index
 */
export async function openSearch(
  search: string | Retriever,
  options: LabIndexOptions = {},
): Promise<OpenedSearch> {
  const nothing = () => Promise.resolve();
  if (typeof search !== "string") {
    return { retriever: search, identity: search.name, passages: null, close: nothing };
  }
  if (search === "none") return { retriever: null, identity: "none", passages: 0, close: nothing };
  if (search === "lab") {
    const index = await openLabIndex(options);
    return {
      retriever: cachedRetriever(index),
      identity: `lab/${index.size}`,
      passages: index.size,
      close: () => Promise.resolve(index.close()),
    };
  }
  if (/^https?:\/\//.test(search)) {
    const client = retrieveClient(search);
    return {
      retriever: cachedRetriever(client),
      identity: client.name,
      passages: null,
      close: nothing,
    };
  }
  const identity = await indexIdentity(search);
  const { index, close } = await openWithEncoder(search);
  return {
    retriever: cachedRetriever(index),
    identity,
    passages: index.size,
    close,
  };
}

/**
 * Names an index by its description, so that a changed one has another name.
 *
 * @param search the folder or address of an index
 * @throws {Error} when there is no such index
 */
export async function indexIdentity(search: string): Promise<string> {
  if (isUri(search)) return `${search}/${sha256OfJson(await indexAbout(search)).slice(0, 16)}`;
  if (!existsSync(search)) {
    throw new Error(
      `Cannot search "${search}": it must be lab, none, the folder or address of an index, or the ` +
        "URL of a /retrieve server",
    );
  }
  return await folderIdentity(search);
}

/** By its description as a file, as in the addresses of the steps that earlier runs have stored. */
async function folderIdentity(folder: string): Promise<string> {
  const about = await readInputText(join(folder, "index.json"));
  return `${basename(resolve(folder))}/${sha256Hex(about).slice(0, 16)}`;
}
