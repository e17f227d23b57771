import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildIndex } from "../retrieval/index/build_index.ts";
import { INDEX_FORMATS } from "../retrieval/index/index_about.ts";
import { passageSource } from "../retrieval/index/passage_source.ts";
import { type LanceIndex, openIndex } from "../retrieval/lance_index.ts";
import { LockedError } from "../runs/folder_lock.ts";
import { sleep } from "../runs/sleep.ts";
import type { Passage } from "../retrieval/retriever.ts";
import { labPassages } from "./corpus/lab_passages.ts";
import { loadWorld } from "./world/load_world.ts";

/** Default folder of indexes: `data/cache/`. */
const defaultCacheFolder: string = fileURLToPath(
  new URL("../../data/cache/", import.meta.url),
);

/** Options of {@link openLabIndex}. */
export interface LabIndexOptions {
  /** Folder of indexes. @default `data/cache/` of the kit */
  readonly cacheFolder?: string;
  /** Called with passages written and in all. */
  readonly onProgress?: (written: number, total: number) => void;
  /** Stops the building of the index. */
  readonly signal?: AbortSignal;
}

/**
 * Opens the search index of the lab's corpus, building it the first time. The cache is addressed by
 * the passages themselves: another corpus gets another index.
 */
export async function openLabIndex(options: LabIndexOptions = {}): Promise<LanceIndex> {
  const passages = [...labPassages(loadWorld())];
  const folder = join(
    options.cacheFolder ?? defaultCacheFolder,
    `lab-${INDEX_FORMATS.lancedb}-${corpusHash(passages).slice(0, 16)}`,
  );
  while (!existsSync(folder)) {
    try {
      await buildIndex(folder, passageSource("lab", passages, passages.length), {
        // Stored students and results were made with these hits, and the lab is written in English.
        words: "lancedb",
        signal: options.signal,
        onUnfinished: "restart",
        onProgress: (progress) => options.onProgress?.(progress.passages, passages.length),
      });
    } catch (error) {
      // Another process builds it, or has built it just now.
      if (existsSync(folder)) break;
      if (!(error instanceof LockedError)) throw error;
      await sleep(500, options.signal);
    }
  }
  return await openIndex(folder);
}

function corpusHash(passages: readonly Passage[]): string {
  const hash = createHash("sha256");
  for (const { id, title, text } of passages) hash.update(`${id}\n${title}\n${text}\n`);
  return hash.digest("hex");
}
