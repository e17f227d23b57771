import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { addSharedLine, isUnfinished, readSharedLines } from "../runs/shared_jsonl.ts";
import type { JudgeCache, Judgement } from "./llm_judge.ts";

interface Entry extends Judgement {
  readonly key: string;
}

/** A judge's cache that lives in a file. */
export interface JudgeCacheFile extends JudgeCache {
  /** Judgements in it. */
  readonly size: number;
  /** Flushes and closes the file. */
  close(): Promise<void>;
}

/**
 * Opens a cache of judgements in a JSON-lines file, one line a judgement. Several processes may add to
 * it; a line that a crash left unfinished is passed over.
 *
 * @throws {Error} naming the file, and the line that cannot be read
 */
export async function openJudgeCache(path: string): Promise<JudgeCacheFile> {
  const entries = new Map<string, Entry>();
  let isTorn = false;
  try {
    await mkdir(dirname(path), { recursive: true });
    const read = readSharedLines(path);
    isTorn = read.isTorn;
    read.lines.forEach((line, i) => {
      if (line.trim() === "" || isUnfinished(line)) return;
      const entry = entryOf(line, i + 1);
      entries.set(entry.key, entry);
    });
  } catch (cause) {
    throw new Error(`Cannot read ${path} ${(cause as Error).message}`, { cause });
  }
  let queue: Promise<unknown> = Promise.resolve();
  return {
    get size() {
      return entries.size;
    },
    get: (key) => {
      const entry = entries.get(key);
      return entry === undefined
        ? undefined
        : { verdict: entry.verdict, explanation: entry.explanation };
    },
    set: async (key, judgement) => {
      const entry = { key, ...judgement };
      entries.set(key, entry);
      const write = queue.then(async () => {
        await addSharedLine(path, entry, isTorn);
        isTorn = false;
      });
      queue = write.catch(() => {});
      await write.catch((cause) => {
        throw new Error(`Cannot write ${path}: ${cause.message}`, { cause });
      });
    },
    close: async () => void await queue,
  };
}

function entryOf(line: string, number: number): Entry {
  try {
    return checkEntry(JSON.parse(line));
  } catch (cause) {
    throw new Error(`line ${number}: ${(cause as Error).message}`, { cause });
  }
}

function checkEntry(value: unknown): Entry {
  const entry = value as Partial<Entry> | null;
  if (
    typeof entry?.key !== "string" || typeof entry.explanation !== "string" ||
    (entry.verdict !== "correct" && entry.verdict !== "wrong")
  ) throw new Error("not a judgement with key, verdict and explanation");
  return entry as Entry;
}
