import { basename } from "node:path";
import { CorpusReader, type CorpusRow, listCorpus } from "../corpus/corpus.ts";
import type { Passage } from "../retriever.ts";
import type { IndexPlan } from "./index_about.ts";

/** Passages in a fixed order, which can be read again from any place on. */
export interface PassageSource {
  /** Identity of the passages, so that an interrupted building is resumed with the same ones. */
  readonly corpus: IndexPlan["corpus"];
  /** Share that was read so far, from 0 to 1, or null when that is not known. */
  fraction(): number | null;
  /** The records from place `fromRow` on. */
  rows(fromRow: number): AsyncIterable<CorpusRow>;
}

/**
 * The passages of corpus files and folders.
 *
 * @throws {Error} naming the path that does not exist or has no known form
 */
export async function corpusSource(paths: readonly string[]): Promise<PassageSource> {
  const files = await listCorpus(paths);
  const reader = new CorpusReader(files);
  return {
    corpus: files.map(({ path, bytes }) => ({ name: basename(path), bytes })),
    fraction: () => reader.fraction,
    rows: (fromRow) => reader.rows(fromRow),
  };
}

/**
 * Passages that a program makes, always the same and in the same order.
 *
 * @param total their number, when it is known
 */
export function passageSource(
  name: string,
  passages: Iterable<Passage> | AsyncIterable<Passage>,
  total?: number,
): PassageSource {
  let read = 0;
  return {
    corpus: [{ name, bytes: 0 }],
    fraction: () => total === undefined ? null : read / total,
    rows: async function* (fromRow) {
      for await (const passage of passages) {
        const row = read++;
        if (row >= fromRow) yield { row, passage, problem: null };
      }
    },
  };
}
